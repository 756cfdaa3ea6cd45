package record

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger/statedir"
)

// SpawnHere is Spawn with the recorder in this process, for tests of and with orchestration on a runtime that lives in
// memory. It keeps the same folder in the same way; it does not outlive the process, and takes neither Recorder nor Env.
func SpawnHere(ctx context.Context, rt adapter.RuntimeAdapter, r SpawnRequest) (*Handle, error) {
	h, err := spawnHere(ctx, rt, r)
	if err != nil {
		return nil, fmt.Errorf("start recorder for %s: %w", r.ID, err)
	}
	return h, nil
}

func spawnHere(ctx context.Context, rt adapter.RuntimeAdapter, r SpawnRequest) (*Handle, error) {
	if err := statedir.MakePrivate(r.Dir); err != nil {
		return nil, err
	}
	lock := r.Lock
	if lock == nil {
		lock = adapter.Inherited(ctx)
	}
	o := options{
		dir: r.Dir, id: r.ID, before: r.Before, tty: r.TTY, openStdin: r.OpenStdin,
		lockDeadline: r.LockDeadline, limits: r.Limits.orDefault(),
	}
	if o.lockDeadline <= 0 {
		o.lockDeadline = DefaultLockDeadline
	}
	var own *os.File
	if lock != nil {
		fd, err := syscall.Dup(int(lock.Fd())) // as a process inherits it
		if err != nil {
			return nil, fmt.Errorf("inherit the lock: %w", err)
		}
		syscall.CloseOnExec(fd)
		own = os.NewFile(uintptr(fd), "lock")
	}
	stdin, told := io.Pipe()
	if own == nil {
		go func() { _, _ = io.Copy(io.Discard, stdin) }() // nobody else reads it
	}
	said, stdout := io.Pipe()
	h := &Handle{PID: os.Getpid(), dir: r.Dir, stdin: told, done: make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		err := run(o, func(func(string) (string, bool)) (adapter.RuntimeAdapter, error) { return rt, nil }, own, stdin, &events{stdout})
		_, _ = stdin.Close(), stdout.Close() // as the end of a process does
		ended <- err
	}()
	first := make(chan Event, 1)
	go h.listen(said, first, func() {
		_ = said.Close() // a recorder that still speaks is not to wait for a reader
		<-ended
	})
	if err := h.await(ctx, first); err != nil {
		return nil, err
	}
	return h, nil
}
