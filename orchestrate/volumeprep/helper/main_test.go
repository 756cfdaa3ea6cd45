//go:build linux

package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"gotest.tools/v3/assert"
)

// The test binary is the program too.
func TestMain(m *testing.M) {
	if os.Getenv("PREPARE_TEST") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func run(t *testing.T, args ...string) (code int, output string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "PREPARE_TEST=1")
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: files of other owners must be made")
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	assert.NilError(t, err)
}

var old = time.Date(2020, 1, 2, 3, 4, 5, 600, time.UTC)

// image makes what an image may have at a mount point.
func image(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	path := func(name string) string { return filepath.Join(dir, name) }
	ok(t, os.Mkdir(dir, 0o700))
	ok(t, os.Mkdir(path("sub"), 0o750))
	ok(t, os.Mkdir(path("sub/empty"), 0o1777))
	ok(t, os.WriteFile(path("sub/file"), []byte("content"), 0o640))
	ok(t, os.WriteFile(path("suid"), []byte("#!"), 0o755))
	ok(t, os.WriteFile(path("large"), bytes.Repeat([]byte("0123456789abcdef"), 1<<16), 0o600))
	ok(t, os.WriteFile(path(".hidden"), nil, 0o444))
	ok(t, os.Link(path("sub/file"), path("again")))
	ok(t, os.Symlink("sub/file", path("relative")))
	ok(t, os.Symlink("/nowhere", path("dangling")))
	ok(t, unix.Mkfifo(path("fifo"), 0o622))
	ok(t, unix.Lsetxattr(path("sub/file"), "user.note", []byte("kept"), 0))
	ok(t, unix.Lsetxattr(path("sub"), "user.note", bytes.Repeat([]byte("x"), 3000), 0))
	for _, name := range []string{"sub", "sub/file", "dangling", "fifo", "."} {
		ok(t, os.Lchown(path(name), 999, 998))
	}
	ok(t, unix.Chmod(path("suid"), 0o4755))
	ok(t, os.Chmod(dir, 0o1770))
	times := []unix.Timespec{unix.NsecToTimespec(old.UnixNano()), unix.NsecToTimespec(old.UnixNano())}
	ok(t, filepath.Walk(dir, func(p string, _ os.FileInfo, err error) error {
		if err == nil {
			err = unix.UtimesNanoAt(unix.AT_FDCWD, p, times, unix.AT_SYMLINK_NOFOLLOW)
		}
		return err
	}))
	return dir
}

// tree describes all below a folder, the folder included: everything that a program could tell apart.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var lines []string
	first := map[uint64]string{}
	ok(t, filepath.Walk(dir, func(p string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		ok(t, unix.Lstat(p, &st))
		rel, _ := filepath.Rel(dir, p)
		line := rel + " " + describe(t, p, &st)
		if st.Nlink > 1 && st.Mode&unix.S_IFMT == unix.S_IFREG {
			if other, seen := first[st.Ino]; seen {
				line += " =" + other
			} else {
				first[st.Ino] = rel
			}
		}
		lines = append(lines, line)
		return nil
	}))
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func describe(t *testing.T, p string, st *unix.Stat_t) string {
	t.Helper()
	var b strings.Builder
	size := st.Size
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		size = 0
	}
	fmt.Fprintf(&b, "%o %d:%d %d %s", st.Mode, st.Uid, st.Gid, size, time.Unix(st.Mtim.Unix()).UTC().Format(time.RFC3339Nano))
	names, err := listXattrs(p)
	ok(t, err)
	for _, n := range names {
		v, err := getXattr(p, n)
		ok(t, err)
		b.WriteString(" " + n + "=" + string(v))
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		to, err := os.Readlink(p)
		ok(t, err)
		b.WriteString(" -> " + to)
	case unix.S_IFREG:
		data, err := os.ReadFile(p)
		ok(t, err)
		fmt.Fprintf(&b, " %x", sha256.Sum256(data))
	}
	return b.String()
}

func TestCopiesEverything(t *testing.T) {
	needRoot(t)
	source, volume := image(t), t.TempDir()
	ok(t, os.Mkdir(filepath.Join(volume, lostFound), 0o700))
	code, out := run(t, volume, source)
	assert.Equal(t, out, "copied 10 entries\n")
	assert.Equal(t, code, 0)
	assert.Equal(t, tree(t, volume), tree(t, source))
}

func TestFollowsASymlinkAtTheMountPoint(t *testing.T) {
	needRoot(t)
	source, volume := image(t), t.TempDir()
	link := filepath.Join(t.TempDir(), "data")
	ok(t, os.Symlink(source, link))
	code, _ := run(t, volume, link)
	assert.Equal(t, code, 0)
	assert.Equal(t, tree(t, volume), tree(t, source))
}

