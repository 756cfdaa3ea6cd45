package daemon

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/record"
	"gotest.tools/v3/assert"
)

// project is a project of a fake runtime whose containers are recorded as hostwrightd does it.
type project struct {
	t       *testing.T
	runtime *adaptertest.Fake
	client  orchestrate.Client
	ref     orchestrate.ProjectRef
	dir     statedir.Project
	store   *ledger.Store
	ledger  *ledger.Ledger
}

func newProject(t *testing.T) *project {
	state := statedir.Dir(t.TempDir())
	ref := orchestrate.ProjectRef{Name: "app", Dir: t.TempDir()}
	p := &project{t: t, runtime: adaptertest.NewFake(), ref: ref, dir: state.Project(ref.Name, ref.Dir), store: ledger.Open(state, ref.Name, ref.Dir)}
	p.client = NewInProcess(Options{State: state, Adapter: p.runtime, Now: time.Now})
	var err error
	p.ledger, err = ledger.New(ref.Name, ref.Dir, strings.NewReader(strings.Repeat("random", 20)))
	assert.NilError(t, err)
	return p
}

// container makes a container that runs a program each time it is started.
func (p *project) container(service string, number int, oneOff bool, program adaptertest.Program) string {
	id := fmt.Sprintf("app-%s-%d", service, number)
	p.runtime.AddImage(adaptertest.FakeImage{Reference: id + ":1", Command: []string{"run"}, Program: program})
	assert.NilError(p.t, p.runtime.CreateContainer(p.t.Context(), adapter.CreateRequest{ID: id, Image: id + ":1"}))
	p.ledger.Put(ledger.Entry{Kind: ledger.Container, Name: id, Service: service, Number: number, OneOff: oneOff, State: ledger.Created})
	lock, err := p.store.Lock(p.t.Context(), ledger.Holder{PID: os.Getpid()}, nil)
	assert.NilError(p.t, err)
	assert.NilError(p.t, p.store.Save(p.ledger))
	assert.NilError(p.t, lock.Release())
	return id
}

// record runs a container once, recorded.
func (p *project) record(id string) {
	code := record.Main([]string{"--dir=" + p.dir.Container(id), "--container=" + id}, func(func(string) (string, bool)) (adapter.RuntimeAdapter, error) {
		return p.runtime, nil
	})
	assert.Check(p.t, code == 0)
}

// follow gives what Follow tells as text, one by one.
func (p *project) follow(services, silent []string) (next func() string, stop func() error) {
	ctx, cancel := context.WithCancel(p.t.Context())
	outputs, result := make(chan string, 100), make(chan error, 1)
	go func() {
		result <- p.client.Follow(ctx, orchestrate.FollowRequest{Ref: p.ref, Services: services, Silent: silent}, func(o orchestrate.Output) error {
			outputs <- told(o)
			return nil
		})
	}()
	p.t.Cleanup(cancel)
	return func() string {
			select {
			case s := <-outputs:
				return s
			case <-time.After(10 * time.Second):
				return "nothing"
			}
		}, func() error {
			cancel()
			return <-result
		}
}

func told(o orchestrate.Output) string {
	switch {
	case o.Line != nil:
		return fmt.Sprintf("%s %s: %s", o.Container, o.Line.Stream, o.Line.Text)
	case o.Exit != nil:
		return fmt.Sprintf("%s exited %d %t", o.Container, o.Exit.Code, o.Exit.Known)
	}
	out := strings.TrimSpace(string(o.Kind) + " " + o.Container)
	for _, f := range o.Following {
		out += " " + f.Container + "/" + f.Service
	}
	return out
}

