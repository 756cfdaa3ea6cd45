package reconcile

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/volumefolder"
	"github.com/hostwright/compose/translate/declared"
)

// Runner carries out plans of one project under its lock. Its fields are set once, before Run.
type Runner struct {
	Adapter adapter.RuntimeAdapter
	// Declared is the project of the files; nil when the project is known by name only, and then plans create nothing.
	Declared *declared.Project
	// Ledger is the one that was read under the lock, or a new one. Save writes it.
	Ledger *ledger.Ledger
	Save   func(*ledger.Ledger) error
	// State is the user's state folder, Project the project's folder in it.
	State   statedir.Dir
	Project statedir.Project
	// Snapshot is what the plan was made from.
	Snapshot adapter.Snapshot
	// Recorders start containers and know how they ended.
	Recorders Recorders
	// Facts gives what is known of an image's config by digest.
	Facts map[string]adapter.ImageConfig
	// Parallel bounds boots and power-offs; 0 is the default.
	Parallel int
	// Force, once closed, ends the grace periods of stops. It may be nil.
	Force <-chan struct{}
	// HookOutput reports what hooks write.
	HookOutput bool
	Now        func() time.Time

	begun   *run // after Create or Run
	created bool // Create was called
}

// run is one execution of a plan.
type run struct {
	*Runner
	journal *journal
	world   *world
	boots   pool
	report  func(orchestrate.Event)
	hosts   sync.Mutex        // one writer of hosts files at a time
	named   *declared.Project // for the hosts files
}

// Create carries out the steps that need no start. A plan with refusals is not run.
func (r *Runner) Create(ctx context.Context, p plan.Plan, report func(orchestrate.Event)) error {
	r.created = true
	steps, _ := phases(p.Steps)
	return r.carryOut(ctx, p, steps, report)
}

// Run carries out the plan, or after Create the rest of it, and reports progress, from one goroutine at a time. A plan
// with refusals is not run. When a step fails, what it led to is skipped, what runs ends, and the error names the
// resource.
func (r *Runner) Run(ctx context.Context, p plan.Plan, report func(orchestrate.Event)) error {
	steps := p.Steps
	if r.created {
		_, steps = phases(p.Steps)
	}
	return r.carryOut(ctx, p, steps, report)
}

func (r *Runner) carryOut(ctx context.Context, p plan.Plan, steps []plan.Step, report func(orchestrate.Event)) error {
	if p.Refused() {
		return &orchestrate.Error{Code: orchestrate.CodeRefused, Message: "the plan is refused", Findings: p.Findings}
	}
	first := r.begun == nil
	if first {
		r.begun = r.begin()
	}
	e := r.begun
	var reporting sync.Mutex
	e.report = func(ev orchestrate.Event) {
		reporting.Lock()
		defer reporting.Unlock()
		ev.Time = r.Now()
		report(ev)
	}
	if first {
		if err := e.forget(p.Forget); err != nil {
			return err
		}
	}
	_, err := walk(ctx, steps, e.step)
	return err
}

func (r *Runner) begin() *run {
	boots := newPool(r.Parallel)
	return &run{
		Runner:  r,
		journal: newJournal(r.Ledger, r.Save),
		world:   newWorld(r.Adapter, r.Snapshot.Containers, cap(boots)),
		boots:   boots,
		named:   namesOf(r.Declared, r.Ledger, r.Snapshot.Containers),
	}
}

// forget drops entries whose resource is gone, and the files that were kept for its containers.
func (e *run) forget(gone []plan.Resource) error {
	if len(gone) == 0 {
		return nil
	}
	for _, r := range gone {
		if r.Kind == plan.VolumeResource {
			if err := volumefolder.Sweep(e.State, e.Ledger.ID); err != nil {
				return fmt.Errorf("remove what is left of volumes: %w", err)
			}
			break
		}
	}
	return e.journal.change(func(l *ledger.Ledger) {
		for _, r := range gone {
			l.Drop(ledgerKinds[r.Kind], r.Name)
		}
	})
}

var ledgerKinds = map[plan.ResourceKind]ledger.Kind{
	plan.ContainerResource: ledger.Container, plan.NetworkResource: ledger.Network,
	plan.VolumeResource: ledger.Volume, plan.ImageResource: ledger.Image,
}

// step carries out one step. The switch has a case for every kind of action; a test walks them.
func (e *run) step(ctx context.Context, s plan.Step) error {
	switch a := s.Action.(type) {
	case plan.CreateNetwork:
		return e.createNetwork(ctx, a)
	case plan.DeleteNetwork:
		return e.deleteNetwork(ctx, a)
	case plan.CreateVolume:
		return e.createVolume(ctx, a)
	case plan.PrepareVolume:
		return e.prepareVolume(ctx, a)
	case plan.DeleteVolume:
		return e.deleteVolume(ctx, a)
	case plan.CreateContainer:
		return e.createContainer(ctx, a, s.Group != "")
	case plan.StartContainer:
		return e.startContainer(ctx, a, s.Group)
	case plan.StopContainer:
		return e.stopContainer(ctx, a, s.Group)
	case plan.KillContainer:
		return e.killContainer(ctx, a)
	case plan.DeleteContainer:
		return e.deleteContainer(ctx, a)
	case plan.DeleteImage:
		return e.deleteImage(ctx, a)
	case plan.Await:
		return e.await(ctx, a, s.Optional)
	case plan.PullImage, plan.BuildImage, plan.PushImage:
		return fmt.Errorf("%s: images are fetched, built and sent by the command, not by the plan's run", s.Action.Resource().Name)
	}
	return fmt.Errorf("step %d: no way to carry out %T", s.ID, s.Action)
}

// progress reports a beginning, runs do, and reports the end. An empty word is not reported.
func (e *run) progress(res plan.Resource, begin, end string, do func() error) error {
	if begin != "" {
		e.report(orchestrate.Event{Resource: res, Status: orchestrate.Working, Text: begin})
	}
	if err := do(); err != nil {
		e.report(orchestrate.Event{Resource: res, Status: orchestrate.Failed, Text: "Error", Details: err.Error()})
		return err
	}
	if end != "" {
		e.report(orchestrate.Event{Resource: res, Status: orchestrate.Done, Text: end})
	}
	return nil
}
