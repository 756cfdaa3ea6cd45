package images

import (
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

// tree makes files below a new folder; a name that ends with a slash is a folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if name[len(name)-1] == '/' {
			assert.NilError(t, os.MkdirAll(path, 0o755))
			continue
		}
		assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		assert.NilError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return root
}

func TestABuildLeavesTheStateFolderOut(t *testing.T) {
	state := "app/.hostwright/"
	for _, c := range []struct {
		name                        string
		files                       map[string]string
		context, dockerfile, inline string
		wantName, wantText, want    string // want is the list of exceptions; "" is an untouched request
	}{
		{name: "no state folder", files: map[string]string{"app/Dockerfile": "FROM x"}, context: "app"},
		{name: "a file of that name is no state", files: map[string]string{"app/Dockerfile": "FROM x", "app/.hostwright": ""}, context: "app"},
		{name: "no Dockerfile: the builder says so", files: map[string]string{state: ""}, context: "app"},
		{name: "no exceptions so far", files: map[string]string{state: "", "app/Dockerfile": "FROM x"}, context: "app",
			wantName: "Dockerfile", wantText: "FROM x", want: "**/.hostwright\n"},
		{name: "a Containerfile", files: map[string]string{state: "", "app/Containerfile": "FROM y"}, context: "app",
			wantName: "Containerfile", wantText: "FROM y", want: "**/.hostwright\n"},
		{name: "the context's exceptions stay", files: map[string]string{state: "", "app/Dockerfile": "FROM x", "app/.dockerignore": "*.log\n!.hostwright"}, context: "app",
			wantName: "Dockerfile", wantText: "FROM x", want: "*.log\n!.hostwright\n**/.hostwright\n"},
		{name: "the Dockerfile's own beat them", files: map[string]string{state: "", "app/.dockerignore": "*.log\n", "app/web.dockerfile": "FROM w", "app/web.dockerfile.dockerignore": "*.md\n"},
			context: "app", dockerfile: "app/web.dockerfile", wantName: "web.dockerfile", wantText: "FROM w", want: "*.md\n**/.hostwright\n"},
		{name: "an inline Dockerfile", files: map[string]string{state: "", "app/.dockerignore": "*.log\n", "app/Dockerfile.dockerignore": "*.md\n"},
			context: "app", inline: "FROM i", wantName: "Dockerfile", wantText: "FROM i", want: "*.log\n**/.hostwright\n"},
		{name: "a context above the project", files: map[string]string{state: "", "Dockerfile": "FROM top"}, context: ".",
			wantName: "Dockerfile", wantText: "FROM top", want: "**/.hostwright\n"},
		{name: "a context beside the project", files: map[string]string{state: "", "web/Dockerfile": "FROM x"}, context: "web"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := tree(t, c.files)
			r := adapter.BuildRequest{Context: filepath.Join(root, c.context), Inline: c.inline}
			if c.dockerfile != "" {
				r.Dockerfile = filepath.Join(root, c.dockerfile)
			}
			got, done, err := withoutState(r, filepath.Join(root, "app"))
			assert.NilError(t, err)
			if c.want == "" {
				assert.DeepEqual(t, got, r)
				done()
				return
			}
			assert.Equal(t, filepath.Base(got.Dockerfile), c.wantName)
			assert.Equal(t, got.Inline, "")
			assert.Equal(t, got.Context, r.Context)
			for path, want := range map[string]string{got.Dockerfile: c.wantText, got.Dockerfile + ".dockerignore": c.want} {
				data, err := os.ReadFile(path)
				assert.NilError(t, err)
				assert.Equal(t, string(data), want)
			}
			done()
			_, err = os.Stat(filepath.Dir(got.Dockerfile))
			assert.Assert(t, os.IsNotExist(err), "the copy is still there")
		})
	}
}
