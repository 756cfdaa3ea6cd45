package adapter

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
)

func TestTheCallersVariablesStandInPlaceOfOurs(t *testing.T) {
	base := []string{"HOME=/h", "PATH=/ours", "HTTPS_PROXY=ours", "no_proxy=ours", "CONTAINER_DEBUG=1", "SSH_AUTH_SOCK=/ours"}
	assert.DeepEqual(t, Environ(t.Context(), base), base)
	ctx := WithEnvironment(t.Context(), []string{"PATH=/theirs", "HTTPS_PROXY=theirs"})
	assert.DeepEqual(t, Environ(ctx, base), []string{"HOME=/h", "PATH=/theirs", "HTTPS_PROXY=theirs"})
	assert.Equal(t, base[1], "PATH=/ours", "the base was changed")
	assert.Equal(t, SearchPath(ctx), "/theirs")
	assert.Equal(t, SearchPath(WithEnvironment(t.Context(), nil)), "")
	assert.Equal(t, SearchPath(t.Context()), os.Getenv("PATH"))
}

func TestLookPath(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"a/tool": 0o644, "b/tool": 0o755, "c/tool": 0o755} {
		path := filepath.Join(dir, name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		assert.NilError(t, os.WriteFile(path, nil, mode))
	}
	a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	found, err := LookPath("tool", "relative::"+a+":"+b+":"+c)
	assert.NilError(t, err)
	assert.Equal(t, found, filepath.Join(b, "tool"))
	_, err = LookPath("tool", a)
	assert.Assert(t, errors.Is(err, os.ErrPermission))
	_, err = LookPath("tool", "")
	assert.Assert(t, errors.Is(err, os.ErrNotExist))
}
