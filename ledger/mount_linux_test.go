package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gotest.tools/v3/assert"
)

func TestCheckOnAReadOnlyMount(t *testing.T) {
	s, _ := newStore(t)
	if err := syscall.Mount("tmpfs", s.dir, "tmpfs", syscall.MS_RDONLY, "size=64k"); err != nil {
		t.Skipf("a read-only mount needs root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(s.dir, syscall.MNT_DETACH) })
	p := problem(t, s.Check(), Unwritable)
	assert.Equal(t, p.Path, filepath.Join(s.dir, ".hostwright"))
	assert.Assert(t, strings.Contains(p.Error(), "read-only file system"), p.Error())
}

func TestSaveOnAFullDisk(t *testing.T) {
	s, l := newStore(t)
	if err := syscall.Mount("tmpfs", s.dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a small mount needs root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(s.dir, syscall.MNT_DETACH) })
	assert.NilError(t, s.Save(l))
	_ = os.WriteFile(filepath.Join(s.dir, "fill"), make([]byte, 1<<20), 0o600)
	l.Put(volume(strings.Repeat("v", 9000)))
	assert.ErrorIs(t, s.Save(l), syscall.ENOSPC)
	got, _, err := s.Load()
	assert.NilError(t, err)
	assert.Equal(t, got.Serial, uint64(2), "the index has it")
	assert.NilError(t, os.Remove(filepath.Join(s.dir, "fill")))
	assert.NilError(t, s.Save(got))
}
