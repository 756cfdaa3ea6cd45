//go:build linux

package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestPoint14StatsTakesTwoSeconds(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web", "-m", "300m")
	m.create("off", []string{"--network", "none"}, "true")
	begun := time.Now()
	var read []containerStats
	assert.NilError(t, json.Unmarshal([]byte(m.ok("stats", "--format", "json", "--no-stream", "web", "off")), &read))
	assert.Assert(t, time.Since(begun) >= 2*time.Second)
	assert.Equal(t, len(read), 1, "a stopped one is left out")
	assert.Equal(t, read[0].ID, "web")
	assert.Equal(t, read[0].MemoryLimitBytes, uint64(300<<20))
	assert.Assert(t, read[0].MemoryUsageBytes > 0 && read[0].NumProcesses >= 1 && read[0].CPUUsageUsec > 0)
	m.refused(1, []string{"Error: no such container: none-such\n"}, "stats", "--no-stream", "none-such")
	assert.Assert(t, cmp.Contains(m.ok("stats", "--no-stream"), "web "))
}

func TestCopyIn(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web", "-v", "data:/data")
	file := filepath.Join(m.dir, "file.txt")
	assert.NilError(t, os.WriteFile(file, []byte("content"), 0o600))
	assert.Equal(t, m.ok("cp", "file.txt", "web:/new/parents/x"), "web:/new/parents/x\n")
	assert.Equal(t, m.ok("exec", "web", "stat", "-c", "%a %u", "/new/parents/x"), "644 0\n")
	assert.Equal(t, m.ok("exec", "web", "cat", "/new/parents/x"), "content")
	assert.Equal(t, m.ok("cp", "file.txt", "web:/new"), "web:/new/file.txt\n", "into a folder goes the base name")
	m.ok("exec", "web", "sh", "-c", "chmod 755 /new/file.txt; ln -s /new /link")
	assert.NilError(t, os.WriteFile(file, []byte("changed"), 0o600))
	m.ok("cp", "file.txt", "web:/link/file.txt")
	assert.Equal(t, m.ok("exec", "web", "stat", "-c", "%a", "/new/file.txt"), "755\n", "the mode of a file that exists is kept")
	assert.Equal(t, m.ok("exec", "web", "cat", "/new/file.txt"), "changed")
	m.refused(1, []string{"destination directory does not exist"}, "cp", "file.txt", "web:/none/")
	// Into a volume: nothing, in silence.
	m.ok("cp", "file.txt", "web:/data/file.txt")
	assert.Equal(t, m.ok("exec", "web", "ls", "/data"), "lost+found\n")
	// The hosts file belongs to the root file system.
	m.ok("cp", "file.txt", "web:/etc/hosts")
	assert.Equal(t, m.ok("exec", "web", "cat", "/etc/hosts"), "changed")
	tree := filepath.Join(m.dir, "tree", "sub")
	assert.NilError(t, os.MkdirAll(tree, 0o755))
	assert.NilError(t, os.WriteFile(filepath.Join(tree, "leaf"), []byte("leaf"), 0o640))
	assert.Equal(t, m.ok("cp", "tree/", "web:/new"), "web:/new/tree\n", "a trailing slash changes nothing")
	assert.Equal(t, m.ok("exec", "web", "cat", "/new/tree/sub/leaf"), "leaf")
	m.refused(1, []string{"directory onto a file"}, "cp", "tree", "web:/new/file.txt")
}

func TestCopyOut(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web")
	m.ok("exec", "web", "sh", "-c", "mkdir -p /d/sub; echo x > /d/sub/x; chmod 700 /d/sub/x; ln -s x /d/sub/link")
	assert.Equal(t, m.ok("cp", "web:/d/sub/x", "out"), filepath.Join(m.dir, "out")+"\n")
	assert.Equal(t, m.ok("cp", "web:/d", "."), filepath.Join(m.dir, "d")+"\n")
	data, err := os.ReadFile(filepath.Join(m.dir, "d", "sub", "link"))
	assert.NilError(t, err)
	assert.Equal(t, string(data), "x\n")
	m.ok("stop", "web")
	m.refused(1, []string{"container web is not running"}, "cp", "web:/d", ".")
	m.refused(1, []string{"invalid path given"}, "cp", "web:d", ".")
	m.refused(1, []string{"invalid path given"}, "cp", "a", "b")
	m.refused(1, []string{"get failed: container none-such not found"}, "cp", "none-such:/d", ".")
}

func TestCopyOutOfAMissingPathHangs(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web")
	hung := m.command("cp", "web:/none-such", ".")
	assert.NilError(t, hung.Start())
	ended := make(chan struct{})
	go func() { _ = hung.Wait(); close(ended) }()
	select {
	case <-ended:
		t.Error("the call did not hang")
	case <-time.After(time.Second):
	}
	assert.NilError(t, hung.Process.Kill())
	<-ended
}

func TestJoinInside(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	assert.NilError(t, os.MkdirAll(filepath.Join(root, "a", "b"), 0o755))
	for link, target := range map[string]string{"abs": "/a/b", "a/rel": "../a/b", "up": "../../../a", "loop": "loop", "a/esc": "/../../etc"} {
		assert.NilError(t, os.Symlink(target, filepath.Join(root, link)))
	}
	for path, want := range map[string]string{
		"/a/b/c": "/a/b/c", "/abs/c": "/a/b/c", "/a/rel/c": "/a/b/c", "/up/b": "/a/b", "/../x": "/x", "/a/esc/passwd": "/etc/passwd", "/none/../a": "/a",
	} {
		got, err := joinInside(root, path)
		assert.NilError(t, err, path)
		assert.Equal(t, got, filepath.Join(root, want), path)
	}
	_, err := joinInside(root, "/loop")
	assert.ErrorContains(t, err, "too many symbolic links")
}

func TestExport(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web", "-v", "data:/data")
	m.ok("exec", "web", "sh", "-c", "echo kept > /kept; echo x > /data/x")
	m.ok("export", "-o", "fs.tar", "web")
	file, err := os.Open(filepath.Join(m.dir, "fs.tar"))
	assert.NilError(t, err)
	defer file.Close()
	names := map[string]string{}
	for archive := tar.NewReader(file); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		assert.NilError(t, err)
		if header.Name == "kept" {
			data, err := io.ReadAll(archive)
			assert.NilError(t, err)
			assert.Equal(t, string(data), "kept\n")
		}
		names[header.Name] = ""
	}
	_, kept := names["kept"]
	_, volume := names["data/x"]
	assert.Assert(t, kept && !volume)
	m.env = append(m.env, "STANDIN_VERSION=1.2.0")
	m.refused(1, []string{"container is not stopped"}, "export", "-o", "fs.tar", "web")
}

func TestPrune(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "used")
	m.ok("network", "create", "unused")
	m.ok("volume", "create", "unused")
	m.create("off", []string{"--network", "used", "-v", "used:/x"}, "true")
	m.sleeper("on")
	assert.Equal(t, m.ok("network", "prune"), "unused\n")
	got := m.run("volume", "prune")
	assert.Equal(t, got.stdout, "unused\n")
	assert.Assert(t, strings.HasPrefix(got.stderr, "Reclaimed "))
	assert.Equal(t, m.ok("prune"), "off\n")
	assert.Equal(t, len(m.containers()), 1)
	assert.Equal(t, m.ok("network", "prune"), "used\n")
	assert.Equal(t, m.ok("volume", "prune"), "used\n")
}
