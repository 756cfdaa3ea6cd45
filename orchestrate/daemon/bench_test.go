package daemon

import (
	"context"
	"encoding/json"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/reconcile"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// shop is a project on a runtime in memory. Its containers are recorded in this process.
type shop struct {
	t       *testing.T
	runtime *adaptertest.Fake // nil where it is another one
	under   underneath
	calls   *adaptertest.Calls
	state   statedir.Dir
	ref     orchestrate.ProjectRef
	project declared.Project
}

// underneath is a runtime whose whole state can be seen.
type underneath interface {
	adapter.RuntimeAdapter
	Snapshot() adapter.Snapshot
	AwaitRunning(ctx context.Context, id string) error
}

// inShop runs a test in a shop with a clock of its own.
func inShop(t *testing.T, test func(s *shop)) {
	t.Helper()
	state, dir := inMemory(t), inMemory(t)
	synctest.Test(t, func(t *testing.T) { test(newShop(t, state, dir)) })
}

// inMemory gives a folder that is removed after the test, where a sync costs nothing if there is such a place.
func inMemory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "shop")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { assert.Check(t, os.RemoveAll(dir)) })
	return dir
}

func newShop(t *testing.T, state, dir string) *shop {
	s := &shop{t: t, runtime: adaptertest.NewFake(), state: statedir.Dir(state), ref: orchestrate.ProjectRef{Name: "shop", Dir: dir}}
	s.under, s.calls = s.runtime, adaptertest.NewCalls(s.runtime)
	s.project = shopProject(dir)
	s.runtime.AddImage(adaptertest.FakeImage{
		Reference: "redis:7", Command: []string{"redis-server"}, Program: adaptertest.Serve, Exec: adaptertest.Exit(0), StopSignal: "SIGQUIT",
	})
	s.runtime.AddImage(adaptertest.FakeImage{
		Reference: "busybox", Command: []string{"sh"}, Exec: adaptertest.Exit(0),
		Executables: map[string]adaptertest.Program{
			"serve": adaptertest.Serve, "true": adaptertest.Exit(0), "false": adaptertest.Exit(1), "stay": adaptertest.Ignore,
			"say": adaptertest.Print("out\n", "err\n", 3),
		},
	})
	s.runtime.Binary("/.hostwright/prepare/prepare", func(p *adaptertest.Process) int {
		p.Remove("/.hostwright/volume/lost+found")
		return 0
	})
	if !helperBuilt() {
		c := s.runtime.Capabilities()
		c.VolumeLostFound, c.RunsProcesses = false, false // what volumes need is left out of plans
		s.runtime.SetCapabilities(c)
	}
	t.Cleanup(func() { s.runtime.SetDown(true) }) // ends what runs
	return s
}

// helperBuilt tells whether `make build` has put the program that prepares volumes in its place.
func helperBuilt() bool {
	_, err := os.Stat(filepath.Join("..", "volumeprep", "bin", "prepare-linux-"+runtime.GOARCH))
	return err == nil
}

// shopProject is a database with a volume and a health check, a web that waits for it and for a migration, and has a
// secret and an anonymous volume.
func shopProject(dir string) declared.Project {
	return declared.Project{
		Name: "shop", Dir: dir, Files: []string{filepath.Join(dir, "compose.yaml")},
		Networks: []declared.Network{{Key: "default", Name: "shop_default"}},
		Volumes:  []declared.Volume{{Key: "data", Name: "shop_data"}},
		Staged:   []declared.StagedFile{{Key: "secrets/token", Content: declared.NewSensitive("tok-s3cret")}},
		Services: []declared.Service{
			service("db", "redis:7", func(s *declared.Service) {
				s.Mounts = []declared.Mount{{Kind: declared.MountVolume, Source: "data", Target: "/data"}}
				s.Healthcheck = &declared.Healthcheck{Test: []string{"CMD", "true"}, Interval: time.Second}
			}),
			service("migrate", "busybox", func(s *declared.Service) {
				s.Command = []string{"true"}
				s.DependsOn = []declared.Dependency{{Service: "db", Condition: declared.Healthy, Required: true}}
			}),
			service("web", "busybox", func(s *declared.Service) {
				s.Command = []string{"serve"}
				s.Environment = []declared.EnvVar{{Key: "API_TOKEN", Value: declared.NewSensitive("env-s3cret")}}
				s.Mounts = []declared.Mount{
					{Kind: declared.MountStaged, Source: "secrets/token", Target: "/run/secrets/token"},
					{Kind: declared.MountAnonymous, Target: "/scratch"},
				}
				s.Ports = []declared.Port{{Target: 80, Protocol: "tcp", First: 8080, Last: 8080}}
				s.DependsOn = []declared.Dependency{
					{Service: "db", Condition: declared.Started, Required: true},
					{Service: "migrate", Condition: declared.Completed, Required: true},
				}
			}),
		},
	}
}

