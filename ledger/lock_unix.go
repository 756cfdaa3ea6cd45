//go:build unix

package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
)

// Holder says who holds a lock, for the message of whoever waits.
type Holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
	Version string    `json:"version"`
}

// Lock is the operation lock of a project, held until it is released and every process that inherited its file has
// ended.
type Lock struct{ file *os.File }

// File is the lock's descriptor, for processes that inherit it. It is not to be closed or unlocked.
func (l *Lock) File() *os.File { return l.file }

// Release gives this process's hold up. A process that inherited the file goes on holding the lock: flock belongs to
// the open file, so the file is closed and never unlocked.
func (l *Lock) Release() error {
	if l == nil || l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	return f.Close()
}

// lockPoll is how long a waiter sleeps between tries: flock cannot be waited for and cancelled at once.
const lockPoll = 25 * time.Millisecond

// Lock takes the project's operation lock. While another process holds it, it waits until ctx ends; waiting, when not
// nil, is told who holds it, at first and when that changes (a zero Holder: not known). The lock's file is never
// removed: a waiter would then hold the lock of a file that nobody else sees.
func (s *Store) Lock(ctx context.Context, h Holder, waiting func(Holder)) (*Lock, error) {
	if err := validProject(s.project); err != nil {
		return nil, err
	}
	var told *Holder
	for {
		f, err := s.tryLock()
		if err != nil {
			return nil, err
		}
		if f != nil {
			if err := writeHolder(f, h); err != nil {
				_ = f.Close()
				return nil, fmt.Errorf("lock project %s: %w", s.project, err)
			}
			return &Lock{file: f}, nil
		}
		if now := readHolder(s.folder.Lock()); waiting != nil && (told == nil || *told != now) {
			told = &now
			waiting(now)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("lock project %s: %w", s.project, ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

// tryLock gives the locked file, or nil when somebody else holds the lock.
func (s *Store) tryLock() (*os.File, error) {
	if err := statedir.MakePrivate(string(s.folder)); err != nil {
		return nil, unwritable(string(s.folder), err)
	}
	path := s.folder.Lock()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unwritable(path, err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err == nil && samePath(f, path) {
		return f, nil
	}
	_ = f.Close()
	if err == nil || errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil // held, or the folder was removed by hand between open and lock: try again
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}

func samePath(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}

// writeHolder writes in place, so that the file stays the one that others wait for.
func writeHolder(f *os.File, h Holder) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	data = append(data, '\n')
	if _, err := f.WriteAt(data, 0); err != nil {
		return err
	}
	return f.Truncate(int64(len(data)))
}

func readHolder(path string) Holder {
	var h Holder
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &h) != nil {
		return Holder{}
	}
	return h
}
