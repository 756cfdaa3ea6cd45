package plan

import (
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
)

// chain is web -> api -> db: api is restarted with db and waits until it is healthy, web depends on api alone.
func chain() declared.Project {
	return project(
		with(service("db", "redis"), func(s *declared.Service) {
			s.Healthcheck = &declared.Healthcheck{Test: []string{"CMD", "true"}}
			s.Mounts = []declared.Mount{{Kind: declared.MountAnonymous, Target: "/scratch"}}
		}),
		with(service("api", "nginx"), func(s *declared.Service) {
			s.Scale = 2
			s.DependsOn = []declared.Dependency{{Service: "db", Condition: declared.Healthy, Required: true, Restart: true}}
		}),
		with(service("web", "nginx"), after("api", declared.Started)),
	)
}

// byName gives the plan of a project whose files are not read.
func (s *scenario) byName(title string, g Goal) Plan {
	s.t.Helper()
	in := s.inputs(declared.Project{Name: "shop", Dir: "/shop"}, g)
	in.HasFiles = false
	p, err := Make(in)
	assert.NilError(s.t, err)
	s.show(title+", by name", p)
	return p
}

func TestLifecycle(t *testing.T) {
	t.Run("restart", func(t *testing.T) {
		s := newScenario(t)
		s.do(chain(), up)
		s.then("all, dependencies first", chain(), Goal{Verb: Restart})
		s.only("db takes api along", chain(), Goal{Verb: Restart, Services: []string{"db"}})
		s.only("db alone", chain(), Goal{Verb: Restart, Services: []string{"db"}, NoDeps: true})
		s.byName("db", Goal{Verb: Restart, Services: []string{"db"}})
		s.exit("shop-web-1")
		s.only("a stopped container is started", chain(), Goal{Verb: Restart, Services: []string{"web"}})
		s.only("no such service", chain(), Goal{Verb: Restart, Services: []string{"wbe"}})
		off := less(chain(), "web")
		off.Disabled = []string{"web"}
		s.only("a service whose profile is off, when it is named", off, Goal{Verb: Restart, Services: []string{"web"}})
		s.only("and not otherwise", off, Goal{Verb: Restart, NoDeps: true})
	})
	t.Run("start", func(t *testing.T) {
		s := newScenario(t)
		s.do(chain(), up)
		s.do(chain(), Goal{Verb: Stop})
		s.only("one service, with what it depends on", chain(), Goal{Verb: Start, Services: []string{"api"}})
		s.only("wait", chain(), Goal{Verb: Start, Wait: true, WaitTimeout: time.Second})
		s.byName("api", Goal{Verb: Start, Services: []string{"api"}})
		s.then("all", chain(), Goal{Verb: Start})
		again := s.only("all run", chain(), Goal{Verb: Start})
		assert.Assert(t, again.Empty())
	})
	t.Run("stop", func(t *testing.T) {
		s := newScenario(t)
		s.do(chain(), up)
		s.only("dependents first", chain(), Goal{Verb: Stop})
		s.byName("api, and not web that depends on it", Goal{Verb: Stop, Services: []string{"api"}})
	})
	t.Run("kill", func(t *testing.T) {
		s := newScenario(t)
		s.do(chain(), up)
		s.oneOff("shop-web-run-1", "web")
		s.only("all at once, one-offs too", chain(), Goal{Verb: Kill})
		s.only("a signal", chain(), Goal{Verb: Kill, Signal: "SIGHUP", Services: []string{"db"}})
		s.only("not orphans", less(chain(), "web"), Goal{Verb: Kill, Services: nil})
		s.only("orphans too", less(chain(), "web"), Goal{Verb: Kill, RemoveOrphans: true})
		s.then("db", chain(), Goal{Verb: Kill, Services: []string{"db"}})
		assert.Equal(t, len(s.only("which runs no more", chain(), Goal{Verb: Kill, Services: []string{"db"}}).Steps), 0)
	})
	t.Run("rm", func(t *testing.T) {
		s := newScenario(t)
		s.do(chain(), up)
		s.oneOff("shop-web-run-1", "web")
		s.exit("shop-web-run-1")
		assert.Equal(t, len(s.only("nothing has stopped but a one-off", chain(), Goal{Verb: Remove}).Steps), 0)
		s.exit("shop-db-1")
		s.only("what has stopped; the volume stays", chain(), Goal{Verb: Remove})
		s.only("-v", chain(), Goal{Verb: Remove, Volumes: true})
		s.only("-s", chain(), Goal{Verb: Remove, StopFirst: true})
		s.only("-s of a project whose files lack web", less(chain(), "web"), Goal{Verb: Remove, StopFirst: true})
		off := less(chain(), "web")
		off.Disabled = []string{"web"}
		s.only("-s of a project whose profile for web is off", off, Goal{Verb: Remove, StopFirst: true})
		s.only("-s web, whose profile is off", off, Goal{Verb: Remove, StopFirst: true, Services: []string{"web"}})
		s.byName("-s -v db", Goal{Verb: Remove, StopFirst: true, Volumes: true, Services: []string{"db"}})
		s.then("-s -v", chain(), Goal{Verb: Remove, StopFirst: true, Volumes: true})
		assert.Equal(t, len(s.snapshot.Volumes), 0)
		assert.Equal(t, len(s.snapshot.Networks), 1)
	})
}

