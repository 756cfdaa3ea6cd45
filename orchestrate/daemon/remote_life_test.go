package daemon

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// slowUp begins an up through hostwrightd that waits for a health that does not come; it gives the operation once it waits, and
// how its Run ends.
func (s *shop) slowUp() (orchestrate.Operation, <-chan error) {
	s.t.Helper()
	s.project.Services[0].Healthcheck.Test = []string{"CMD", "false"}
	s.project.Services[0].Healthcheck.StartPeriod = time.Hour
	op, err := s.through().Begin(s.t.Context(), s.request(goalUp), nil)
	assert.NilError(s.t, err)
	waits, result := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		result <- op.Run(s.t.Context(), func(e orchestrate.Event) {
			if e.Text == "Waiting" {
				select {
				case waits <- struct{}{}:
				default:
				}
			}
		})
	}()
	select {
	case <-waits:
	case err := <-result:
		s.t.Fatalf("it ended: %v", err)
	}
	return op, result
}

// other asks for an up of another project.
func (s *shop) other() orchestrate.Request {
	dir := filepath.Join(s.ref.Dir, "other")
	assert.NilError(s.t, os.MkdirAll(dir, 0o700))
	p := &declared.Project{
		Name: "other", Dir: dir, Networks: []declared.Network{{Key: "default", Name: "other_default"}},
		Services: []declared.Service{service("web", "busybox", func(x *declared.Service) { x.Command = []string{"serve"} })},
	}
	return orchestrate.Request{Ref: orchestrate.ProjectRef{Name: p.Name, Dir: dir}, Goal: goalUp, Project: p, Command: "up"}
}

func TestACommandThatGoesLeavesNoLockAndNothingUnderWay(t *testing.T) {
	s := realShop(t)
	s.serve(nil)
	op, result := s.slowUp()
	status, err := Remote{State: s.state}.Status(t.Context())
	assert.NilError(t, err)
	assert.Equal(t, len(status.Operations), 1)
	assert.Equal(t, status.Operations[0].Project, "shop")
	assert.Equal(t, status.Operations[0].Command, "up")
	assert.Equal(t, status.Operations[0].PID, os.Getpid())
	lock, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = s.client(s.calls, s.calls).Begin(lock, s.request(goalUp), nil)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NilError(t, op.(*remoteOperation).frames.conn.Close()) // as kill -9 does
	assert.Assert(t, <-result != nil)
	s.idle()
	s.project = shopProject(s.ref.Dir)
	s.must(goalUp)
	assert.DeepEqual(t, s.containers(), running)
}

func TestForceReachesAStopThatIsUnderWay(t *testing.T) {
	s := realShop(t)
	s.project.Services[2].Command = []string{"stay"}
	long := time.Hour
	s.serve(nil)
	_, _, err := s.operate(t.Context(), viaHostwrightd(s), s.request(goalUp))
	assert.NilError(t, err)
	op, err := s.through().Begin(t.Context(), s.request(plan.Goal{Verb: plan.Stop, Timeout: &long}), nil)
	assert.NilError(t, err)
	assert.NilError(t, op.Run(t.Context(), func(e orchestrate.Event) {
		if e.Text == "Stopping" {
			op.Force()
		}
	}))
	assert.NilError(t, op.Close())
	assert.NilError(t, op.Close())
	s.idle()
}

func TestAStoppedHostwrightdLetsCommandsFinishForAWhile(t *testing.T) {
	s := realShop(t)
	done, _ := s.serve(func(o *ServeOptions) { o.Finish = 300 * time.Millisecond })
	op, result := s.slowUp()
	r := Remote{State: s.state}
	assert.ErrorContains(t, r.StopIdle(t.Context()), "busy with `up` of project shop")
	began := time.Now()
	assert.NilError(t, r.Stop(t.Context()))
	err := <-result
	assert.ErrorContains(t, err, "hostwrightd was stopped")
	var e *orchestrate.Error
	assert.Assert(t, errors.As(err, &e) && e.Code == orchestrate.CodeDaemon && e.Hint != "")
	assert.Assert(t, time.Since(began) >= 300*time.Millisecond, "it was not given its time")
	assert.NilError(t, <-done)
	assert.NilError(t, op.Close())
	assert.Assert(t, s.free())
}

