package record

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/hostwright/compose/adapter"
)

// Opener makes the adapter of the runtime that an environment asks for.
type Opener func(lookup func(string) (string, bool)) (adapter.RuntimeAdapter, error)

const (
	// takeoverPatience is how long a recorder waits for the one of the run before, which may still be writing.
	takeoverPatience = 10 * time.Second
	// lookDeadline bounds the inspect after a doubtful end.
	lookDeadline = 30 * time.Second
	// exitPatience is how long a recorder tries to write the exit record to a full disk.
	exitPatience = 5 * time.Minute
)

// options are the command line of `hostwrightd record`.
type options struct {
	dir          string
	id           string
	before       time.Time
	tty          bool
	openStdin    bool
	lockFD       int
	lockDeadline time.Duration
	limits       Limits
}

// recordArgs is the command line that parseArgs reads.
func recordArgs(r SpawnRequest, locked bool) []string {
	args := []string{"record", "--dir=" + r.Dir, "--container=" + r.ID}
	if !r.Before.IsZero() {
		args = append(args, "--before="+r.Before.UTC().Format(time.RFC3339Nano))
	}
	if r.TTY {
		args = append(args, "--tty")
	}
	if r.OpenStdin {
		args = append(args, "--open-stdin")
	}
	if locked {
		deadline := r.LockDeadline
		if deadline <= 0 {
			deadline = DefaultLockDeadline
		}
		args = append(args, fmt.Sprintf("--lock-fd=%d", lockFD), "--lock-deadline="+deadline.String())
	}
	limits := r.Limits.orDefault()
	return append(args, fmt.Sprintf("--max-size=%d", limits.MaxSize), fmt.Sprintf("--max-files=%d", limits.MaxFiles))
}

// lockFD is the first descriptor after the standard ones.
const lockFD = 3

func parseArgs(args []string, usage io.Writer) (options, error) {
	o := options{}
	f := flag.NewFlagSet("hostwrightd record", flag.ContinueOnError)
	f.SetOutput(usage)
	f.StringVar(&o.dir, "dir", "", "the container's recorder folder")
	f.StringVar(&o.id, "container", "", "the container to start")
	f.Func("before", "when the container was started last, RFC 3339", func(s string) (err error) {
		o.before, err = time.Parse(time.RFC3339Nano, s)
		return err
	})
	f.BoolVar(&o.tty, "tty", false, "the container has a terminal")
	f.BoolVar(&o.openStdin, "open-stdin", false, "keep the container's standard input open")
	f.IntVar(&o.lockFD, "lock-fd", 0, "descriptor of the operation lock to hold until the start is confirmed")
	f.DurationVar(&o.lockDeadline, "lock-deadline", DefaultLockDeadline, "how long to hold it at most")
	f.Int64Var(&o.limits.MaxSize, "max-size", 0, "bytes of one segment of the output")
	f.IntVar(&o.limits.MaxFiles, "max-files", 0, "segments to keep")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.dir == "" || o.id == "" || f.NArg() > 0 {
		return o, fmt.Errorf("hostwrightd record needs --dir and --container and nothing else; it is started by hostwright")
	}
	return o, nil
}

// Main is `hostwrightd record`: it takes the arguments after the word record, records one run of one container, and
// gives the process's exit code: 0 when the run was recorded, however it ended.
func Main(args []string, open Opener) int {
	o, err := parseArgs(args, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	var lock *os.File
	if o.lockFD > 0 {
		// The client must not have it: it lives as long as the container.
		syscall.CloseOnExec(o.lockFD)
		lock = os.NewFile(uintptr(o.lockFD), "lock")
	}
	endure()
	if err := run(o, open, lock, os.Stdin, &events{os.Stdout}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// endure lets the signals pass that would end a recorder before its container: the pipes to a spawner that is gone,
// and what a logout or a shutdown sends to everybody. They are caught, not ignored, since what is ignored stays so in
// the client.
func endure() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGPIPE, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		for range c {
		}
	}()
}

// events writes messages for the spawner, who may be gone.
type events struct{ w io.Writer }

func (e *events) send(v Event) {
	data, err := json.Marshal(v)
	if err == nil {
		_, _ = e.w.Write(append(data, '\n'))
	}
}

// run records one run.
func run(o options, open Opener, lock *os.File, stdin io.Reader, out *events) error {
	rt, err := open(os.LookupEnv)
	if err != nil {
		out.send(Event{Kind: Failed, Error: err.Error()})
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), takeoverPatience)
	record, alive, err := beginRun(ctx, o.dir, o.id)
	cancel()
	if err != nil {
		out.send(Event{Kind: Failed, Error: err.Error()})
		return err
	}
	// Without it the exit record of a disk that fills up is written late, or never; the container runs all the same.
	if err := makeReserve(o.dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}

	holding, stopHolding := context.WithCancel(context.Background())
	released := make(chan struct{})
	go func() {
		defer close(released)
		hold(holding, lock, stdin, o, rt)
	}()
	out.send(Event{Kind: Attached, Run: record.Run, PID: record.PID})
	exit := recordRun(rt, o, record)
	err = writeExit(o.dir, exit, 0, 0)
	stopHolding()
	<-released
	out.send(Event{Kind: Exited, Run: record.Run, Exit: &exit})
	if diskFull(err) {
		err = writeExit(o.dir, exit, time.Second, exitPatience)
	}
	_ = alive.Close()
	ringBell(o.dir)
	return err
}

// recordRun starts the container, records its output until it ends, and judges the end.
func recordRun(rt adapter.RuntimeAdapter, o options, record runRecord) Exit {
	log := newLogFile(o.dir, record.Run, o.limits)
	stdout := &streamWriter{log: log, stream: Stdout, raw: o.tty}
	stderr := &streamWriter{log: log, stream: Stderr, raw: o.tty}
	words := &spokenEnd{next: stderr}
	request := adapter.StartRequest{ID: o.id, Stdout: stdout, Stderr: words}
	a := attempt{before: o.before, called: record.Called}
	if o.openStdin {
		if r, w, err := os.Pipe(); err == nil {
			request.Stdin = r
			defer func() { _, _ = r.Close(), w.Close() }()
		}
	}
	a.code, a.err = rt.StartAttached(context.Background(), request)
	finished := time.Now()
	a.words = words.text()
	stdout.end()
	stderr.end()

	var seen *look
	if needsLook(a, rt.Capabilities()) {
		ctx, cancel := context.WithTimeout(context.Background(), lookDeadline)
		c, err := rt.InspectContainer(ctx, o.id)
		cancel()
		seen = &look{container: c, err: err}
	}
	exit := judge(a, seen)
	exit.Run, exit.Called, exit.Finished = record.Run, record.Called, finished
	if exit.Error != "" && !exit.StartFailed {
		log.note("exit code not known: " + exit.Error)
	}
	log.close(time.Now())
	return exit
}

// note records a line of the recorder's own.
func (l *logFile) note(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.add(now, Note, false, []byte(strings.ReplaceAll(text, "\n", "; ")))
	l.flush(now)
}
