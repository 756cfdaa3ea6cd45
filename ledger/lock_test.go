//go:build unix

package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
	"gotest.tools/v3/assert"
)

// The test binary is also the other process: with LEDGER_TEST_LOCK=STATE it takes the lock, says so, starts the rest
// of its arguments with the lock's file inherited, and waits for its standard input to end.
func TestMain(m *testing.M) {
	if state := os.Getenv("LEDGER_TEST_LOCK"); state != "" {
		if err := holdLock(state, os.Getenv("LEDGER_TEST_DIR"), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func holdLock(state, dir string, child []string) error {
	l, err := Open(statedir.Dir(state), "shop", dir).Lock(context.Background(),
		Holder{PID: os.Getpid(), Command: "up", Since: time.Unix(1700000000, 0).UTC(), Version: "test"}, nil)
	if err != nil {
		return err
	}
	if len(child) > 0 {
		c := exec.Command(child[0], child[1:]...)
		c.ExtraFiles = []*os.File{l.File()}
		in, err := c.StdinPipe() // ends with this process
		if err != nil {
			return err
		}
		defer in.Close()
		if err := c.Start(); err != nil {
			return err
		}
	}
	fmt.Println("locked")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, l.Release())
}

// otherProcess starts one that holds the lock of s.
func otherProcess(t *testing.T, s *Store, child ...string) (*exec.Cmd, io.Closer) {
	t.Helper()
	c := exec.Command(os.Args[0], child...)
	c.Env = append(os.Environ(), "LEDGER_TEST_LOCK="+filepath.Dir(filepath.Dir(string(s.folder))), "LEDGER_TEST_DIR="+s.dir)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	assert.NilError(t, err)
	out, err := c.StdoutPipe()
	assert.NilError(t, err)
	assert.NilError(t, c.Start())
	t.Cleanup(func() { _ = in.Close(); _ = c.Process.Kill(); _ = c.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	assert.NilError(t, err)
	assert.Equal(t, line, "locked\n")
	return c, in
}

func TestLockWaitsForAnotherProcessAndNamesIt(t *testing.T) {
	s, _ := newStore(t)
	c, in := otherProcess(t, s)
	var told []Holder
	got := make(chan error, 1)
	waits := make(chan struct{})
	go func() {
		l, err := s.Lock(t.Context(), Holder{PID: os.Getpid(), Command: "down"}, func(h Holder) {
			told = append(told, h)
			close(waits)
		})
		if err == nil {
			err = l.Release()
		}
		got <- err
	}()
	<-waits
	select {
	case err := <-got:
		t.Fatalf("got the lock while another process has it: %v", err)
	default:
	}
	assert.NilError(t, in.Close())
	assert.NilError(t, <-got)
	assert.Equal(t, len(told), 1)
	assert.Equal(t, told[0].PID, c.Process.Pid)
	assert.Equal(t, told[0].Command, "up")
	assert.Equal(t, told[0].Since.Unix(), int64(1700000000))
}

func TestLockEndsWithItsContext(t *testing.T) {
	s, _ := newStore(t)
	_, _ = otherProcess(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Lock(ctx, Holder{}, func(Holder) { cancel() })
	assert.ErrorIs(t, err, context.Canceled)
}

func TestAKilledHolderFreesTheLock(t *testing.T) {
	s, _ := newStore(t)
	c, _ := otherProcess(t, s)
	assert.NilError(t, c.Process.Kill())
	l, err := s.Lock(t.Context(), Holder{}, nil)
	assert.NilError(t, err)
	assert.NilError(t, l.Release())
}

// TestAKilledHoldersChildKeepsTheLock: a runtime call that still runs keeps the next command waiting.
func TestAKilledHoldersChildKeepsTheLock(t *testing.T) {
	s, _ := newStore(t)
	gate := filepath.Join(t.TempDir(), "gate")
	c, _ := otherProcess(t, s, "sh", "-c", "until [ -e "+gate+" ]; do sleep 0.02; done")
	assert.NilError(t, c.Process.Kill())
	_ = c.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := s.Lock(ctx, Holder{}, nil)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	write(t, gate, "")
	l, err := s.Lock(t.Context(), Holder{}, nil)
	assert.NilError(t, err)
	assert.NilError(t, l.Release())
}

func TestReleaseDoesNotUnlockForTheChild(t *testing.T) {
	s, _ := newStore(t)
	l, err := s.Lock(t.Context(), Holder{PID: 1, Command: strings.Repeat("long ", 20)}, nil)
	assert.NilError(t, err)
	c := exec.Command("cat")
	c.ExtraFiles = []*os.File{l.File()}
	in, err := c.StdinPipe()
	assert.NilError(t, err)
	assert.NilError(t, c.Start())
	assert.NilError(t, l.Release())
	assert.NilError(t, l.Release(), "releasing twice is fine")

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = s.Lock(ctx, Holder{PID: 2}, nil)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NilError(t, in.Close())
	assert.NilError(t, c.Wait())
	l, err = s.Lock(t.Context(), Holder{PID: 3}, nil)
	assert.NilError(t, err)
	assert.Equal(t, readHolder(s.folder.Lock()).PID, 3, "a shorter holder leaves no rest of a longer one")
	assert.NilError(t, l.Release())
}

func TestOnlyOneHoldsTheLock(t *testing.T) {
	s, l := newStore(t)
	assert.NilError(t, s.Save(l))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				own := Open(statedir.Dir(filepath.Dir(filepath.Dir(string(s.folder)))), s.project, s.dir)
				lock, err := own.Lock(t.Context(), Holder{PID: os.Getpid()}, nil)
				if err != nil {
					t.Error(err)
					return
				}
				got, _, err := own.Load()
				if err == nil {
					err = own.Save(got) // a second writer would be a conflict
				}
				if err = errors.Join(err, lock.Release()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got, _, err := s.Load()
	assert.NilError(t, err)
	assert.Equal(t, got.Serial, uint64(41))
}

// TestALockFileRemovedByHand: who waits for a lock whose folder was removed does not end up with the removed file.
func TestALockFileRemovedByHand(t *testing.T) {
	s, _ := newStore(t)
	held, err := s.Lock(t.Context(), Holder{PID: 1}, nil)
	assert.NilError(t, err)
	waits, got := make(chan struct{}), make(chan *Lock, 1)
	go func() {
		l, _ := s.Lock(t.Context(), Holder{PID: 2}, func(Holder) { close(waits) })
		got <- l
	}()
	<-waits
	assert.NilError(t, os.RemoveAll(string(s.folder)))
	assert.NilError(t, held.Release())
	l := <-got
	assert.Assert(t, samePath(l.File(), s.folder.Lock()))
	assert.NilError(t, l.Release())
}
