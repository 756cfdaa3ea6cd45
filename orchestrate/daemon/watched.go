package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// Variable is the environment variable that keeps hostwrightd from being started and asked when it is "off".
const Variable = "HOSTWRIGHT_DAEMON"

// Off tells whether commands do everything themselves, and nobody shall watch what they leave behind.
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

// WatchedOptions are what a client of hostwrightd is made of.
type WatchedOptions struct {
	State   statedir.Dir
	Version string
	// Environment are the variables of the command that adapter.OfCaller names.
	Environment []declared.EnvVar
	// Failed is told, once each, what the user should know of a hostwrightd that is not there or not asked. The command
	// goes on without it.
	Failed func(error)
}

// watched is a client whose commands go through hostwrightd: the one that runs, or one that it starts before what may
// leave something to watch. Where none takes a request up, the command does it in its own process; the project's lock
// keeps all of them apart. What only reads files (Logs, Follow, Await, Events) and Attend are always here, so that they
// outlive hostwrightd.
type watched struct {
	orchestrate.Client // in this process
	remote             *remote
	o                  WatchedOptions
	program            func() (string, error) // hostwrightd

	mu    sync.Mutex
	told  map[string]bool
	hangs bool // hostwrightd: it is not asked again
}

// Watched gives a client that goes through hostwrightd where it can, and else through c, which is in this process.
func Watched(c orchestrate.Client, o WatchedOptions) orchestrate.Client {
	executable, _ := recorder() // one that is missing shows when it is to be started
	return watchedBy(c, o, executable, recorder)
}

func watchedBy(c orchestrate.Client, o WatchedOptions, executable string, program func() (string, error)) *watched {
	return &watched{
		Client: c, remote: newRemote(o.State, o.Version, executable, o.Environment), o: o, program: program, told: map[string]bool{},
	}
}

// Begin begins an operation in hostwrightd, which is started first where the goal may start containers.
func (w *watched) Begin(ctx context.Context, r orchestrate.Request, waiting func(orchestrate.Holder)) (orchestrate.Operation, error) {
	if w.hanging() {
		return w.Client.Begin(ctx, r, waiting)
	}
	op, err := w.remote.Begin(ctx, r, waiting)
	w.tellSilent(err)
	if isUnreached(err) && leavesRunning(r.Goal) && w.ensure(ctx) {
		op, err = w.remote.Begin(ctx, r, waiting)
	}
	if !isUnreached(err) {
		return op, err
	}
	if op, err = w.Client.Begin(ctx, r, waiting); err != nil {
		return nil, err
	}
	return &watchedOperation{Operation: op, watched: w, ctx: context.WithoutCancel(ctx), ref: r.Ref}, nil
}

// leavesRunning tells of a goal after which containers may run in the background.
func leavesRunning(g plan.Goal) bool {
	switch g.Verb {
	case plan.Up, plan.Start, plan.Restart:
		return true
	case plan.Run:
		return g.OneOff == nil || !g.OneOff.Attended
	}
	return false
}

// answers is the part of a client whose calls one answer ends.
type answers interface {
	Plan(context.Context, orchestrate.Request) (plan.Plan, error)
	Containers(context.Context, orchestrate.ProjectRef) ([]orchestrate.Container, error)
	Projects(context.Context) ([]orchestrate.Project, error)
	Images(context.Context, orchestrate.ProjectRef) ([]orchestrate.ContainerImage, error)
	Volumes(context.Context, orchestrate.ProjectRef) ([]orchestrate.Volume, error)
	Drift(context.Context, orchestrate.ProjectRef) ([]orchestrate.Drift, error)
	Versions(context.Context) (orchestrate.RuntimeVersions, error)
	Adopt(context.Context, orchestrate.AdoptRequest) (orchestrate.Adoption, error)
}

// either asks hostwrightd, or this process where none takes it up or one ends before it has answered; what is asked for
// must change nothing then. here tells which.
func either[T any](w *watched, ask func(answers) (T, error)) (out T, here bool, err error) {
	if !w.hanging() {
		out, err = ask(w.remote)
		if !isUnreached(err) && !errors.As(err, new(*goneError)) {
			return out, false, err
		}
		w.tellSilent(err)
	}
	out, err = ask(w.Client)
	return out, true, err
}

