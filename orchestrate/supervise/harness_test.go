package supervise

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strconv"
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
	"github.com/hostwright/compose/orchestrate/reconcile"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// world is a project on a runtime in memory, with recorders in this process. It is made to live in a synctest bubble.
type world struct {
	*testing.T
	*adaptertest.Fake
	state  statedir.Dir
	folder statedir.Project
	store  *ledger.Store
	ledger *ledger.Ledger
}

const projectName = "shop"

func newWorld(t *testing.T) *world {
	w := &world{T: t, Fake: adaptertest.NewFake(), state: statedir.Dir(t.TempDir())}
	dir := t.TempDir()
	w.folder = w.state.Project(projectName, dir)
	w.store = ledger.Open(w.state, projectName, dir)
	var err error
	w.ledger, err = ledger.New(projectName, dir, rand.Reader)
	assert.NilError(t, err)
	assert.NilError(t, w.CreateNetwork(t.Context(), adapter.NetworkRequest{Name: "shop_default", Labels: map[string]string{declared.OwnLedger: w.ledger.ID}}))
	w.ledger.Put(ledger.Entry{Kind: ledger.Network, Name: "shop_default", Key: "default", State: ledger.Created})
	return w
}

// container creates one container of a service, which runs program, and gives its name.
func (w *world) container(s declared.Service, program adaptertest.Program) string {
	w.Helper()
	id := "shop-" + s.Name + "-1"
	w.AddImage(adaptertest.FakeImage{Reference: s.Name, Command: []string{"/" + s.Name}, Program: program})
	s.Networks = []declared.Attachment{{Network: "default"}}
	fields := declared.Flatten(s, w.ledger.Key)
	labels := map[string]string{
		declared.OwnLedger: w.ledger.ID, declared.OwnProject: projectName, declared.OwnService: s.Name,
		declared.OwnNumber: "1", declared.OwnOneOff: "false", declared.LabelDependsOn: dependsOn(s),
	}
	err := w.CreateContainer(w.Context(), adapter.CreateRequest{
		ID: id, Image: s.Name, Labels: labels, Networks: []adapter.NetworkAttachment{{Network: "shop_default"}},
		Mounts: []adapter.Mount{{Kind: adapter.MountBind, Source: w.hostsFile(id), Target: "/etc/hosts"}},
	})
	assert.NilError(w, err)
	w.ledger.Put(ledger.Entry{Kind: ledger.Container, Name: id, Service: s.Name, Number: 1, State: ledger.Created, Fields: fields, Hash: fields.Hash()})
	assert.NilError(w, w.store.Save(w.ledger))
	return id
}

func (w *world) hostsFile(id string) string {
	path := w.folder.Hosts(id)
	assert.NilError(w, os.MkdirAll(w.folder.HostsDir(id), 0o755))
	assert.NilError(w, os.WriteFile(path, nil, 0o644))
	return path
}

func dependsOn(s declared.Service) string {
	var out []string
	for _, d := range s.DependsOn {
		out = append(out, fmt.Sprintf("%s:%s:false", d.Service, d.Condition))
	}
	return strings.Join(out, ",")
}

func (w *world) recorders(dir statedir.Project) (reconcile.Recorders, error) {
	return here{reconcile.Processes{Project: dir}, w.Fake}, nil
}

// here starts recorders in this process.
type here struct {
	reconcile.Processes
	fake *adaptertest.Fake
}

func (h here) Launch(ctx context.Context, c adapter.Container, openStdin bool) (reconcile.Launched, error) {
	return record.SpawnHere(ctx, h.fake, record.SpawnRequest{Dir: h.Project.Container(c.ID), ID: c.ID, Before: c.Started, OpenStdin: openStdin})
}