func service(name, image string, change func(*declared.Service)) declared.Service {
	s := declared.Service{Name: name, Image: image, Scale: 1, Networks: []declared.Attachment{{Network: "default"}}}
	change(&s)
	return s
}

// client is an orchestrator on the shop's runtime as it is seen through an adapter, and as its recorders see it.
func (s *shop) client(through, recording adapter.RuntimeAdapter) orchestrate.Client {
	return NewInProcess(Options{
		State: s.state, Adapter: through, Version: "test", PID: os.Getpid(), Now: time.Now,
		Recorders: func(dir statedir.Project) reconcile.Recorders {
			return recorders{reconcile.Processes{Project: dir}, recording}
		},
		Listening: func() ([]plan.Listener, error) { return nil, nil },
		FreePorts: func(string) []uint16 { return []uint16{20001, 20002} },
		Random:    rand.New(rand.NewSource(1)),
	})
}

// recorders are recorders in this process.
type recorders struct {
	reconcile.Processes
	runtime adapter.RuntimeAdapter
}

// Launch starts a recorder.
func (r recorders) Launch(ctx context.Context, c adapter.Container, openStdin bool) (reconcile.Launched, error) {
	h, err := record.SpawnHere(ctx, r.runtime, record.SpawnRequest{
		Dir: r.Project.Container(c.ID), ID: c.ID, Before: c.Started, TTY: c.TTY, OpenStdin: openStdin,
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

var (
	goalUp   = plan.Goal{Verb: plan.Up}
	goalDown = plan.Goal{Verb: plan.Down, Volumes: true}
)

func (s *shop) request(g plan.Goal) orchestrate.Request {
	p := s.project
	return orchestrate.Request{Ref: s.ref, Goal: g, Project: &p, Command: string(g.Verb)}
}

// operate begins, runs and closes one operation, and gives its plan and what it reported.
func (s *shop) operate(ctx context.Context, c orchestrate.Client, r orchestrate.Request) (p plan.Plan, events []orchestrate.Event, err error) {
	op, err := c.Begin(ctx, r, nil)
	if err != nil {
		return plan.Plan{}, nil, err
	}
	err = op.Run(ctx, func(e orchestrate.Event) { events = append(events, e) })
	assert.NilError(s.t, op.Close())
	return op.Plan(), events, err
}

// must operates on the undisturbed runtime.
func (s *shop) must(g plan.Goal) (plan.Plan, []orchestrate.Event) {
	s.t.Helper()
	p, events, err := s.operate(s.t.Context(), s.client(s.calls, s.calls), s.request(g))
	assert.NilError(s.t, err)
	return p, events
}

// containers gives "name state" or "name exited code" of each.
func (s *shop) containers() []string {
	s.t.Helper()
	list, err := s.client(s.under, s.under).Containers(s.t.Context(), s.ref)
	assert.NilError(s.t, err)
	out := []string{}
	for _, c := range list {
		text := c.Name + " " + string(c.State)
		switch {
		case c.State == orchestrate.StateExited && !c.CodeKnown:
			text += " unknown"
		case c.State == orchestrate.StateExited:
			text += " " + string(rune('0'+c.ExitCode))
		}
		out = append(out, text)
	}
	return out
}

// foreign puts things of somebody else into the runtime, and gives all that is there as text.
func (s *shop) foreign() string {
	ctx := s.t.Context()
	assert.NilError(s.t, s.under.CreateNetwork(ctx, adapter.NetworkRequest{Name: "shop_foreign", Labels: map[string]string{"com.docker.compose.project": "shop"}}))
	assert.NilError(s.t, s.under.CreateVolume(ctx, adapter.VolumeRequest{Name: "shop_other"}))
	mounts := []adapter.Mount{{Kind: adapter.MountVolume, Source: "shop_other", Target: "/d"}}
	assert.NilError(s.t, s.under.CreateContainer(ctx, adapter.CreateRequest{ID: "foreign-running", Image: "redis:7", Mounts: mounts}))
	assert.NilError(s.t, s.under.CreateContainer(ctx, adapter.CreateRequest{ID: "shop-web-9", Image: "redis:7"}))
	go func() { _, _ = s.under.StartAttached(ctx, adapter.StartRequest{ID: "foreign-running"}) }()
	assert.NilError(s.t, s.under.AwaitRunning(ctx, "foreign-running"))
	return s.world()
}

// world is all that the runtime has, as JSON.
func (s *shop) world() string {
	data, err := json.MarshalIndent(s.under.Snapshot(), "", " ")
	assert.NilError(s.t, err)
	return string(data)
}

// left gives the files of the project that are still there, but for the lock.
func (s *shop) left() []string {
	var out []string
	for _, root := range []string{s.ref.Dir, string(s.state.Project(s.ref.Name, s.ref.Dir)), s.state.Volumes()} {
		_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Base(path) != "lock" {
				out = append(out, strings.TrimPrefix(path, root))
			}
			return nil
		})
	}
	return out
}