func TestLeavesAVolumeWithContentAlone(t *testing.T) {
	for name, fill := range map[string]func(t *testing.T, volume string){
		"a file": func(t *testing.T, v string) { ok(t, os.WriteFile(v+"/mine", nil, 0o600)) },
		"a file beside lost+found": func(t *testing.T, v string) {
			ok(t, os.Mkdir(v+"/lost+found", 0o700))
			ok(t, os.WriteFile(v+"/mine", nil, 0o600))
		},
		"something in lost+found": func(t *testing.T, v string) {
			ok(t, os.Mkdir(v+"/lost+found", 0o700))
			ok(t, os.WriteFile(v+"/lost+found/#12", []byte("saved"), 0o600))
		},
		"a file called lost+found": func(t *testing.T, v string) { ok(t, os.WriteFile(v+"/lost+found", []byte("x"), 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			source, volume := t.TempDir(), t.TempDir()
			ok(t, os.WriteFile(source+"/of-the-image", nil, 0o600))
			fill(t, volume)
			before := tree(t, volume)
			code, out := run(t, volume, source)
			assert.Equal(t, out, "left alone: the volume is not empty\n")
			assert.Equal(t, code, 0)
			assert.Equal(t, tree(t, volume), before)
		})
	}
}

func TestNothingToCopy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	ok(t, os.WriteFile(file, nil, 0o600))
	for _, c := range []struct{ name, target, want string }{
		{"no such folder", "/no/such/folder", "empty: the image has no folder at the mount point\n"},
		{"a file", file, "empty: the image has no folder at the mount point\n"},
		{"below a file", file + "/x", "empty: the image has no folder at the mount point\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			volume := t.TempDir()
			ok(t, os.Mkdir(volume+"/lost+found", 0o700))
			code, out := run(t, volume, c.target)
			assert.Equal(t, out, c.want)
			assert.Equal(t, code, 0)
			entries, err := os.ReadDir(volume)
			ok(t, err)
			assert.Equal(t, len(entries), 0)
		})
	}
}

func TestNoCopyRemovesLostFoundAlone(t *testing.T) {
	source, volume := t.TempDir(), t.TempDir()
	ok(t, os.WriteFile(source+"/of-the-image", nil, 0o600))
	ok(t, os.Mkdir(volume+"/lost+found", 0o700))
	code, out := run(t, "-nocopy", volume, source)
	assert.Equal(t, out, "empty: nothing is to be copied\n")
	assert.Equal(t, code, 0)
	entries, err := os.ReadDir(volume)
	ok(t, err)
	assert.Equal(t, len(entries), 0)
}

// Whatever instant a copy was cut off at, doing it again gives the whole. The cuts are made by taking things away
// from a whole copy and by leaving half of a file.
func TestContinuesACopyThatWasCutOff(t *testing.T) {
	needRoot(t)
	source := image(t)
	for name, cut := range map[string]func(t *testing.T, v string){
		"at the very end":       func(*testing.T, string) {},
		"before anything":       func(t *testing.T, v string) { ok(t, os.RemoveAll(v)); ok(t, os.Mkdir(v, 0o755)) },
		"in the middle":         func(t *testing.T, v string) { ok(t, os.Remove(v+"/suid")); ok(t, os.RemoveAll(v+"/sub/empty")) },
		"within a file":         func(t *testing.T, v string) { ok(t, os.Truncate(v+"/large", 5000)) },
		"before the attributes": func(t *testing.T, v string) { ok(t, os.Chmod(v+"/sub", 0o700)); ok(t, os.Lchown(v+"/sub/file", 0, 0)) },
		"a file of the right length with the wrong content": func(t *testing.T, v string) {
			ok(t, os.WriteFile(v+"/large", make([]byte, 1<<20), 0o600))
		},
		"between a link's names": func(t *testing.T, v string) { ok(t, os.Remove(v+"/sub/file")) },
	} {
		t.Run(name, func(t *testing.T) {
			volume := filepath.Join(t.TempDir(), "volume")
			ok(t, os.Mkdir(volume, 0o755))
			code, _ := run(t, volume, source)
			assert.Equal(t, code, 0)
			cut(t, volume)
			code, out := run(t, "-resume", volume, source)
			assert.Equal(t, code, 0, out)
			assert.Equal(t, tree(t, volume), tree(t, source))
		})
	}
}

