package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// mac is a pretend Mac with a project and things of somebody else on it.
type mac struct {
	t       *testing.T
	dir     string
	environ []string
}

func newMac(t *testing.T) *mac {
	t.Helper()
	dir := t.TempDir()
	root, err := os.MkdirTemp("", "mac")
	assert.NilError(t, err)
	m := &mac{t: t, dir: dir, environ: environment(root, filepath.Join(dir, "state"))}
	t.Cleanup(func() { destroy(root, m.environ) })
	assert.NilError(t, os.Mkdir(filepath.Join(dir, "shop"), 0o755))
	m.write("not-a-real-one")
	m.must("", "container", "image", "pull", "--progress", "none", "busybox")
	m.must("", "container", "image", "pull", "--progress", "none", "redis:7")
	m.must("", "container", "network", "create", "foreign_net")
	m.must("", "container", "volume", "create", "foreign_data")
	m.must("", "container", "create", "--name", "foreign-stopped", "-v", "foreign_data:/d", "--", "busybox", "true")
	m.must("", "container", "create", "--name", "foreign-running", "--network", "foreign_net", "--", "busybox", "sleep", "1000")
	m.must("", "container", "start", "foreign-running")
	return m
}

// write writes the project's file, with a value of a variable of web.
func (m *mac) write(token string) {
	m.t.Helper()
	assert.NilError(m.t, os.WriteFile(filepath.Join(m.dir, "shop", "compose.yaml"), []byte(fmt.Sprintf(crashProject, token)), 0o644))
}

// compose runs a command that has to work.
func (m *mac) compose(args ...string) string {
	m.t.Helper()
	return m.must("", "hostwright", append([]string{"compose"}, args...)...)
}

// run runs a command in the project's folder, with more of an environment, and gives all that it printed.
func (m *mac) run(extra string, name string, args ...string) (string, error) {
	path, err := exec.LookPath(filepath.Join(lab.bin, name))
	if err != nil {
		if path, err = exec.LookPath(filepath.Join(lab.bin, "standin", name)); err != nil {
			path = name
		}
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = filepath.Join(m.dir, "shop")
	cmd.Env = append(slices.Clone(m.environ), strings.Fields(extra)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return out.String(), err
}

func (m *mac) must(extra string, name string, args ...string) string {
	m.t.Helper()
	out, err := m.run(extra, name, args...)
	if err != nil {
		m.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// listings gives all containers, networks and volumes as JSON, sorted by id.
func (m *mac) listings() string {
	m.t.Helper()
	var b strings.Builder
	for _, args := range [][]string{{"list", "--all"}, {"network", "list"}, {"volume", "list"}} {
		var objects []json.RawMessage
		out := m.must("", "container", append(args, "--format", "json")...)
		assert.NilError(m.t, json.Unmarshal([]byte(out), &objects), out)
		slices.SortFunc(objects, func(x, y json.RawMessage) int { return cmp.Compare(id(x), id(y)) })
		for _, o := range objects {
			fmt.Fprintf(&b, "%s\n", o)
		}
	}
	return b.String()
}

func id(object json.RawMessage) string {
	var o struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(object, &o)
	return o.ID
}

// left gives the files in the state folder that are of no use once the project is gone: not what is known of images, not
// the program that prepares volumes or a part of it, not the locks.
func (m *mac) left() []string {
	var out []string
	_ = filepath.WalkDir(filepath.Join(m.dir, "state"), func(path string, d fs.DirEntry, err error) error {
		base := filepath.Base(path)
		if err == nil && !d.IsDir() && !strings.Contains(path, "/images/") && base != "lock" && base != "prepare" && !strings.HasPrefix(base, ".prepare.") {
			out = append(out, path)
		}
		return nil
	})
	return out
}