func TestFollowGivesEveryRunFromItsFirstByte(t *testing.T) {
	p := newProject(t)
	runs := 0
	web := p.container("web", 1, false, func(x *adaptertest.Process) int {
		runs++
		_, _ = fmt.Fprintf(x.Stdout, "run %d\n", runs)
		_, _ = fmt.Fprint(x.Stderr, "no newline")
		return runs
	})
	p.record(web)
	other := p.container("other", 1, false, adaptertest.Print("not asked for\n", "", 0))
	job := p.container("web", 9, true, adaptertest.Print("one-off\n", "", 0))
	db := p.container("db", 1, false, adaptertest.Print("silent\n", "", 7))

	next, stop := p.follow([]string{"web", "db"}, []string{"db"})
	assert.Equal(t, next(), "ready app-db-1/db app-web-1/web")
	p.record(other)
	p.record(job)
	for run := 2; run <= 3; run++ { // the first one is over: it is not told
		p.record(web)
		assert.Equal(t, next(), "started app-web-1")
		assert.Equal(t, next(), fmt.Sprintf("app-web-1 stdout: run %d", run))
		assert.Equal(t, next(), "app-web-1 stderr: no newline")
		assert.Equal(t, next(), fmt.Sprintf("app-web-1 exited %d true", run))
	}
	p.record(db)
	assert.Equal(t, next(), "started app-db-1")
	assert.Equal(t, next(), "app-db-1 exited 7 true")

	// Somebody scales, and somebody makes a container anew, whose runs are counted from 1 again.
	two := p.container("web", 2, false, adaptertest.Print("second\n", "", 0))
	p.record(two)
	assert.Equal(t, next(), "started app-web-2")
	assert.Equal(t, next(), "app-web-2 stdout: second")
	assert.Equal(t, next(), "app-web-2 exited 0 true")
	assert.NilError(t, os.RemoveAll(p.dir.Container(two)))
	p.record(two)
	assert.Equal(t, next(), "started app-web-2")
	assert.Equal(t, next(), "app-web-2 stdout: second")
	assert.Equal(t, next(), "app-web-2 exited 0 true")
	assert.NilError(t, stop())
}

func TestFollowTellsOfWhatRunsAlreadyFromNowOn(t *testing.T) {
	p := newProject(t)
	more := make(chan string)
	web := p.container("web", 1, false, func(x *adaptertest.Process) int {
		for text := range more {
			_, _ = fmt.Fprintln(x.Stdout, text)
		}
		return 5
	})
	recorded := make(chan struct{})
	go func() { defer close(recorded); p.record(web) }()
	more <- "before"
	eventually(t, func() bool {
		log, _ := filepath.Glob(filepath.Join(p.dir.Container(web), "*"))
		for _, file := range log {
			if data, _ := os.ReadFile(file); strings.Contains(string(data), "before") {
				return true
			}
		}
		return false
	})
	next, stop := p.follow([]string{"web"}, nil)
	assert.Equal(t, next(), "ready app-web-1/web")
	assert.Equal(t, next(), "started app-web-1")
	// The reader is at the end by the time it has told of the start and been asked again: a line that comes later is new.
	time.AfterFunc(200*time.Millisecond, func() { more <- "after"; close(more) })
	assert.Equal(t, next(), "app-web-1 stdout: after")
	assert.Equal(t, next(), "app-web-1 exited 5 true")
	<-recorded
	assert.NilError(t, stop())
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !holds() {
		assert.Assert(t, time.Now().Before(deadline), "not within ten seconds")
		time.Sleep(5 * time.Millisecond)
	}
}

func TestFollowEndsWithTheErrorOfItsReader(t *testing.T) {
	p := newProject(t)
	web := p.container("web", 1, false, adaptertest.Print("line\n", "", 0))
	full := fmt.Errorf("no more")
	result := make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		result <- p.client.Follow(t.Context(), orchestrate.FollowRequest{Ref: p.ref, Services: []string{"web"}}, func(o orchestrate.Output) error {
			if o.Kind == orchestrate.OutputReady {
				close(ready)
			}
			if o.Kind == orchestrate.OutputLine {
				return full
			}
			return nil
		})
	}()
	<-ready
	p.record(web)
	assert.ErrorIs(t, <-result, full)
}
