package reconcile

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// bench carries out steps on a runtime in memory, with recorders in this process. It lives in a synctest bubble.
type bench struct {
	*testing.T
	*adaptertest.Fake
	state    statedir.Dir
	folder   statedir.Project
	project  declared.Project
	ledger   *ledger.Ledger
	parallel int
	force    chan struct{}
	// hookOutput asks for the lines of hooks, which stand in hookLines as "container text".
	hookOutput bool
	hookLines  []string

	mu     sync.Mutex
	saved  *ledger.Ledger // the latest write
	told   []string       // "name status text: details" of events
	began  time.Time
	called []string // "second op name" of mutations, as they begin
}

// onBench runs a test on a bench.
func onBench(t *testing.T, test func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{T: t, Fake: adaptertest.NewFake(), state: statedir.Dir(t.TempDir()), began: time.Now()}
		dir := t.TempDir()
		b.folder = b.state.Project("shop", dir)
		b.project = declared.Project{
			Name: "shop", Dir: dir, Networks: []declared.Network{{Key: "default", Name: "shop_default"}},
			Services: []declared.Service{app("web"), app("db")},
		}
		var err error
		b.ledger, err = ledger.New("shop", dir, rand.Reader)
		assert.NilError(t, err)
		b.AddImage(adaptertest.FakeImage{Reference: "app", Command: []string{"serve"}, Executables: map[string]adaptertest.Program{
			"serve": adaptertest.Serve, "stay": adaptertest.Ignore, "fail": adaptertest.Exit(3),
		}})
		t.Cleanup(func() {
			b.SetDown(true)
			time.Sleep(time.Minute) // recorders write their last words
		})
		test(b)
	})
}

func app(name string) declared.Service {
	return declared.Service{Name: name, Image: "app", Scale: 1, Networks: []declared.Attachment{{Network: "default", Aliases: []string{"the-" + name}}}}
}

func (b *bench) labels(more ...string) map[string]string {
	out := map[string]string{declared.OwnLedger: b.ledger.ID, declared.OwnProject: "shop"}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// The actions that make what the other actions are about.
func (b *bench) network() plan.Action {
	return plan.CreateNetwork{
		Key: "default", Name: "shop_default", Labels: b.labels(), Entry: ledger.Entry{Kind: ledger.Network, Name: "shop_default", Key: "default"},
	}
}

func (b *bench) volume(folder bool) plan.Action {
	kind := ledger.VolumeKind("")
	if folder {
		kind = ledger.Folder
	}
	return plan.CreateVolume{
		Name: "shop_data", Folder: folder, Labels: b.labels(), Entry: ledger.Entry{Kind: ledger.Volume, Name: "shop_data", Key: "data", VolumeKind: kind},
	}
}

func (b *bench) container(service string) plan.Action {
	id := "shop-" + service + "-1"
	s, _ := b.project.Service(service)
	return plan.CreateContainer{
		ID: id, Service: service, Number: 1, Labels: b.labels(declared.OwnService, service, declared.OwnNumber, "1", declared.OwnOneOff, "false"),
		Entry: ledger.Entry{Kind: ledger.Container, Name: id, Service: service, Number: 1, Fields: declared.Flatten(s, b.ledger.Key)},
	}
}

// dashed is an operation as rules of faults write it.
func dashed(op string) string { return strings.ReplaceAll(op, " ", "-") }

func start(service string) plan.Action {
	return plan.StartContainer{ID: "shop-" + service + "-1", Service: service, Number: 1}
}

// through carries out actions at the same time, on the runtime as it is seen through an adapter.
func (b *bench) through(a adapter.RuntimeAdapter, actions ...plan.Action) error {
	seen := b.Snapshot()
	noting := adaptertest.NewSlow(a, func(c adaptertest.Call) time.Duration {
		if adapter.Mutates(c.Op) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.called = append(b.called, fmt.Sprintf("%d %s %s", time.Since(b.began)/time.Second, c.Op, c.Resource))
		}
		return 0
	})
	r := &Runner{
		Adapter: noting, Declared: &b.project, Ledger: b.ledger, Save: b.save, State: b.state, Project: b.folder, Snapshot: seen,
		Recorders: recordersHere{Processes{Project: b.folder}, b.Fake}, Parallel: b.parallel, Force: b.force, HookOutput: b.hookOutput, Now: time.Now,
	}
	p := plan.Plan{}
	for i, action := range actions {
		p.Steps = append(p.Steps, plan.Step{ID: i + 1, Action: action})
	}
	return r.Run(b.Context(), p, func(e orchestrate.Event) {
		if e.Hook != nil {
			b.hookLines = append(b.hookLines, e.Hook.Container+" "+e.Hook.Text)
			return
		}
		text := fmt.Sprintf("%s %s %s", e.Resource.Name, e.Status, e.Text)
		if e.Details != "" {
			text += ": " + e.Details
		}
		b.told = append(b.told, text)
	})
}

// do carries out actions one after the other, on the undisturbed runtime.
func (b *bench) do(actions ...plan.Action) {
	b.Helper()
	for _, a := range actions {
		assert.NilError(b, b.through(b.Fake, a))
	}
}

func (b *bench) save(l *ledger.Ledger) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.saved = l.Clone()
	return nil
}

// written gives the state of an entry in the latest write, "" where there is none.
func (b *bench) written(kind ledger.Kind, name string) ledger.State {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.saved.Entry(kind, name)
	if !ok {
		return ""
	}
	return e.State
}

func (b *bench) runs(id string) bool {
	s := b.Snapshot()
	c, ok := s.Container(id)
	return ok && c.Running()
}

func (b *bench) hostsFile(service string) string {
	return filepath.Join(b.folder.HostsDir("shop-"+service+"-1"), "hosts")
}

// recordersHere start containers in this process.
type recordersHere struct {
	Processes
	runtime adapter.RuntimeAdapter
}

// Launch starts a recorder.
func (r recordersHere) Launch(ctx context.Context, c adapter.Container, openStdin bool) (Launched, error) {
	h, err := record.SpawnHere(ctx, r.runtime, record.SpawnRequest{Dir: r.Project.Container(c.ID), ID: c.ID, Before: c.Started, OpenStdin: openStdin})
	if err != nil {
		return nil, err
	}
	return h, nil
}