// tellSilent notes and says when a hostwrightd hangs.
func (w *watched) tellSilent(err error) {
	if !errors.Is(err, errSilent) {
		return
	}
	w.mu.Lock()
	w.hangs = true
	w.mu.Unlock()
	w.fail(&orchestrate.Error{
		Code: orchestrate.CodeDaemon, Message: err.Error() + "; this command goes on without it, and nobody watches the containers",
		Hint: "`hostwright daemon logs` may say why; once its process has ended, `hostwright daemon start` starts another",
	})
}

func (w *watched) hanging() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hangs
}

// fail tells something once.
func (w *watched) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.told[err.Error()] {
		w.told[err.Error()] = true
		w.o.Failed(err)
	}
}

// Plan looks and plans.
func (w *watched) Plan(ctx context.Context, r orchestrate.Request) (plan.Plan, error) {
	out, _, err := either(w, func(a answers) (plan.Plan, error) { return a.Plan(ctx, r) })
	return out, err
}

// Containers brings hostwrightd back where it was killed and something is to be watched.
func (w *watched) Containers(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.Container, error) {
	list, here, err := either(w, func(a answers) ([]orchestrate.Container, error) { return a.Containers(ctx, ref) })
	if err != nil || !here {
		return list, err
	}
	for _, c := range list {
		if c.State == orchestrate.StateRunning || c.State == orchestrate.StateRestarting {
			w.ensure(ctx)
			break
		}
	}
	return list, nil
}

// Projects lists all projects.
func (w *watched) Projects(ctx context.Context) ([]orchestrate.Project, error) {
	out, _, err := either(w, func(a answers) ([]orchestrate.Project, error) { return a.Projects(ctx) })
	return out, err
}

// Images lists the images of a project's containers.
func (w *watched) Images(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.ContainerImage, error) {
	out, _, err := either(w, func(a answers) ([]orchestrate.ContainerImage, error) { return a.Images(ctx, ref) })
	return out, err
}

// Volumes lists a project's volumes.
func (w *watched) Volumes(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.Volume, error) {
	out, _, err := either(w, func(a answers) ([]orchestrate.Volume, error) { return a.Volumes(ctx, ref) })
	return out, err
}

// Drift compares a project with the runtime.
func (w *watched) Drift(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.Drift, error) {
	out, _, err := either(w, func(a answers) ([]orchestrate.Drift, error) { return a.Drift(ctx, ref) })
	return out, err
}

// Versions asks the runtime.
func (w *watched) Versions(ctx context.Context) (orchestrate.RuntimeVersions, error) {
	out, _, err := either(w, func(a answers) (orchestrate.RuntimeVersions, error) { return a.Versions(ctx) })
	return out, err
}

// Adopt is not done a second time by this process when hostwrightd ends in the middle: remote's error is no goneError.
func (w *watched) Adopt(ctx context.Context, r orchestrate.AdoptRequest) (orchestrate.Adoption, error) {
	out, _, err := either(w, func(a answers) (orchestrate.Adoption, error) { return a.Adopt(ctx, r) })
	return out, err
}

// Events wants somebody who sees them.
func (w *watched) Events(ctx context.Context, r orchestrate.EventsRequest, each func(orchestrate.ProjectEvent) error) error {
	ended := !r.Until.IsZero() && r.Until.Before(r.Since)
	if !ended && w.known(r.Ref) && !w.hanging() {
		w.ensure(ctx)
		following, stop := context.WithCancel(ctx)
		defer stop()
		go func() { _ = w.remote.to.Follow(following) }() // ends with this command, or with hostwrightd
	}
	return w.Client.Events(ctx, r, each)
}

// known tells whether the index has anything of a project.
func (w *watched) known(ref orchestrate.ProjectRef) bool {
	list, err := ledger.List(w.o.State)
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

// ensure starts hostwrightd, or makes the one that runs look; it tells whether there is one to ask.
func (w *watched) ensure(ctx context.Context) bool {
	if w.hanging() {
		return false
	}
	program, err := w.program()
	if err == nil {
		err = Ensure(ctx, w.o.State, program, w.o.Version)
	}
	if err == nil || ctx.Err() != nil {
		return err == nil
	}
	var busy *orchestrate.Error
	if !errors.As(err, &busy) || busy.Code != orchestrate.CodeDaemon { // one that is busy watches all the same
		err = fmt.Errorf("nobody watches the containers: %w", err)
	}
	w.fail(err)
	return false
}

// watchedOperation is an operation in this process. It tells hostwrightd of a change when it is over.
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
	} else if !o.watched.hanging() {
		_ = o.watched.remote.to.Look(o.ctx) // one that does not run has nothing to look for
	}
	return err
}
