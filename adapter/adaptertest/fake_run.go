package adaptertest

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/rehearsal"
)

// fakeRun is one run of a container, from its start to its end.
type fakeRun struct {
	container *fakeContainer
	signals   chan string
	output    *output
	kill      context.CancelFunc
	context   context.Context
	readyAt   time.Time // of a Behaviour
	ended     bool
	code      int // valid once done is closed
	done      chan struct{}
}

// signal delivers a signal; a process that does not look at its signals loses those that do not fit.
func (r *fakeRun) signal(name string) {
	select {
	case r.signals <- rehearsal.SignalName(name):
	default:
	}
}

// boot starts a container. The caller holds mu.
func (f *Fake) boot(c *fakeContainer, r adapter.StartRequest) (*fakeRun, error) {
	if err := f.world.CheckStart(c.Container, f.held); err != nil {
		return nil, err
	}
	program, err := f.program(c, c.Process, false)
	if err != nil {
		return nil, err
	}
	ctx, kill := context.WithCancel(context.Background())
	run := &fakeRun{
		container: c, signals: make(chan string, 16), output: &output{out: r.Stdout, err: r.Stderr},
		kill: kill, context: ctx, done: make(chan struct{}),
	}
	f.world.Start(c.Container, time.Now())
	c.run, run.readyAt = run, c.ReadyAt()
	p := f.newProcess(c, run, c.Process)
	if r.Stdin != nil {
		p.Stdin = r.Stdin
	}
	f.notify()
	go func() {
		code := program(p)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.end(run, code)
	}()
	return run, nil
}

// end ends a run, unless it has ended or never was. The caller holds mu.
func (f *Fake) end(run *fakeRun, code int) {
	if run == nil || run.ended {
		return
	}
	run.ended, run.code = true, code
	run.container.End(code)
	run.kill()
	close(run.done)
	f.notify()
}

// program finds what a process of a container runs: a Binary, the image's Executables, the request's Behaviour, the
// image's Program. What has none is refused.
func (f *Fake) program(c *fakeContainer, args []string, exec bool) (Program, error) {
	op := adapter.OpStartContainer
	if exec {
		op = adapter.OpExec
	}
	if p := f.binaries[args[0]]; p != nil {
		return p, nil
	}
	if c.image.Executables != nil {
		if p := c.image.Executables[args[0]]; p != nil {
			return p, nil
		}
		return nil, rehearsal.Fail(adapter.Refused, op, c.Request.ID, "failed to find target executable %s", args[0])
	}
	switch {
	case c.Request.Behaviour != nil && exec:
		return c.run.probe, nil
	case c.Request.Behaviour != nil:
		return behave(c.Behaviour()), nil
	case exec && c.image.Exec != nil:
		return c.image.Exec, nil
	case c.image.Program != nil:
		return c.image.Program, nil
	}
	return nil, rehearsal.Fail(adapter.Refused, op, c.Request.ID,
		"the fake runtime was not told what %s does: give its image a Program or the request a Behaviour", strings.Join(args, " "))
}

// behave is the program of a Behaviour.
func behave(b adapter.Behaviour) Program {
	return func(p *Process) int {
		var over <-chan time.Time
		if b.RunFor > 0 {
			timer := time.NewTimer(b.RunFor)
			defer timer.Stop()
			over = timer.C
		}
		for {
			select {
			case <-over:
				return b.ExitCode
			case s := <-p.Signals:
				if code, ends := rehearsal.Answer(b, s); ends {
					return code
				}
			case <-p.Context.Done():
				return killedCode
			}
		}
	}
}

// probe is what Exec runs in a container with a Behaviour: it succeeds once the container is ready.
func (r *fakeRun) probe(*Process) int {
	if time.Now().Before(r.readyAt) {
		return 1
	}
	return 0
}

func (f *Fake) newProcess(c *fakeContainer, run *fakeRun, args []string) *Process {
	return &Process{
		ID: c.Request.ID, Args: slices.Clone(args), Env: c.Env, User: firstOf(c.Request.User, c.image.User),
		WorkingDir: firstOf(c.Request.WorkingDir, c.image.WorkingDir, "/"),
		Stdin:      bytes.NewReader(nil), Stdout: run.output.stdout(), Stderr: run.output.stderr(),
		Signals: run.signals, Context: run.context, fake: f, container: c,
	}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// Exec runs a process in a running container and waits for its end, unless it is to be detached.
func (f *Fake) Exec(ctx context.Context, r adapter.ExecRequest) (int, error) {
	c, err := f.find(ctx, adapter.OpExec, r.ID)
	if err != nil {
		return -1, err
	}
	p, program, run, err := f.prepareExec(c, r)
	f.mu.Unlock()
	if err != nil {
		return -1, err
	}
	exited := make(chan int, 1)
	go func() { exited <- program(p) }()
	if r.Detach {
		return 0, nil
	}
	select {
	case code := <-exited:
		return code, nil
	case <-run.done: // a process dies with its container
		p.detach()
		return killedCode, nil
	case <-ctx.Done():
		p.detach()
		return -1, ctx.Err()
	}
}

func (f *Fake) prepareExec(c *fakeContainer, r adapter.ExecRequest) (*Process, Program, *fakeRun, error) {
	switch {
	case c.MustRun(adapter.OpExec) != nil:
		return nil, nil, nil, c.MustRun(adapter.OpExec)
	case len(r.Command) == 0:
		return nil, nil, nil, rehearsal.Fail(adapter.Refused, adapter.OpExec, r.ID, "Missing expected argument")
	}
	program, err := f.program(c, r.Command, true)
	if err != nil {
		return nil, nil, nil, err
	}
	p := f.newProcess(c, c.run, r.Command)
	p.Exec, p.Signals = true, make(chan string)
	p.Env = rehearsal.Environment(nil, r.Env)
	for key, value := range c.Env {
		if _, found := p.Env[key]; !found {
			p.Env[key] = value
		}
	}
	p.User, p.WorkingDir = firstOf(r.User, p.User), firstOf(r.WorkingDir, p.WorkingDir)
	own := &output{out: r.Stdout, err: r.Stderr}
	p.Stdout, p.Stderr, p.detach = own.stdout(), own.stderr(), own.detach
	if r.Interactive && r.Stdin != nil {
		p.Stdin = r.Stdin
	}
	return p, program, c.run, nil
}

// output passes a process's output on for as long as a client is attached.
type output struct {
	mu       sync.Mutex
	out, err io.Writer
}

func (o *output) detach() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.out, o.err = nil, nil
}

func (o *output) stdout() io.Writer { return outputStream{o, func() io.Writer { return o.out }} }
func (o *output) stderr() io.Writer { return outputStream{o, func() io.Writer { return o.err }} }

type outputStream struct {
	output *output
	target func() io.Writer
}

// Write never fails: a process does not learn that its client has gone.
func (s outputStream) Write(b []byte) (int, error) {
	s.output.mu.Lock()
	defer s.output.mu.Unlock()
	if w := s.target(); w != nil {
		_, _ = w.Write(b)
	}
	return len(b), nil
}