// oneOff adds a running one-off of a service.
func (s *simulator) oneOff(name, service string) {
	s.snapshot.Containers = append(s.snapshot.Containers, adapter.Container{
		ID: name, State: adapter.StateRunning, Labels: map[string]string{declared.OwnLedger: testID},
	})
	s.own(ledger.Entry{Kind: ledger.Container, Name: name, Service: service, OneOff: true, State: ledger.Created})
}

func TestImageGoals(t *testing.T) {
	app := project(
		service("base", "redis:7"),
		with(service("again", "redis:7"), func(s *declared.Service) { s.PullPolicy = "never" }),
		with(service("named", "registry.example.com/named:1"), func(s *declared.Service) {
			s.Build = &declared.Build{Context: "/shop", Tags: []string{"registry.example.com/named:latest", "registry.example.com/named:1"}}
		}),
		with(service("own", "shop-own"), func(s *declared.Service) { s.Build = &declared.Build{Context: "/shop"} }),
		service("second", "redis:7"),
		service("latest", "nginx"),
	)
	t.Run("build", func(t *testing.T) {
		s := newScenario(t)
		s.only("what has a build section", app, Goal{Verb: Build})
		s.only("and push: one has no name to push", app, Goal{Verb: Build, Push: true})
		s.only("and push", less(app, "own"), Goal{Verb: Build, Push: true})
		s.only("nothing", project(service("base", "redis:7")), Goal{Verb: Build})
		s.only("no such service", app, Goal{Verb: Build, Services: []string{"onw"}})
		assert.Equal(t, len(s.only("done", app, Goal{Verb: Build, ImagesDone: true}).Steps), 0)
	})
	t.Run("pull", func(t *testing.T) {
		s := newScenario(t)
		s.only("each once, but for those with a policy", app, Goal{Verb: Pull})
		s.only("not what can be built", app, Goal{Verb: Pull, IgnoreBuildable: true})
		for _, image := range []string{"redis:7", "nginx", "registry.example.com/named:1"} {
			s.addImage(image, "x")
		}
		s.only("what is here is pulled again", app, Goal{Verb: Pull})
		s.only("not with --policy missing, but for a tag latest", app, Goal{Verb: Pull, Pull: "missing"})
		s.only("--policy always beats never", app, Goal{Verb: Pull, Pull: "always"})
	})
	t.Run("push", func(t *testing.T) {
		s := newScenario(t)
		s.only("what is not here cannot be pushed", app, Goal{Verb: Push})
		s.addImage("registry.example.com/named:1", "x")
		s.only("all names of what is built and named", app, Goal{Verb: Push})
	})
}
