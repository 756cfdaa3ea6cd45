package record

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// smallDisk mounts a file system of so many KiB.
func smallDisk(t *testing.T, kib int) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: a small file system must be mounted")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dk", kib)); err != nil {
		t.Skipf("cannot mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		// A recorder's last act is to end, with its own log open.
		eventually(t, "the file system is unmounted", func() bool { return syscall.Unmount(dir, 0) == nil })
	})
	return dir
}

// fill takes all the room that is left.
func fill(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	assert.NilError(t, err)
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	assert.Assert(t, diskFull(err), "%v", err)
	assert.NilError(t, f.Close())
	return path
}

func TestFullDiskDropsLinesAndSaysSo(t *testing.T) {
	dir := smallDisk(t, 256)
	log := newLogFile(dir, 1, Limits{})
	w := &streamWriter{log: log, stream: Stdout}
	write(t, w, "before\n")
	ballast := fill(t, dir)
	for range 2000 {
		write(t, w, strings.Repeat("x", 50)+"\n")
	}
	assert.NilError(t, os.Remove(ballast))
	write(t, w, "after\n")
	log.close(time.Now())

	got := collect(t, dir, all())
	n := len(got) - 3 // what the last block still took
	assert.Assert(t, n < 100, "%d", n)
	assert.Equal(t, got[0], "1 stdout before")
	assert.Equal(t, got[n+1], fmt.Sprintf("1 note %d lines of output were dropped: no space left on device", 2000-n))
	assert.Equal(t, got[n+2], "1 stdout after")
	for _, l := range got[1 : n+1] {
		assert.Equal(t, l, "1 stdout "+strings.Repeat("x", 50))
	}
}

func TestRecorderOnADiskThatFillsUp(t *testing.T) {
	b := newBench(t, `echo up; while [ ! -e $RUNTIME/go ]; do sleep 0.01; done
		i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done; exit 3`)
	disk := smallDisk(t, 256)
	b.request.Dir = filepath.Join(disk, "containers", "web")
	h := b.spawn()
	eventually(t, "the script runs", func() bool { return contains(b.lines(all()), "stdout up") })
	fill(t, disk)
	assert.NilError(t, os.WriteFile(b.runtime.path("go"), nil, 0o600))
	s := b.finish(h) // the container was not blocked, and its exit code was kept
	assert.Assert(t, s.Exit != nil && s.Exit.Known && s.Exit.Code == 3, "%+v", s)
	got := b.lines(all())
	assert.Assert(t, len(got) < 5000, "%d", len(got))
	assert.Equal(t, got[0], "stdout up")
}

func TestExitRecordWaitsForRoom(t *testing.T) {
	dir := smallDisk(t, 64)
	ballast := fill(t, dir) // no reserve could be made
	done := make(chan error, 1)
	go func() { done <- writeExit(dir, Exit{Run: 1, Code: 3, Known: true}, time.Millisecond, time.Minute) }()
	select {
	case err := <-done:
		t.Fatalf("written to a full disk: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	assert.NilError(t, os.Remove(ballast))
	assert.NilError(t, <-done)
	var e Exit
	ok, err := readJSON(dir, exitFile, &e)
	assert.NilError(t, err)
	assert.Assert(t, ok && e.Code == 3)
}

func TestExitRecordGivesUpInTheEnd(t *testing.T) {
	dir := smallDisk(t, 64)
	fill(t, dir)
	err := writeExit(dir, Exit{Run: 1}, time.Millisecond, 20*time.Millisecond)
	assert.Assert(t, diskFull(err), "%v", err)
}