func TestRefusesToReplaceWhatIsOfAnotherKind(t *testing.T) {
	for name, c := range map[string]struct{ image, volume func(p string) error }{
		"a folder where a file belongs":     {file, mkdir},
		"a file where a folder belongs":     {mkdir, file},
		"a symlink where a file belongs":    {file, symlink("/etc/passwd")},
		"another symlink":                   {symlink("/a"), symlink("/b")},
		"a file where a symlink belongs":    {symlink("/a"), file},
		"a file where a named pipe belongs": {func(p string) error { return unix.Mkfifo(p, 0o600) }, file},
	} {
		t.Run(name, func(t *testing.T) {
			source, volume := t.TempDir(), t.TempDir()
			ok(t, c.image(source+"/thing"))
			ok(t, c.volume(volume+"/thing"))
			before := describeThing(t, volume+"/thing")
			code, out := run(t, "-resume", volume, source)
			assert.Equal(t, code, exitAlien, out)
			assert.Assert(t, strings.HasPrefix(out, "prepare volume for "+source+": ") && strings.HasSuffix(out, ": the volume holds something else under this name\n"), out)
			assert.Assert(t, strings.Count(out, "\n") == 1, out)
			assert.Equal(t, describeThing(t, volume+"/thing"), before)
		})
	}
}

func describeThing(t *testing.T, p string) string {
	var st unix.Stat_t
	ok(t, unix.Lstat(p, &st))
	return describe(t, p, &st)
}

func file(p string) error  { return os.WriteFile(p, []byte("x"), 0o600) }
func mkdir(p string) error { return os.Mkdir(p, 0o700) }
func symlink(to string) func(string) error {
	return func(p string) error { return os.Symlink(to, p) }
}

func TestLeavesOutWhatIsMounted(t *testing.T) {
	needRoot(t)
	source, volume := t.TempDir(), t.TempDir()
	ok(t, os.Mkdir(source+"/with blank", 0o711))
	ok(t, os.WriteFile(source+"/resolv.conf", []byte("image"), 0o600))
	mounted := t.TempDir()
	ok(t, os.WriteFile(mounted+"/file", []byte("host"), 0o600))
	for from, to := range map[string]string{mounted: source + "/with blank", mounted + "/file": source + "/resolv.conf"} {
		if err := syscall.Mount(from, to, "", syscall.MS_BIND, ""); err != nil {
			t.Skipf("cannot mount: %v", err)
		}
		t.Cleanup(func() { ok(t, syscall.Unmount(to, 0)) })
	}
	code, out := run(t, volume, source)
	assert.Equal(t, code, 0, out)
	entries, err := os.ReadDir(volume)
	ok(t, err)
	assert.Equal(t, len(entries), 1)
	entries, err = os.ReadDir(volume + "/with blank")
	ok(t, err)
	assert.Equal(t, len(entries), 0)
}

func TestFullVolumeIsAnError(t *testing.T) {
	needRoot(t)
	source, volume := t.TempDir(), t.TempDir()
	ok(t, os.WriteFile(source+"/large", make([]byte, 1<<20), 0o600))
	if err := syscall.Mount("tmpfs", volume, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("cannot mount: %v", err)
	}
	t.Cleanup(func() { ok(t, syscall.Unmount(volume, 0)) })
	code, out := run(t, volume, source)
	assert.Equal(t, code, exitFailed)
	assert.Assert(t, strings.HasSuffix(out, "no space left on device\n"), out)
}

// A Mac may refuse a change of owner in a folder that it shares with a VM; a user who is not root is refused here.
func TestOwnersThatCannotBeSet(t *testing.T) {
	needRoot(t)
	source, volume := t.TempDir(), t.TempDir()
	for _, name := range []string{"a", "b"} {
		ok(t, os.WriteFile(source+"/"+name, []byte(name), 0o644))
	}
	for dir := source; dir != "/tmp" && dir != "/"; dir = filepath.Dir(dir) {
		ok(t, os.Chmod(dir, 0o755))
	}
	const nobody = 65534
	ok(t, os.Chown(volume, nobody, nobody))
	program := filepath.Join(t.TempDir(), "prepare") // the test binary may lie where nobody else can look
	data, err := os.ReadFile(os.Args[0])
	ok(t, err)
	ok(t, os.WriteFile(program, data, 0o755))
	prepare := func(args ...string) (int, string) {
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), "PREPARE_TEST=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(out)
	}
	code, out := prepare(volume, source)
	assert.Equal(t, code, exitFailed, out)
	assert.Assert(t, strings.Contains(out, "operation not permitted"), out)
	code, out = prepare("-resume", "-folder", volume, source)
	assert.Equal(t, code, 0, out)
	assert.Assert(t, strings.Contains(out, "warning: owner or mode of 3 entries could not be set"), out)
	copied, err := os.ReadFile(volume + "/b")
	ok(t, err)
	assert.Equal(t, string(copied), "b")
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"/a"}, {"/a", "/b", "/c"}, {"-x", "/a", "/b"}, {"a", "/b"}, {"/a", "b"}} {
		code, out := run(t, args...)
		assert.Equal(t, code, exitUsage, "%q", args)
		assert.Equal(t, out, "usage: prepare [-resume] [-nocopy] [-folder] VOLUME TARGET\n")
	}
}

func TestUnescape(t *testing.T) {
	assert.Equal(t, unescape(`/a\040b\134c\x`), `/a b\c\x`)
}
