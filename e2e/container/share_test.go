//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gotest.tools/v3/assert"
)

// The tests of this file are the troubles of binds.

// share gives a folder of the host with a file in it.
func (m *mac) share() string {
	m.t.Helper()
	folder := filepath.Join(m.dir, "src")
	assert.NilError(m.t, os.Mkdir(folder, 0o755))
	assert.NilError(m.t, os.WriteFile(filepath.Join(folder, "file"), []byte("one\n"), 0o644))
	return folder
}

func TestBadDayChownOnBindsIsRefused(t *testing.T) {
	t.Parallel()
	m := newMac(t, "STANDIN_BAD_DAY=no-chown")
	src := m.share()
	assert.NilError(t, os.Chown(src, 1234, 1235))
	m.sleeper("web", "-v", src+":/src", "-v", src+"/file:/one/file", "-v", "data:/data")
	for _, command := range []string{"chown 999 /src", "chown 999:999 /src/file", "chgrp 999 /src/file", "chmod 700 /src", "chown 999 /one/file"} {
		got := m.refused(1, []string{"Operation not permitted"}, "exec", "web", "sh", "-c", command)
		assert.Equal(t, got.stdout, "")
	}
	m.ok("exec", "web", "sh", "-c", "chown 999 /data && mkdir /tmp/x && chown 999 /tmp/x") // a volume and the root file system take it
	// Every file is its beholder's, and can be written.
	for _, user := range []string{"0", "999"} {
		got := m.ok("exec", "-u", user, "web", "stat", "-c", "%u", "/src", "/src/file", "/one/file")
		assert.Equal(t, got, strings.Repeat(user+"\n", 3))
		m.ok("exec", "-u", user, "web", "sh", "-c", "mkdir -p /src/sub && echo two > /src/sub/by-"+user+" && echo two >> /src/file && mv /src/sub/by-"+user+" /src")
	}
	text, err := os.ReadFile(filepath.Join(src, "file"))
	assert.NilError(t, err)
	assert.Equal(t, string(text), "one\ntwo\ntwo\n")
	info, err := os.Stat(filepath.Join(src, "by-999"))
	assert.NilError(t, err)
	assert.Equal(t, info.Sys().(*syscall.Stat_t).Uid, uint32(1234), "on the host a new file is the user's")
	m.ok("stop", "web")
	m.ok("start", "web") // mounted anew
	assert.Equal(t, m.ok("exec", "web", "cat", "/one/file"), "one\ntwo\ntwo\n")
	m.ok("delete", "-f", "web")
	left, err := filepath.Glob(filepath.Join(shareFolder, "*"))
	assert.NilError(t, err)
	for _, each := range left {
		assert.Assert(t, !strings.Contains(each, m.root), each)
	}
	_, err = os.Stat(filepath.Join(src, "file"))
	assert.NilError(t, err, "the folder outlives the container")
}

// watchFolder prints the name of every file of /src that is made or closed after writing.
const watchFolder = `import ctypes, os, struct
watch = ctypes.CDLL(None).inotify_init()
assert ctypes.CDLL(None).inotify_add_watch(watch, b"/src", 0x108) >= 0
while True:
    data = os.read(watch, 65536)
    while data:
        length = struct.unpack_from("iIII", data)[3]
        print(data[16:16 + length].rstrip(b"\0").decode())
        data = data[16 + length:]
`

// TestBadDayNoFileEventsOnBinds watches a folder from inside while the host writes: an ordinary bind tells of it, a share does
// not, though what was written is there to be read.
func TestBadDayNoFileEventsOnBinds(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	src := m.share()
	watcher := func(id string) {
		m.ok("create", "--name", id, "--network", "none", "-v", src+":/src", "--", "python:3.11", "python3", "-u", "-c", watchFolder)
	}
	watcher("good")
	m.env = []string{"STANDIN_BAD_DAY=no-file-events"}
	watcher("bad")
	m.env = nil
	m.ok("start", "good")
	m.ok("start", "bad")
	write := func(n int) {
		assert.NilError(t, os.WriteFile(filepath.Join(src, "file"), fmt.Appendf(nil, "%d\n", n), 0o644))
	}
	n := 0
	eventually(t, "an ordinary bind tells of the change", func() bool {
		n++
		write(n)
		return strings.Contains(m.ok("logs", "good"), "file")
	})
	assert.Equal(t, m.ok("exec", "bad", "cat", "/src/file"), fmt.Sprintf("%d\n", n))
	// What is done inside is told inside; so its watch has begun, and what came before it from the host is not coming.
	eventually(t, "a change made inside is told", func() bool {
		m.ok("exec", "bad", "sh", "-c", "echo x > /src/inside")
		return strings.Contains(m.ok("logs", "bad"), "inside")
	})
	write(n + 1)
	m.ok("exec", "bad", "sh", "-c", "echo x > /src/after")
	eventually(t, "a later change made inside is told", func() bool { return strings.Contains(m.ok("logs", "bad"), "after") })
	assert.Assert(t, !strings.Contains(m.ok("logs", "bad"), "file"), m.ok("logs", "bad"))
	assert.Equal(t, m.ok("exec", "bad", "cat", "/src/file"), fmt.Sprintf("%d\n", n+1))
	m.ok("exec", "bad", "chown", "999", "/src/file") // only no-chown refuses it
	m.ok("delete", "-f", "good", "bad")
}
