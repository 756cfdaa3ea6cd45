package daemon

import (
	"context"
	"fmt"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// Variable is the environment variable that keeps hostwrightd from being started when it is "off".
const Variable = "HOSTWRIGHT_DAEMON"

// Off tells whether nobody shall watch what commands leave behind.
func Off(lookup func(string) (string, bool)) (bool, error) {
	v, _ := lookup(Variable)
	switch v {
	case "", "on", "auto":
		return false, nil
	case "off":
		return true, nil
	}
	return false, fmt.Errorf("%s is %q: it takes \"on\" (the default) or \"off\"", Variable, v)
}

// watched is a client whose projects are watched by hostwrightd: it sees to it that one runs as soon as there is
// something to watch, and tells it when a command has changed something. What a command does, it does in its own
// process; the project's lock keeps it and hostwrightd apart.
type watched struct {
	orchestrate.Client
	state   statedir.Dir
	version string
	program func() (string, error) // hostwrightd
	failed  func(error)
}

// Watched gives a client that keeps hostwrightd running. A hostwrightd that cannot be started is told to failed, and
// fails no command.
func Watched(c orchestrate.Client, state statedir.Dir, version string, failed func(error)) orchestrate.Client {
	return &watched{Client: c, state: state, version: version, program: recorder, failed: failed}
}

// Begin gives an operation that is told to hostwrightd.
func (w *watched) Begin(ctx context.Context, r orchestrate.Request, waiting func(orchestrate.Holder)) (orchestrate.Operation, error) {
	op, err := w.Client.Begin(ctx, r, waiting)
	if err != nil {
		return nil, err
	}
	return &watchedOperation{Operation: op, watched: w, ctx: context.WithoutCancel(ctx), ref: r.Ref}, nil
}

// Containers brings hostwrightd back where it was killed and something is to be watched.
func (w *watched) Containers(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.Container, error) {
	list, err := w.Client.Containers(ctx, ref)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if c.State == orchestrate.StateRunning || c.State == orchestrate.StateRestarting {
			w.ensure(ctx)
			break
		}
	}
	return list, nil
}

// Events wants somebody who sees them.
func (w *watched) Events(ctx context.Context, r orchestrate.EventsRequest, each func(orchestrate.ProjectEvent) error) error {
	ended := !r.Until.IsZero() && r.Until.Before(r.Since)
	if !ended && w.known(r.Ref) {
		w.ensure(ctx)
		following, stop := context.WithCancel(ctx)
		defer stop()
		go func() { _ = (Remote{State: w.state}).Follow(following) }() // ends with this command, or with hostwrightd
	}
	return w.Client.Events(ctx, r, each)
}

// known tells whether the index has anything of a project.
func (w *watched) known(ref orchestrate.ProjectRef) bool {
	list, err := ledger.List(w.state)
	if err != nil {
		return false
	}
	for _, i := range list {
		if i.Project == ref.Name && (ref.Dir == "" || i.Dir == ref.Dir) {
			return true
		}
	}
	return false
}

func (w *watched) ensure(ctx context.Context) {
	program, err := w.program()
	if err == nil {
		err = Ensure(ctx, w.state, program, w.version)
	}
	if err != nil && ctx.Err() == nil {
		w.failed(err)
	}
}

// watchedOperation tells hostwrightd of a change when it is over.
type watchedOperation struct {
	orchestrate.Operation
	watched *watched
	ctx     context.Context
	ref     orchestrate.ProjectRef
	ran     bool
	last    plan.Plan
}

// Create notes that something was started or will be.
func (o *watchedOperation) Create(ctx context.Context, report func(orchestrate.Event)) error {
	o.ran, o.last = true, o.Plan()
	return o.Operation.Create(ctx, report)
}

// Run carries out the plan. hostwrightd is there before the first start.
func (o *watchedOperation) Run(ctx context.Context, report func(orchestrate.Event)) error {
	o.ran, o.last = true, o.Plan()
	if starts(o.last) {
		o.watched.ensure(ctx)
	}
	return o.Operation.Run(ctx, report)
}

// Close releases the lock, then makes hostwrightd look: it is started where the command has left something that runs.
func (o *watchedOperation) Close() error {
	err := o.Operation.Close()
	if !o.ran {
		return err
	}
	o.ran = false
	if starts(o.last) {
		o.watched.ensure(o.ctx)
	} else {
		_ = (Remote{State: o.watched.state}).Look(o.ctx) // one that does not run has nothing to look for
	}
	return err
}
