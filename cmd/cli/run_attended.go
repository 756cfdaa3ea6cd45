package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/compose"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// run makes the container and what it depends on, then starts it: through a recorder with -d, else here, on our own
// terminal.
func (c *composeCommand) run(ctx context.Context, o *runOptions, r orchestrate.Request) error {
	if o.quiet {
		c.progressMode = view.Quiet
	}
	op := &operation{c: c, request: r, title: "run", quietPull: o.quietPull, quietBuild: o.quietBuild}
	if truth(o.declared.variable("COMPOSE_IGNORE_ORPHANS")) {
		op.hide = aboutOrphans
	}
	if _, err := op.run(ctx); err != nil || c.dryRun {
		return err
	}
	name := r.Goal.OneOff.Name
	if o.detach {
		_, err := fmt.Fprintln(c.app.Streams.Out, name)
		return err
	}
	a := &attended{c: c, ref: r.Ref, container: name, remove: o.remove}
	a.service, _ = o.declared.project.Service(r.Goal.Services[0])
	return a.run(ctx, o.oneOff)
}

// attended is a one-off container that runs on our own terminal.
type attended struct {
	c         *composeCommand
	ref       orchestrate.ProjectRef
	container string
	remove    bool
	client    orchestrate.Client
	runtime   adapter.RuntimeAdapter
	ended     atomic.Bool
	service   *declared.Service // whose hooks run in it; nil for none
}

// forwarded are the signals that the process gets besides SIGINT and SIGTERM.
var forwarded = []os.Signal{syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}

// run starts the container, passes signals on until its process has ended, and gives its exit code. Then it removes the
// container when that was asked for, whatever happened.
func (a *attended) run(ctx context.Context, o compose.OneOff) (err error) {
	if a.client, err = a.c.app.Client(); err != nil {
		return err
	}
	if a.runtime, err = a.c.app.Adapter(); err != nil {
		return err
	}
	signals := a.c.app.interrupts.take(forwarded...)
	started := ctx.Err() == nil // else the signal came before they were taken
	ctx = context.WithoutCancel(ctx)
	done := make(chan struct{})
	defer close(done)
	go a.pass(ctx, signals, done)
	code := exitInterrupted
	if started {
		code, err = a.attend(ctx, o)
	}
	a.ended.Store(true)
	if a.remove {
		err = errors.Join(err, a.clear(ctx))
	}
	if err == nil && code != exitOK {
		return exitCode(code)
	}
	return err
}

// attend runs the container to its end.
func (a *attended) attend(ctx context.Context, o compose.OneOff) (int, error) {
	attendance, err := a.client.Attend(ctx, a.ref, a.container)
	if err != nil {
		return -1, err
	}
	s := a.c.app.Streams
	r := adapter.StartRequest{ID: a.container, Stdout: s.Out, Stderr: s.Err}
	if o.Interactive {
		r.Stdin = s.In
	}
	hooked := a.postStart(ctx)
	code, err := a.runtime.StartAttached(ctx, r)
	exit := orchestrate.RunExit{Code: code, Known: err == nil, StartFailed: err != nil}
	failed := hooked(err == nil)
	if err == nil && code == exitOK { // else that is what went wrong first
		err = failed
	}
	return code, errors.Join(err, attendance.Ended(exit))
}

// pass hands signals to the container's process. A process that does not listen is killed by the third SIGINT or SIGTERM; after
// its end, when the container is being removed, a signal ends the command.
func (a *attended) pass(ctx context.Context, signals <-chan os.Signal, done <-chan struct{}) {
	ends := 0
	for {
		select {
		case <-done:
			return
		case s := <-signals:
			if a.ended.Load() {
				a.c.app.leave()
			}
			name := signalNames[s]
			if s == os.Interrupt || s == syscall.SIGTERM {
				if ends++; ends > 2 {
					name = "SIGKILL"
				}
			}
			// One that has not begun, or has ended meanwhile, gets none.
			if err := a.runtime.KillContainer(ctx, a.container, name); err != nil && !adapter.Is(err, adapter.WrongState) {
				a.c.say(fmt.Sprintf("signal %s was not delivered: %s", name, view.Safe(err.Error())))
			}
		}
	}
}

var signalNames = map[os.Signal]string{
	syscall.SIGINT: "SIGINT", syscall.SIGTERM: "SIGTERM", syscall.SIGHUP: "SIGHUP", syscall.SIGQUIT: "SIGQUIT",
	syscall.SIGUSR1: "SIGUSR1", syscall.SIGUSR2: "SIGUSR2",
}

// clear removes the container and its anonymous volumes.
func (a *attended) clear(ctx context.Context) error {
	op, err := a.client.Begin(ctx, orchestrate.Request{
		Ref: a.ref, Command: "run --rm", Environment: a.c.passedOn(),
		Goal: plan.Goal{Verb: plan.Remove, Containers: []string{a.container}, StopFirst: true, Volumes: true},
	}, (&operation{c: a.c}).waiting)
	if err == nil {
		err = errors.Join(op.Run(ctx, func(orchestrate.Event) {}), op.Close())
	}
	if err != nil {
		return fmt.Errorf("remove %s: %w", a.container, err)
	}
	return nil
}
