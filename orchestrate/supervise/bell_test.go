package supervise

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

func TestListenFileHearsWritesUntilItIsStopped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bell")
	heard := make(chan struct{}, 16)
	stop, err := ListenFile(path, func() { heard <- struct{}{} })
	assert.NilError(t, err)
	for range 3 {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		assert.NilError(t, err)
		_, err = f.WriteAt([]byte{'\n'}, 0)
		assert.NilError(t, err)
		assert.NilError(t, f.Close())
		select {
		case <-heard:
		case <-time.After(10 * time.Second):
			t.Fatal("nothing was heard")
		}
	}
	info, err := os.Stat(path)
	assert.NilError(t, err)
	assert.Equal(t, info.Mode().Perm(), os.FileMode(0o600))
	assert.Equal(t, info.Size(), int64(1), "a bell does not grow")
	stop()
	assert.NilError(t, os.WriteFile(path, nil, 0o600))
	select {
	case <-heard:
		t.Error("it hears on")
	default:
	}
}

func TestListenFileOfAFolderThatIsNotThere(t *testing.T) {
	_, err := ListenFile(filepath.Join(t.TempDir(), "none", "bell"), func() {})
	assert.ErrorContains(t, err, "listen to recorders")
}
