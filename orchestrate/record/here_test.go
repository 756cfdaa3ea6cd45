package record

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
)

// held tells whether somebody holds the lock of a file.
func held(t *testing.T, path string) bool {
	t.Helper()
	f, err := os.Open(path)
	assert.NilError(t, err)
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

func TestARecorderInThisProcessKeepsTheSameFolder(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		rt := adaptertest.NewFake()
		rt.AddImage(adaptertest.FakeImage{Reference: "box", Command: []string{"run"}, Program: func(p *adaptertest.Process) int {
			_, _ = p.Stdout.Write([]byte("hello\n"))
			time.Sleep(time.Minute)
			return 3
		}})
		assert.NilError(t, rt.CreateContainer(t.Context(), adapter.CreateRequest{ID: "web", Image: "box"}))
		path := filepath.Join(dir, "lock")
		lock, err := os.Create(path)
		assert.NilError(t, err)
		assert.NilError(t, syscall.Flock(int(lock.Fd()), syscall.LOCK_EX))
		h, err := SpawnHere(adapter.WithInherited(t.Context(), lock), rt, SpawnRequest{ID: "web", Dir: filepath.Join(dir, "web")})
		assert.NilError(t, err)
		assert.NilError(t, lock.Close())
		synctest.Wait()
		assert.Assert(t, held(t, path), "the recorder holds the lock until the start is confirmed")
		h.Confirm(true)
		synctest.Wait()
		assert.Assert(t, !held(t, path))
		s, err := ReadStatus(filepath.Join(dir, "web"))
		assert.NilError(t, err)
		assert.Assert(t, s.Recording && s.Run == 1 && h.Run == 1, "%+v", s)
		s, err = Await(context.Background(), filepath.Join(dir, "web"))
		assert.NilError(t, err)
		assert.Assert(t, s.Exit != nil && s.Exit.Known && s.Exit.Code == 3 && h.Exit().Code == 3, "%+v", s)
		var lines []string
		assert.NilError(t, Lines(t.Context(), filepath.Join(dir, "web"), all(), func(l Line) error {
			lines = append(lines, render(l))
			return nil
		}))
		assert.DeepEqual(t, lines, []string{"stdout hello"})
	})
}
