package rehearsal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger/statedir"
)

// The files of a Runtime's folder: the world, and the lock of whoever reads or changes it.
const (
	worldFile = "world.json"
	lockFile  = "lock"
)

// lockPoll is how long a waiter sleeps between tries: flock cannot be waited for and cancelled at once.
const lockPoll = 2 * time.Millisecond

// use gives f the world as it is at this moment, with nobody else in it. What f changes is written, unless it fails.
func (r *Runtime) use(ctx context.Context, op, resource string, f func(w *World, now time.Time) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(r.dir, worldFile)); errors.Is(err, fs.ErrNotExist) && !adapter.Mutates(op) {
		return f(NewWorld(r.Capabilities(), time.Now()), time.Now()) // who only looks makes no folder
	}
	unlock, err := r.lock(ctx)
	if err != nil {
		return fmt.Errorf("%s %s: %w", op, resource, err)
	}
	defer unlock()
	now := time.Now()
	w, err := r.load(now)
	if err != nil {
		return &adapter.Error{Kind: adapter.Unknown, Op: op, Resource: resource, Words: err.Error(), ExitCode: 1, Err: err,
			Hint: "remove the folder " + r.dir + " to rehearse from an empty runtime"}
	}
	w.Settle(now)
	if err := f(w, now); err != nil {
		return err
	}
	if adapter.Mutates(op) {
		if err := r.save(w); err != nil {
			return fmt.Errorf("%s %s: %w", op, resource, err)
		}
	}
	return nil
}

// lock takes the folder for this call.
func (r *Runtime) lock(ctx context.Context) (unlock func(), err error) {
	if err := statedir.MakePrivate(r.dir); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(r.dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the rehearsal: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return func() { _ = f.Close() }, nil // closing gives the lock back
		case errors.Is(err, syscall.EINTR):
			continue
		case !errors.Is(err, syscall.EWOULDBLOCK):
			_ = f.Close()
			return nil, fmt.Errorf("lock the rehearsal: %w", err)
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, ctx.Err()
		case <-time.After(lockPoll):
		}
	}
}

func (r *Runtime) load(now time.Time) (*World, error) {
	path := filepath.Join(r.dir, worldFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return NewWorld(r.Capabilities(), now), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the rehearsal: %w", err)
	}
	w := &World{}
	if err := json.Unmarshal(data, w); err != nil {
		return nil, fmt.Errorf("decode %s: %w", path, err)
	}
	if w.Containers == nil || w.Images == nil || w.Networks == nil || w.Volumes == nil {
		return nil, fmt.Errorf("decode %s: it is no rehearsal", path)
	}
	w.Capabilities = r.Capabilities()
	return w, nil
}

func (r *Runtime) save(w *World) error {
	data, err := json.MarshalIndent(w, "", " ")
	if err != nil {
		return fmt.Errorf("encode the rehearsal: %w", err)
	}
	return statedir.WriteFile(filepath.Join(r.dir, worldFile), append(data, '\n'), 0o600)
}