// command carries out actions as a command of the user does.
func (w *world) command(actions ...plan.Action) {
	w.Helper()
	lock, err := w.store.Lock(w.Context(), ledger.Holder{Command: "test"}, nil)
	assert.NilError(w, err)
	defer lock.Release()
	seen, err := w.ListContainers(w.Context())
	assert.NilError(w, err)
	recorders, err := w.recorders(w.folder)
	assert.NilError(w, err)
	r := &reconcile.Runner{
		Adapter: w.Fake, Ledger: w.ledger, Save: w.store.Save, State: w.state, Project: w.folder,
		Snapshot: adapter.Snapshot{Containers: seen}, Recorders: recorders, Now: time.Now,
	}
	var p plan.Plan
	for i, a := range actions {
		p.Steps = append(p.Steps, plan.Step{ID: i + 1, Action: a})
	}
	assert.NilError(w, r.Run(adapter.WithInherited(w.Context(), lock.File()), p, func(orchestrate.Event) {}))
}

func (w *world) start(ids ...string) {
	w.Helper()
	var actions []plan.Action
	for _, id := range ids {
		service := strings.TrimSuffix(strings.TrimPrefix(id, "shop-"), "-1")
		actions = append(actions, plan.StartContainer{ID: id, Service: service, Number: 1})
	}
	w.command(actions...)
}

// supervise runs a Supervisor; stop ends it as SIGTERM would and waits for it.
func (w *world) supervise() (s *Supervisor, stop func()) {
	ctx, cancel := context.WithCancel(w.Context())
	s = New(Options{
		State: w.state, Adapter: w.Fake, Recorders: w.recorders, Now: time.Now, Version: "test", Idle: time.Hour,
		Log: func(format string, args ...any) { w.Logf("hostwrightd: "+format, args...) },
	})
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return s, sync.OnceFunc(func() {
		cancel()
		assert.NilError(w, <-done)
	})
}

// end stops every container that still runs, so that the bubble can end.
func (w *world) end() {
	w.SetDown(true)
	for i := range w.ledger.Entries {
		if e := &w.ledger.Entries[i]; e.Kind == ledger.Container {
			_, err := record.Await(w.Context(), w.folder.Container(e.Name))
			assert.NilError(w, err)
		}
	}
	synctest.Wait()
}

func (w *world) memory(id string) Memory {
	m, err := ReadMemory(w.folder.Container(id))
	assert.NilError(w, err)
	return m
}

func (w *world) status(id string) record.Status {
	s, err := record.ReadStatus(w.folder.Container(id))
	assert.NilError(w, err)
	return s
}

func (w *world) running(id string) bool {
	s := w.Snapshot()
	c, ok := s.Container(id)
	return ok && c.Running()
}

// told gives the events as "service action attribute=value", with the attributes that are asked for.
func (w *world) told(attributes ...string) []string {
	var out []string
	r := orchestrate.EventsRequest{Since: time.Unix(1, 0), Until: time.Now()}
	err := Events(w.folder).Read(w.Context(), r, func() time.Time { return time.Now().Add(time.Second) }, func(e orchestrate.ProjectEvent) error {
		words := []string{e.Service, string(e.Action)}
		for _, a := range slices.Sorted(slices.Values(attributes)) {
			if v := e.Attributes[a]; v != "" {
				words = append(words, a+"="+v)
			}
		}
		out = append(out, strings.Join(words, " "))
		return nil
	})
	assert.NilError(w, err)
	return out
}

// exits runs for a while, then exits with a code.
func exits(after time.Duration, code int) adaptertest.Program {
	return func(p *adaptertest.Process) int {
		select {
		case <-time.After(after):
			return code
		case <-p.Context.Done():
			return 137
		case s := <-p.Signals:
			n, _ := strconv.Atoi(strings.TrimPrefix(s, "SIG"))
			return 128 + max(n, 15)
		}
	}
}

// markUserEnd is what a stop does with a container that does not run.
func markUserEnd(t *testing.T, w *world, id string) {
	assert.NilError(t, record.MarkUserEnd(w.folder.Container(id), record.UserEnd{Time: time.Now()}))
}