func TestASignalEndsWhatIsUnderWayAtOnce(t *testing.T) {
	s := realShop(t)
	done, signal := s.serve(nil)
	idle, err := s.through().Begin(t.Context(), s.other(), nil)
	assert.NilError(t, err)
	op, result := s.slowUp()
	signal()
	assert.ErrorContains(t, <-result, "hostwrightd was stopped")
	assert.NilError(t, <-done)
	assert.NilError(t, op.Close())
	assert.ErrorContains(t, idle.Run(t.Context(), nil), "hostwrightd ended while it carried out `up`")
	assert.NilError(t, idle.Close())
	assert.Assert(t, s.free())
}

func TestAHostwrightdOfAnotherBuildIsNotAsked(t *testing.T) {
	s := realShop(t)
	program := filepath.Join(t.TempDir(), "hostwrightd")
	s.serve(func(o *ServeOptions) { o.Executable = program }) // none is there yet
	assert.NilError(t, os.WriteFile(program, []byte("new"), 0o700))
	for name, client := range map[string]*remote{
		"another program of another version": newRemote(s.state, "v2", "/elsewhere/hostwrightd", nil),
		"another build of the program":       newRemote(s.state, "test", program, nil),
	} {
		_, err := client.Containers(t.Context(), s.ref)
		assert.Assert(t, isUnreached(err), "%s: %v", name, err)
		_, err = client.Begin(t.Context(), s.request(goalUp), nil)
		assert.Assert(t, isUnreached(err), "%s: %v", name, err)
		assert.ErrorContains(t, err, "another build")
	}
	// The same version from another place is taken for the same.
	_, err := newRemote(s.state, "test", "/elsewhere/hostwrightd", nil).Containers(t.Context(), s.ref)
	assert.NilError(t, err)
}

func TestABusyHostwrightdOfAnotherBuildIsLeftAlone(t *testing.T) {
	s := realShop(t)
	s.serve(nil)
	op, result := s.slowUp()
	var told []string
	o := WatchedOptions{State: s.state, Version: "v2", Failed: func(err error) { told = append(told, err.Error()+" "+orchestrate.Hint(err)) }}
	c := watchedBy(s.client(s.calls, s.calls), o, "/elsewhere/hostwrightd", func() (string, error) { return "/elsewhere/hostwrightd", nil })
	r := s.other()
	_, err := c.Client.Plan(t.Context(), r) // takes the id that shop's ledger has
	assert.NilError(t, err)
	p, _, err := s.operate(t.Context(), c, r)
	assert.NilError(t, err, "%v", p.Findings)
	assert.Equal(t, len(told), 1, "%v", told)
	assert.Assert(t, strings.Contains(told[0], "is of another build, and busy with `up` of project shop"), told[0])
	assert.Assert(t, strings.Contains(told[0], "hostwright daemon restart"), told[0])
	assert.NilError(t, op.(*remoteOperation).frames.conn.Close())
	assert.Assert(t, <-result != nil)
}

// asContext is a runtime that notes the search path of the calls of its containers.
type asContext struct {
	adapter.RuntimeAdapter
	mu   *sync.Mutex
	seen map[string]int
}

func (c asContext) note(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[adapter.SearchPath(ctx)]++
}

func (c asContext) ListContainers(ctx context.Context) ([]adapter.Container, error) {
	c.note(ctx)
	return c.RuntimeAdapter.ListContainers(ctx)
}

func (c asContext) CreateContainer(ctx context.Context, r adapter.CreateRequest) error {
	c.note(ctx)
	return c.RuntimeAdapter.CreateContainer(ctx, r)
}

func TestTheCallersVariablesReachTheRuntime(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			s := realShop(t)
			noted := asContext{s.runtime, &sync.Mutex{}, map[string]int{}}
			s.calls = adaptertest.NewCalls(noted)
			c := way(s)
			r := s.request(goalUp)
			r.Environment = []declared.EnvVar{{Key: "PATH", Value: declared.NewSensitive("/callers\xff")}}
			_, _, err := s.operate(t.Context(), c, r)
			assert.NilError(t, err)
			assert.Assert(t, noted.seen["/callers\xff"] > 3 && len(noted.seen) == 1, "%q", noted.seen)
		})
	}
}
