package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"gotest.tools/v3/assert"
)

func tryLock(t *testing.T, path string) bool {
	t.Helper()
	f, err := os.Open(path)
	assert.NilError(t, err)
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	assert.Assert(t, err == nil || errors.Is(err, syscall.EWOULDBLOCK), "%v", err)
	return err == nil
}

// takeLock gives a locked file, as the operation lock is.
func takeLock(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "lock"))
	assert.NilError(t, err)
	assert.NilError(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	return f
}

const untilGo = "echo up; while [ ! -e $RUNTIME/go ]; do sleep 0.01; done"

func TestLockIsHeldUntilConfirmed(t *testing.T) {
	for _, started := range []bool{true, false} {
		t.Run(fmt.Sprint(started), func(t *testing.T) {
			b := newBench(t, untilGo)
			lock := takeLock(t)
			h, err := Spawn(adapter.WithInherited(t.Context(), lock), b.request)
			assert.NilError(t, err)
			assert.NilError(t, lock.Close()) // as if this process had died
			eventually(t, "the script runs", func() bool { return contains(b.lines(all()), "stdout up") })
			assert.Assert(t, !tryLock(t, lock.Name()), "the recorder does not hold the lock")
			h.Confirm(started)
			eventually(t, "the lock is free", func() bool { return tryLock(t, lock.Name()) })
			s, err := ReadStatus(b.request.Dir)
			assert.NilError(t, err)
			assert.Assert(t, s.Recording)
			assert.NilError(t, os.WriteFile(b.runtime.path("go"), nil, 0o600))
			b.finish(h)
		})
	}
}

func TestLockOfAKilledSpawnerIsFreeOnceTheContainerRuns(t *testing.T) {
	b := newBench(t, untilGo)
	lock := takeLock(t)
	// The runtime cannot be asked at first: the lock stays.
	assert.NilError(t, os.WriteFile(b.runtime.path("down"), nil, 0o600))
	spawner := b.startSpawner(lock)
	assert.NilError(t, lock.Close())
	assert.NilError(t, spawner.Process.Kill())
	_ = spawner.Wait()
	eventually(t, "the script runs", func() bool { return contains(b.lines(all()), "stdout up") })
	assert.Assert(t, !tryLock(t, lock.Name()), "the recorder gave the lock back before it knew of the start")
	assert.NilError(t, os.Remove(b.runtime.path("down")))
	eventually(t, "the lock is free", func() bool { return tryLock(t, lock.Name()) })
	assert.NilError(t, os.WriteFile(b.runtime.path("go"), nil, 0o600))
	b.status(t.Context())
}

func TestLockIsFreeAfterTheDeadline(t *testing.T) {
	b := newBench(t, untilGo)
	lock := takeLock(t)
	b.request.Lock, b.request.LockDeadline = lock, 50*time.Millisecond
	h := b.spawn()
	assert.NilError(t, lock.Close())
	eventually(t, "the lock is free", func() bool { return tryLock(t, lock.Name()) })
	assert.NilError(t, os.WriteFile(b.runtime.path("go"), nil, 0o600))
	b.finish(h)
}

// The client inherits nothing of the recorder's but what it is given: neither the lock nor the pipes.
func TestClientDoesNotHoldTheLock(t *testing.T) {
	b := newBench(t, `for f in /proc/self/fd/* /dev/fd/*; do readlink "$f"; done > $RUNTIME/fds 2>/dev/null; exec 1>&- 2>&-; exec sleep 60`)
	lock := takeLock(t)
	b.request.Lock = lock
	h := b.spawn()
	eventually(t, "the script looked", func() bool { _, err := os.Stat(b.runtime.path("fds")); return err == nil })
	assert.NilError(t, syscall.Kill(h.PID, syscall.SIGKILL))
	<-h.Done()
	assert.NilError(t, lock.Close())
	eventually(t, "the lock is free though the client lives", func() bool { return tryLock(t, lock.Name()) })
}
