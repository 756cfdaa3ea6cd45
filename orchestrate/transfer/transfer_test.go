package transfer

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

// here is a "container" whose file system is this machine's: a real shell and a real tar.
type here struct{ path string }

func (h here) Exec(ctx context.Context, r adapter.ExecRequest) (int, error) {
	cmd := exec.CommandContext(ctx, r.Command[0], r.Command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r.Stdin, r.Stdout, r.Stderr
	if h.path != "" {
		cmd.Env = []string{"PATH=" + h.path}
	}
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode(), nil
	case errors.Is(err, fs.ErrNotExist):
		return -1, &adapter.Error{Kind: adapter.Refused}
	}
	return 0, err
}

// tree makes files of paths and texts; "-> x" makes a link, a path with a last slash a directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for k := range files {
			if !yield(k) {
				return
			}
		}
	}) {
		path := filepath.Join(dir, name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		target, link := strings.CutPrefix(files[name], "-> ")
		switch {
		case strings.HasSuffix(name, "/"):
			assert.NilError(t, os.MkdirAll(path, 0o755))
		case link:
			assert.NilError(t, os.Symlink(target, path))
		default:
			assert.NilError(t, os.WriteFile(path, []byte(files[name]), 0o640))
		}
	}
	return dir
}

// list gives what is below a directory, in the form of tree.
func list(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		switch {
		case d.IsDir():
			out[name+"/"] = ""
		case d.Type()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(path)
			out[name] = "-> " + target
		default:
			data, err := os.ReadFile(path)
			out[name] = string(data)
			return err
		}
		return nil
	})
	assert.NilError(t, err)
	return out
}

var files = map[string]string{"s/f": "hi", "s/-dash": "d", "s/l": "-> f", "s/sub/deep": "deep", "plain": "old", "there/": ""}

// The same rules hold in both directions, so each case is copied both ways.
var copies = []struct {
	name, from, to string
	follow         bool
	want           map[string]string // below the destination side, beside what was there
	fails          string            // part of the error, both ways
}{
	{name: "a file to a new name", from: "s/f", to: "new", want: map[string]string{"new": "hi"}},
	{name: "a file into a directory", from: "s/f", to: "there", want: map[string]string{"there/f": "hi"}},
	{name: "a file over a file", from: "s/f", to: "plain", want: map[string]string{"plain": "hi"}},
	{name: "a name that looks like an option", from: "s/-dash", to: "-x", want: map[string]string{"-x": "d"}},
	{name: "a directory to a new name", from: "s/sub", to: "new", want: map[string]string{"new/": "", "new/deep": "deep"}},
	{name: "a directory into a directory", from: "s/sub", to: "there", want: map[string]string{"there/sub/": "", "there/sub/deep": "deep"}},
	{name: "what is in a directory, into a directory", from: "s/sub/.", to: "there", want: map[string]string{"there/deep": "deep"}},
	{name: "what is in a directory, to a new name", from: "s/sub/.", to: "new", want: map[string]string{"new/": "", "new/deep": "deep"}},
	{name: "a directory to a new name with a slash", from: "s/sub", to: "new/", want: map[string]string{"new/": "", "new/deep": "deep"}},
	{name: "a link as itself", from: "s/l", to: "new", want: map[string]string{"new": "-> f"}},
	{name: "what a link leads to, under the link's name", from: "s/l", to: "there", follow: true, want: map[string]string{"there/l": "hi"}},
	{name: "a directory over a file", from: "s/sub", to: "plain", fails: "cannot copy directory"},
	{name: "a file to a directory that is missing", from: "s/f", to: "no/", fails: "no such directory"},
	{name: "a file below a directory that is missing", from: "s/f", to: "no/such", fails: "no"},
	{name: "a source that is missing", from: "s/none", to: "new", fails: "none"},
}

func TestCopiesInto(t *testing.T) {
	for _, c := range copies {
		t.Run(c.name, func(t *testing.T) {
			local, inside := tree(t, files), tree(t, map[string]string{"plain": "old", "there/": ""})
			err := Into(t.Context(), Container{here{}, "c"}, InRequest{
				Source: filepath.Join(local, c.from), Written: c.from, Destination: inside + "/" + c.to, FollowLink: c.follow,
			})
			check(t, err, c.fails, inside, c.want)
		})
	}
}

func TestCopiesOutOf(t *testing.T) {
	for _, c := range copies {
		t.Run(c.name, func(t *testing.T) {
			inside, local := tree(t, files), tree(t, map[string]string{"plain": "old", "there/": ""})
			err := OutOf(t.Context(), Container{here{}, "c"}, OutRequest{
				Source: inside + "/" + c.from, Destination: filepath.Join(local, c.to), Written: c.to, FollowLink: c.follow,
			})
			check(t, err, c.fails, local, c.want)
		})
	}
}

func check(t *testing.T, err error, fails, dir string, want map[string]string) {
	t.Helper()
	all := map[string]string{"plain": "old", "there/": ""}
	for k, v := range want {
		all[k] = v
	}
	if fails != "" {
		assert.ErrorContains(t, err, fails)
	} else {
		assert.NilError(t, err)
	}
	assert.DeepEqual(t, list(t, dir), all)
}

