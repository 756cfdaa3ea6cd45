package supervise

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/reconcile"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
)

// task is what an action under the lock is to do. It runs beside the project's goroutine and shares nothing with it.
type task struct {
	starts []startable
	stdin  map[string]bool // containers whose input stays open
	facts  map[string]adapter.ImageConfig
	hosts  bool
}

// result is how an action ended.
type result struct {
	task
	err error
}

// act begins what is due: restarts, and hosts files that are out of date. One action at a time.
func (p *project) act(ctx context.Context) {
	if p.acting || p.last.down || !p.looked || ctx.Err() != nil {
		return
	}
	now := p.Now()
	t := task{
		stdin: map[string]bool{}, facts: map[string]adapter.ImageConfig{}, hosts: !p.hostsDue.IsZero() && !now.Before(p.hostsDue),
	}
	for _, c := range p.containers {
		if c.memory.Due.IsZero() || now.Before(c.memory.Due) || c.seen == nil || p.holdsBack(c, now) {
			continue
		}
		s := startable{id: c.id, service: c.service, number: c.number, after: plan.DependenciesOf(c.seen), health: c.check, run: c.memory.Run, anyway: c.resuming}
		t.starts = append(t.starts, s)
		t.stdin[c.id], t.facts[c.seen.Digest] = c.openStdin, p.facts(c.seen)
		// Written before it happens: a run of this number is ours even when this process ends now.
		c.memory.Ours, c.memory.Due = c.memory.Run+1, time.Time{}
		p.remember(c)
	}
	if len(t.starts) == 0 && !t.hosts {
		return
	}
	p.acting, p.hostsDue = true, time.Time{}
	go func() { p.results <- result{t, p.do(ctx, t)} }()
}

// comeBackPatience bounds how long a container waits for the return of what it depends on to be decided.
const comeBackPatience = 10 * time.Second

// holdsBack tells whether a container that comes back with the runtime waits for one that it depends on and whose own
// return is not decided or not yet begun: not all ends are noticed at once, and the order of the file is to hold.
func (p *project) holdsBack(c *container, now time.Time) bool {
	if !c.resuming || c.seen == nil || now.Sub(c.memory.Due) > comeBackPatience {
		return false
	}
	for _, d := range plan.DependenciesOf(c.seen) {
		for _, other := range p.containers {
			if other.service == d.Service && (other.undecided() || p.holdsBack(other, now)) {
				return true
			}
		}
	}
	return false
}

// undecided tells of a container that does not run, and of which it is not known yet whether it comes back.
func (c *container) undecided() bool {
	return !c.running() && (c.status.Recording || c.endedUnjudged() || c.memory.Interrupted)
}

// acted takes over how an action ended. What was not even tried is tried again.
func (p *project) acted(r result) {
	p.acting = false
	for _, s := range r.starts {
		c := p.containers[s.id]
		if c == nil {
			continue
		}
		p.readRun(c)
		if c.status.Run != s.run {
			continue
		}
		if r.err != nil && stopped(c.seen) {
			c.memory.Due = p.Now().Add(againAfter)
		} else {
			c.memory.Ours = 0 // it was not to be started any more
		}
		p.remember(c)
	}
	if r.err != nil {
		p.Log("project %s: %v", p.name, r.err)
		if r.hosts {
			p.hostsDue = p.Now().Add(againAfter)
		}
	}
	p.Look()
}

// do carries out a task under the project's lock, on a world that is looked at under it.
func (p *project) do(ctx context.Context, t task) error {
	lock, err := p.store.Lock(ctx, ledger.Holder{PID: p.PID, Command: t.title(), Since: p.Now(), Version: p.Version}, nil)
	if err != nil {
		return err
	}
	defer lock.Release()
	ctx = adapter.WithInherited(ctx, lock.File())
	l, _, err := p.store.Load()
	if err != nil || l == nil {
		return err // nil: the project was removed meanwhile
	}
	seen, err := p.Adapter.ListContainers(ctx)
	if err != nil {
		return err
	}
	if t.hosts {
		err = reconcile.RefreshHosts(p.folder, l, seen)
	}
	return errors.Join(err, p.start(ctx, t, l, seen))
}

// HolderPrefix begins what stands in the file of a project's lock while hostwrightd holds it.
const HolderPrefix = "hostwrightd: "

func (t *task) title() string {
	if len(t.starts) == 0 {
		return HolderPrefix + "hosts files"
	}
	var ids []string
	for _, s := range t.starts {
		ids = append(ids, s.id)
	}
	if len(ids) > 3 {
		ids = append(ids[:3], "...")
	}
	return HolderPrefix + "restart " + strings.Join(ids, " ")
}

// start starts those containers that are still as they were when it was decided. A start that fails keeps none of the
// others from being tried; its recorder knows how it failed, and so will the judge.
func (p *project) start(ctx context.Context, t task, l *ledger.Ledger, seen []adapter.Container) error {
	var failed []error
	for todo := p.still(t.starts, l, seen); len(todo) > 0; todo = p.still(todo, l, seen) {
		recorders, err := p.Recorders(p.folder)
		if err != nil {
			return err
		}
		runner := &reconcile.Runner{
			Adapter: p.Adapter, Ledger: l, Save: p.store.SaveIndex, State: p.State, Project: p.folder,
			Snapshot: adapter.Snapshot{Containers: seen}, Recorders: keepInput{recorders, t.stdin}, Facts: t.facts, Now: p.Now,
		}
		err = runner.Run(ctx, startPlan(todo), func(orchestrate.Event) {})
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return err
		}
		failed = append(failed, err)
		if seen, err = p.Adapter.ListContainers(ctx); err != nil {
			return errors.Join(append(failed, err)...)
		}
		if left := p.still(todo, l, seen); len(left) == len(todo) {
			return errors.Join(failed...) // nothing could be tried
		}
	}
	return errors.Join(failed...)
}

// still are the containers that are ours by all three proofs, do not run, and have had no run since.
func (p *project) still(list []startable, l *ledger.Ledger, seen []adapter.Container) []startable {
	snapshot := adapter.Snapshot{Containers: seen}
	var out []startable
	for _, s := range list {
		e, ok := l.Entry(ledger.Container, s.id)
		c, there := snapshot.Container(s.id)
		if !ok || e.State != ledger.Created || !there || c.Labels[declared.OwnLedger] != l.ID || !stopped(c) {
			continue
		}
		dir := p.folder.Container(s.id)
		status, err := record.ReadStatus(dir)
		if err != nil || status.Run != s.run || status.Recording {
			continue
		}
		if _, byUser, err := record.ReadUserEnd(dir, s.run); err != nil || byUser && !s.anyway {
			continue // the user has stopped it while it waited for its restart
		}
		out = append(out, s)
	}
	return out
}

// keepInput opens the input of those containers that were declared so: a plan without files does not know.
type keepInput struct {
	reconcile.Recorders
	open map[string]bool
}

// Launch starts a container as it was declared.
func (k keepInput) Launch(ctx context.Context, c adapter.Container, openStdin bool) (reconcile.Launched, error) {
	return k.Recorders.Launch(ctx, c, openStdin || k.open[c.ID])
}

var _ reconcile.Recorders = keepInput{}

// Processes gives recorders that are processes of their own, of the program that executable finds.
func Processes(executable func() (string, error)) func(statedir.Project) (reconcile.Recorders, error) {
	return func(dir statedir.Project) (reconcile.Recorders, error) {
		path, err := executable()
		return reconcile.Processes{Project: dir, Executable: path}, err
	}
}
