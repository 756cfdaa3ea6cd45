package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/reconcile"
	"github.com/hostwright/compose/orchestrate/volumefolder"
)

// operation is one change of a project under its lock.
type operation struct {
	observation
	lock   *ledger.Lock
	close  sync.Once
	runner *reconcile.Runner // once something was carried out
	force  chan struct{}     // closed by Force
	forced sync.Once
}

// calling gives the context of the operation's calls of the runtime: what they start inherits the lock.
func (o *operation) calling(ctx context.Context) context.Context {
	return adapter.WithInherited(calling(ctx, o.request), o.lock.File())
}

// Plan gives the plan as it is now.
func (o *operation) Plan() plan.Plan { return o.plan }

// ImagesReady looks at the images again and plans anew. What was built here is entered into the ledger.
func (o *operation) ImagesReady(ctx context.Context, built []string) (plan.Plan, error) {
	ctx = o.calling(ctx)
	images, err := o.Adapter.ListImages(ctx)
	if err != nil {
		return plan.Plan{}, err
	}
	if err := o.notePulls(images, built); err != nil {
		return plan.Plan{}, err
	}
	o.inputs.Snapshot.Images = images
	// They have just been built or pulled: the plan that follows must not ask for it again.
	o.inputs.Goal.Build, o.inputs.Goal.ImagesDone = false, true
	if err := o.own(built); err != nil {
		return plan.Plan{}, err
	}
	if err := o.makePlan(ctx); err != nil {
		return plan.Plan{}, err
	}
	return o.plan, nil
}

// own enters built images into the ledger.
func (o *operation) own(built []string) error {
	if len(built) == 0 {
		return nil
	}
	l := o.writable()
	for _, reference := range built {
		normalised, err := o.Adapter.NormaliseReference(reference)
		if err != nil {
			return err
		}
		image, ok := findImage(&o.inputs.Snapshot, reference, normalised)
		if !ok {
			return fmt.Errorf("image %s was built, and the runtime does not list it", reference)
		}
		entry := ledger.Entry{Kind: ledger.Image, Name: image.Reference, State: ledger.Created, Digest: image.Digest, Updated: o.Now()}
		if p := o.request.Project; p != nil {
			for i := range p.Services {
				if p.Services[i].Image == reference {
					entry.Service = p.Services[i].Name
				}
			}
		}
		l.Put(entry)
	}
	if err := o.store.Save(l); err != nil {
		return ledgerError(err)
	}
	o.ledger, o.inputs.Ledger = l, l
	return nil
}

// writable is the ledger, or the new one when there is none yet.
func (o *operation) writable() *ledger.Ledger {
	if o.ledger != nil {
		return o.ledger
	}
	return o.fresh
}

// Create carries out what comes before the first start.
func (o *operation) Create(ctx context.Context, report func(orchestrate.Event)) error {
	r, err := o.reconciler()
	if err != nil {
		return err
	}
	err = r.Create(o.calling(ctx), o.plan, report)
	o.ledger = r.Ledger
	return err
}

// Run carries out the plan, or after Create the rest of it. When nothing is left afterwards, the project leaves the
// index.
func (o *operation) Run(ctx context.Context, report func(orchestrate.Event)) error {
	if err := o.callOffRestarts(); err != nil {
		return err
	}
	if o.plan.Empty() && len(o.plan.Forget) == 0 && !o.plan.Refused() {
		return o.forgetWhenEmpty()
	}
	r, err := o.reconciler()
	if err != nil {
		return err
	}
	err = r.Run(o.calling(ctx), o.plan, report)
	o.ledger = r.Ledger
	return errors.Join(err, o.forgetWhenEmpty())
}

// Force ends the grace periods of stops.
func (o *operation) Force() { o.forced.Do(func() { close(o.force) }) }

// reconciler makes what carries out the plan, once.
func (o *operation) reconciler() (*reconcile.Runner, error) {
	if o.runner != nil {
		return o.runner, nil
	}
	dir := o.State.Project(o.request.Ref.Name, o.request.Ref.Dir)
	recorders, err := o.recorders(dir)
	if err != nil {
		return nil, err
	}
	o.runner = &reconcile.Runner{
		Adapter: o.Adapter, Declared: o.request.Project, Ledger: o.writable(), Save: o.save, State: o.State, Project: dir,
		Snapshot: o.inputs.Snapshot, Recorders: recorders, Facts: o.inputs.Facts, Parallel: o.request.Parallel, Now: o.Now,
		Force: o.force, HookOutput: o.request.HookOutput,
	}
	return o.runner, nil
}

// recorders gives what starts containers. The program is looked for only where something is to be started.
func (o *operation) recorders(dir statedir.Project) (reconcile.Recorders, error) {
	if o.Recorders != nil {
		return o.Recorders(dir), nil
	}
	p := reconcile.Processes{Project: dir}
	if !starts(o.plan) {
		return p, nil
	}
	var err error
	p.Executable, err = o.Recorder()
	return p, err
}

func (o *operation) save(l *ledger.Ledger) error { return ledgerError(o.store.Save(l)) }

func starts(p plan.Plan) bool {
	for _, s := range p.Steps {
		if s.Action.Kind() == plan.KindStartContainer {
			return true
		}
	}
	return false
}

// forgetWhenEmpty removes the ledger and the project's files after a down that left nothing. The lock's file stays: a
// waiter may have it open.
func (o *operation) forgetWhenEmpty() error {
	if o.request.Goal.Verb != plan.Down || o.ledger == nil || len(o.ledger.Entries) > 0 {
		return nil
	}
	if err := o.store.Remove(); err != nil {
		return ledgerError(err)
	}
	if err := volumefolder.Sweep(o.State, o.ledger.ID); err != nil {
		return fmt.Errorf("remove what is left of volumes: %w", err)
	}
	dir := o.State.Project(o.request.Ref.Name, o.request.Ref.Dir)
	root, err := os.OpenRoot(string(dir))
	if err != nil {
		return fmt.Errorf("remove the project's files: %w", err)
	}
	defer root.Close()
	for _, sub := range []string{"containers", "hosts", "staged"} {
		if err := root.RemoveAll(sub); err != nil {
			return fmt.Errorf("remove the project's files: %w", err)
		}
	}
	return nil
}

// Close releases the lock.
func (o *operation) Close() error {
	var err error
	o.close.Do(func() { err = o.lock.Release() })
	return err
}