func TestAMissingSourceIsNotFound(t *testing.T) {
	err := OutOf(t.Context(), Container{here{}, "app-web-1"}, OutRequest{Source: "/no/such", Destination: filepath.Join(t.TempDir(), "x")})
	assert.ErrorIs(t, err, ErrNotFound)
	assert.Error(t, err, "Could not find the file /no/such in container app-web-1")
	err = Into(t.Context(), Container{here{}, "app-web-1"}, InRequest{Source: "/etc/hostname", Written: "/etc/hostname", Destination: "/no/such/place"})
	assert.Error(t, err, "Could not find the file /no/such in container app-web-1")
}

func TestStreams(t *testing.T) {
	inside := tree(t, files)
	var out bytes.Buffer
	assert.NilError(t, OutOf(t.Context(), Container{here{}, "c"}, OutRequest{Source: inside + "/s", Stream: &out}))
	var names []string
	in := tar.NewReader(bytes.NewReader(out.Bytes()))
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		assert.NilError(t, err)
		names = append(names, h.Name)
	}
	slices.Sort(names)
	assert.DeepEqual(t, names, []string{"s/", "s/-dash", "s/f", "s/l", "s/sub/", "s/sub/deep"})

	to := tree(t, map[string]string{"there/": "", "plain": ""})
	assert.NilError(t, Into(t.Context(), Container{here{}, "c"}, InRequest{Stream: bytes.NewReader(out.Bytes()), Destination: to + "/there"}))
	assert.Equal(t, list(t, to)["there/s/sub/deep"], "deep")
	err := Into(t.Context(), Container{here{}, "c"}, InRequest{Stream: &out, Destination: to + "/plain"})
	assert.ErrorContains(t, err, "must be a directory")
}

func TestModesAndOwnersStay(t *testing.T) {
	local := tree(t, map[string]string{"d/f": "x"})
	assert.NilError(t, os.Chmod(filepath.Join(local, "d"), 0o500))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(local, "d"), 0o700) })
	out := t.TempDir()
	assert.NilError(t, OutOf(t.Context(), Container{here{}, "c"}, OutRequest{Source: local + "/d", Destination: filepath.Join(out, "copy"), Written: "copy"}))
	info, err := os.Stat(filepath.Join(out, "copy"))
	assert.NilError(t, err)
	assert.Equal(t, info.Mode().Perm(), fs.FileMode(0o500))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(out, "copy"), 0o700) })
	info, err = os.Stat(filepath.Join(out, "copy", "f"))
	assert.NilError(t, err)
	assert.Equal(t, info.Mode().Perm(), fs.FileMode(0o640))
}

func TestWhatAContainerLacksIsSaid(t *testing.T) {
	inside := tree(t, files)
	empty := t.TempDir()
	err := OutOf(t.Context(), Container{here{path: empty}, "app-web-1"}, OutRequest{Source: inside + "/s", Stream: io.Discard})
	assert.ErrorContains(t, err, "container app-web-1 has no tar")
	err = OutOf(t.Context(), Container{shellless{}, "app-web-1"}, OutRequest{Source: "/s", Stream: io.Discard})
	assert.ErrorContains(t, err, "container app-web-1 has no shell")
}

type shellless struct{}

func (shellless) Exec(context.Context, adapter.ExecRequest) (int, error) {
	return -1, &adapter.Error{Kind: adapter.Refused}
}

// An archive of a hostile container stays where it is unpacked.
func TestAnArchiveCannotLeaveItsPlace(t *testing.T) {
	for _, entries := range [][]tar.Header{
		{{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755}, {Name: "../../escaped", Typeflag: tar.TypeReg}},
		{{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755}, {Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/tmp"}, {Name: "l/escaped", Typeflag: tar.TypeReg}},
		{{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755}, {Name: "l", Typeflag: tar.TypeSymlink, Linkname: ".."}, {Name: "l/l", Typeflag: tar.TypeSymlink, Linkname: ".."}, {Name: "l/l/escaped", Typeflag: tar.TypeReg}},
		{{Name: "f", Typeflag: tar.TypeReg}, {Name: "../escaped", Typeflag: tar.TypeReg}},
	} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for i := range entries {
			assert.NilError(t, w.WriteHeader(&entries[i]))
		}
		assert.NilError(t, w.Close())
		outer := t.TempDir()
		dir := filepath.Join(outer, "a", "b")
		assert.NilError(t, os.MkdirAll(dir, 0o755))
		_ = unpackInto(placement{dir: dir, name: "x"}, &b)
		for _, bad := range []string{"escaped", "a/escaped"} {
			_, err := os.Lstat(filepath.Join(outer, bad))
			assert.ErrorIs(t, err, fs.ErrNotExist)
		}
		_, err := os.Lstat("/tmp/escaped")
		assert.ErrorIs(t, err, fs.ErrNotExist)
	}
}
