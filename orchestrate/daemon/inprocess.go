package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/reconcile"
)

// Options are what the orchestrator is made of. All are needed but where said otherwise.
type Options struct {
	State   statedir.Dir
	Adapter adapter.RuntimeAdapter
	// Recorder gives the path of hostwrightd; it is asked for only by an operation that starts something.
	Recorder func() (string, error)
	// Recorders, when not nil, start a project's containers instead of processes of Recorder's: a runtime that lives in
	// this process's memory is out of their reach.
	Recorders func(statedir.Project) reconcile.Recorders
	// Listening gives the host's listening ports.
	Listening func() ([]plan.Listener, error)
	// FreePorts gives candidates for a project's ports without a host port, best first.
	FreePorts func(project string) []uint16
	Now       func() time.Time
	// Random is where ids and keys of new ledgers come from.
	Random io.Reader
	// Version is this program's, for the lock's file.
	Version string
	// PID is this process's, for the lock's file.
	PID int
}

// inProcess is the orchestrator inside the command's own process.
type inProcess struct{ Options }

// NewInProcess gives a client that does everything in this process. It holds nothing between calls.
func NewInProcess(o Options) orchestrate.Client { return &inProcess{o} }

// Plan looks and plans without the lock.
func (c *inProcess) Plan(ctx context.Context, r orchestrate.Request) (plan.Plan, error) {
	store, ref, err := c.store(r.Ref)
	if err != nil {
		return plan.Plan{}, err
	}
	r.Ref = ref
	o := &observation{inProcess: c, request: r, store: store}
	if err := o.begin(calling(ctx, r)); err != nil {
		return plan.Plan{}, err
	}
	return o.plan, nil
}

// Begin takes the lock, looks and plans.
func (c *inProcess) Begin(ctx context.Context, r orchestrate.Request, waiting func(orchestrate.Holder)) (orchestrate.Operation, error) {
	store, ref, err := c.store(r.Ref)
	if err != nil {
		return nil, err
	}
	r.Ref = ref
	if err := store.Check(); err != nil {
		return nil, ledgerError(err)
	}
	told := &waitTeller{tell: waiting}
	lock, err := store.Lock(ctx, ledger.Holder{PID: c.PID, Command: r.Command, Since: c.Now(), Version: c.Version}, told.waiting)
	told.over()
	if err != nil {
		return nil, ledgerError(err)
	}
	op := &operation{observation: observation{inProcess: c, request: r, store: store}, lock: lock, force: make(chan struct{})}
	if err := op.begin(op.calling(ctx)); err != nil {
		return nil, errors.Join(err, op.Close())
	}
	return op, nil
}

// calling gives the context of a request's calls of the runtime: with the variables of its caller.
func calling(ctx context.Context, r orchestrate.Request) context.Context {
	if r.Environment == nil {
		return ctx
	}
	return adapter.WithEnvironment(ctx, lines(r.Environment))
}

// Versions asks the runtime for its versions.
func (c *inProcess) Versions(ctx context.Context) (orchestrate.RuntimeVersions, error) {
	v, err := c.Adapter.Version(ctx)
	return orchestrate.RuntimeVersions{Name: c.Adapter.Name(), Version: v}, err
}

// store finds a project's store; one that is known by name only is looked up in the index.
func (c *inProcess) store(ref orchestrate.ProjectRef) (*ledger.Store, orchestrate.ProjectRef, error) {
	if ref.Dir != "" {
		return ledger.Open(c.State, ref.Name, ref.Dir), ref, nil
	}
	known, err := ledger.List(c.State)
	if err != nil {
		return nil, ref, fmt.Errorf("look for project %s: %w", ref.Name, err)
	}
	var dirs []string
	for _, k := range known {
		if k.Project == ref.Name {
			dirs = append(dirs, k.Dir)
		}
	}
	switch len(dirs) {
	case 0:
		return nil, ref, &orchestrate.Error{
			Code: orchestrate.CodeProject, Message: fmt.Sprintf("no project %q is known", ref.Name),
			Hint: "run the command in the project's directory, or give its file with -f",
		}
	case 1:
		ref.Dir = dirs[0]
		return ledger.Open(c.State, ref.Name, ref.Dir), ref, nil
	}
	return nil, ref, &orchestrate.Error{
		Code: orchestrate.CodeAmbiguous, Message: fmt.Sprintf("project %q is known in several directories: %v", ref.Name, dirs),
		Hint: "run the command in the one that you mean",
	}
}

// ledgerError gives a ledger's problem with its way out.
func ledgerError(err error) error {
	var p *ledger.Problem
	if errors.As(err, &p) {
		return &orchestrate.Error{Code: orchestrate.CodeLedger, Message: p.Error(), Hint: p.Hint, Err: err}
	}
	return err
}
