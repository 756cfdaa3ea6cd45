package record

import (
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
)

func TestFindRecorder(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	assert.NilError(t, err)
	bin, links := filepath.Join(root, "bin"), filepath.Join(root, "links")
	assert.NilError(t, os.Mkdir(bin, 0o755))
	assert.NilError(t, os.Mkdir(links, 0o755))
	self, link, recorder := filepath.Join(bin, "hostwright"), filepath.Join(links, "hostwright"), filepath.Join(bin, "hostwrightd")
	assert.NilError(t, os.WriteFile(self, nil, 0o755))
	assert.NilError(t, os.Symlink(self, link))

	_, err = FindRecorder(link)
	assert.Error(t, err, recorder+" is missing: it belongs beside "+self+"; build both with `make build`")

	assert.NilError(t, os.WriteFile(recorder, nil, 0o644))
	_, err = FindRecorder(link)
	assert.Error(t, err, recorder+" is not a program: build it with `make build`")

	assert.NilError(t, os.Chmod(recorder, 0o755))
	for _, from := range []string{self, link} {
		got, err := FindRecorder(from)
		assert.NilError(t, err)
		assert.Equal(t, got, recorder)
	}
}
