package record

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger/statedir"
)

// SpawnRequest starts a container through a recorder of its own.
type SpawnRequest struct {
	// Recorder is the hostwrightd executable, as FindRecorder gives it.
	Recorder string
	// Dir is the container's recorder folder (statedir.Project.Container); it is made when missing.
	Dir string
	// ID is the container.
	ID string
	// Before is the container's Started before this start, zero when it never ran: the recorder tells by it whether
	// the process has run.
	Before time.Time
	// TTY keeps the output as it comes, unfinished lines included. OpenStdin keeps the container's standard input
	// open for its whole life, with nothing on it; a container with a TTY does not need it.
	TTY       bool
	OpenStdin bool
	// Lock is the operation lock's file, which the recorder holds until the start is confirmed; nil takes
	// adapter.Inherited of the context, which may be none.
	Lock *os.File
	// LockDeadline bounds how long an unconfirmed start may hold the lock; 0 is DefaultLockDeadline.
	LockDeadline time.Duration
	// Env is the recorder's environment and so that of the runtime's client; nil is this process's, with the variables
	// that adapter.WithEnvironment marked in the context.
	Env []string
	// Limits bound the kept output.
	Limits Limits
}

// DefaultLockDeadline is how long a recorder holds the operation lock when nobody confirms the start.
const DefaultLockDeadline = 5 * time.Minute

// EventKind is what a recorder tells its spawner.
type EventKind string

// The kinds of events, in the order in which they come: Attached or Failed first, Exited last.
const (
	Attached EventKind = "attached" // the runtime was asked to start the container
	Exited   EventKind = "exited"   // the run has ended and exit.json is written
	Failed   EventKind = "failed"   // the recorder gave up before it asked the runtime
)

// Event is one message of a recorder.
type Event struct {
	Kind  EventKind `json:"event"`
	Run   int       `json:"run,omitempty"`
	PID   int       `json:"pid,omitempty"`
	Exit  *Exit     `json:"exit,omitempty"`
	Error string    `json:"error,omitempty"`
}

// Handle is a spawned recorder, seen from its spawner. It is safe for concurrent use.
type Handle struct {
	// Run is the number of the run, PID the recorder's process.
	Run int
	PID int

	dir   string
	stdin io.WriteCloser
	once  sync.Once
	done  chan struct{}
	exit  Exit
}

// Spawn starts a recorder, which starts the container, and returns as soon as the runtime has been asked to. It does
// not wait for the container's process: look at the runtime's listing, call Confirm, or wait on Done. The recorder
// lives in a session of its own and outlives its spawner. ctx bounds Spawn alone.
func Spawn(ctx context.Context, r SpawnRequest) (*Handle, error) {
	h, err := spawn(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("start recorder for %s: %w", r.ID, err)
	}
	return h, nil
}

func spawn(ctx context.Context, r SpawnRequest) (*Handle, error) {
	if err := statedir.MakePrivate(r.Dir); err != nil {
		return nil, err
	}
	lock := r.Lock
	if lock == nil {
		lock = adapter.Inherited(ctx)
	}
	stderr, err := os.OpenFile(filepath.Join(r.Dir, stderrFile), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		// A full disk must not keep a container from starting.
		if stderr, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
			return nil, err
		}
	}
	defer stderr.Close()

	cmd := exec.Command(r.Recorder, recordArgs(r, lock != nil)...)
	cmd.Dir, cmd.Env, cmd.Stderr = "/", r.Env, stderr
	if cmd.Env == nil {
		cmd.Env = adapter.Environ(ctx, os.Environ())
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if lock != nil {
		cmd.ExtraFiles = []*os.File{lock}
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	h := &Handle{PID: cmd.Process.Pid, dir: r.Dir, stdin: stdin, done: make(chan struct{})}
	first := make(chan Event, 1)
	go h.listen(stdout, first, func() { _ = cmd.Wait() })
	if err := h.await(ctx, first); err != nil {
		return nil, err
	}
	return h, nil
}

// await waits for the first event.
func (h *Handle) await(ctx context.Context, first <-chan Event) error {
	select {
	case e := <-first:
		switch e.Kind {
		case Attached:
			h.Run = e.Run
			return nil
		case Failed:
			return errors.New(e.Error)
		}
		<-h.done
		return fmt.Errorf("it ended at once%s", lastWords(h.dir))
	case <-ctx.Done():
		// Not killed: it may have asked the runtime already, and a container without a recorder loses its output and
		// its exit code. It keeps the lock until it knows how the start went.
		h.Release()
		return ctx.Err()
	}
}

// listen reads events until the recorder ends, then reaps it. It is the only writer of h.exit.
func (h *Handle) listen(stdout io.Reader, first chan<- Event, reap func()) {
	h.exit = Exit{Code: UnknownCode, Error: "the recorder ended without a record"}
	lines := bufio.NewScanner(stdout)
	told := false
	for lines.Scan() {
		var e Event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		if !told {
			first <- e
			told = true
		}
		if e.Kind == Exited && e.Exit != nil {
			h.exit = *e.Exit
			break
		}
	}
	if !told {
		first <- Event{}
	}
	close(h.done)
	reap()
}

// Done is closed when the run has ended, or its recorder.
func (h *Handle) Done() <-chan struct{} { return h.done }

// Exit gives how the run ended. Call it after Done. A recorder that was killed leaves an Exit that is not Known.
func (h *Handle) Exit() Exit {
	<-h.done
	e := h.exit
	if e.Run == 0 {
		e.Run = h.Run
	}
	return e
}

// Confirm tells the recorder that the start is known to have worked or failed, so that it gives the operation lock
// back. Later calls do nothing.
func (h *Handle) Confirm(started bool) {
	h.once.Do(func() {
		word := wordFailed
		if started {
			word = wordStarted
		}
		// The recorder may have ended by itself: nothing to tell then.
		_, _ = io.WriteString(h.stdin, word+"\n")
		_ = h.stdin.Close()
	})
}

// Release lets the recorder go without an answer: it finds out for itself whether the start worked. Done and Exit go
// on working as long as this process lives. After Confirm it does nothing.
func (h *Handle) Release() { h.once.Do(func() { _ = h.stdin.Close() }) }

// lastWords gives the end of what a recorder wrote to its standard error, to be appended to a message.
func lastWords(dir string) string {
	data, err := os.ReadFile(filepath.Join(dir, stderrFile))
	text := strings.TrimSpace(string(data))
	if err != nil || text == "" {
		return ""
	}
	const most = 500
	if len(text) > most {
		text = "..." + text[len(text)-most:]
	}
	return ": " + text
}
