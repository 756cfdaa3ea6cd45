package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
)

// scenario is a story: plans one after the other, each applied by the simulator, all printed into one golden file.
type scenario struct {
	*simulator
	t    *testing.T
	text strings.Builder
}

func newScenario(t *testing.T) *scenario {
	s := &scenario{simulator: newSimulator(t), t: t}
	t.Cleanup(func() {
		if !t.Failed() {
			golden.Assert(t, s.text.String(), strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestScenarios/"), "/", "_")+".golden")
		}
	})
	return s
}

// then prints and applies a plan; image steps are printed and made first.
func (s *scenario) then(title string, p declared.Project, g Goal) Plan {
	s.t.Helper()
	first := s.plan(p, g)
	s.show(title, first)
	last := s.do(p, g)
	if last.Goal.ImagesDone != first.Goal.ImagesDone {
		s.show(title+", with images", last)
	}
	return last
}

// only prints a plan without applying it.
func (s *scenario) only(title string, p declared.Project, g Goal) Plan {
	s.t.Helper()
	plan := s.plan(p, g)
	s.show(title, plan)
	return plan
}

func (s *scenario) show(title string, p Plan) {
	s.text.WriteString("# " + title + "\n" + Text(p) + "\n")
}

var (
	up   = Goal{Verb: Up}
	down = Goal{Verb: Down}
)

func TestScenarios(t *testing.T) {
	t.Run("guestbook", func(t *testing.T) {
		s := newScenario(t)
		s.then("up", guestbook(), up)
		again := s.then("up again: the migration runs again once the database is healthy, and nothing else", guestbook(), up)
		assert.Equal(t, len(again.Steps), 3)
		s.exit("shop-migrate-1")
		wait := up
		wait.Wait, wait.WaitTimeout = true, 30*time.Second
		s.only("up --wait", guestbook(), wait)
		s.then("one environment value is changed", changed(guestbook(), "web", func(s *declared.Service) { s.Environment = env("GREETING", "hi") }), up)
		s.then("down", guestbook(), down)
		kept, ok := s.snapshot.Volume("shop_data")
		assert.Assert(t, ok && kept != nil, "down keeps volumes")
		s.then("up after down finds the volume", guestbook(), up)
		all := down
		all.Volumes, all.Images = true, "local"
		s.then("down -v --rmi local", guestbook(), all)
		assert.Equal(t, len(s.ledger.Entries), 0)
		assert.Equal(t, len(s.snapshot.Containers)+len(s.snapshot.Networks)+len(s.snapshot.Volumes), 0)
		s.only("down again", guestbook(), down)
	})
	t.Run("a secret never shows in a reason", func(t *testing.T) {
		s := newScenario(t)
		s.do(guestbook(), up)
		p := s.then("another password", changed(guestbook(), "db", func(s *declared.Service) { s.Environment = env("POSTGRES_PASSWORD", "n3w", "POSTGRES_DB", "app") }), up)
		assert.Assert(t, !strings.Contains(Text(p), "s3cret") && !strings.Contains(Text(p), "n3w"))
		p = s.then("a password in a URL", changed(guestbook(), "db", func(s *declared.Service) { s.Environment = env("DB", "postgres://app:hidden@db/app") }), up)
		assert.Assert(t, !strings.Contains(Text(p), "hidden"))
	})
	t.Run("scale", func(t *testing.T) {
		s := newScenario(t)
		at := func(n int) declared.Project {
			return project(with(service("web", "nginx"), func(s *declared.Service) { s.Scale = n }))
		}
		s.then("three", at(3), up)
		s.then("one", at(1), up)
		s.then("two", at(2), up)
		s.then("none", at(0), up)
		s.then("number one was removed by hand", at(3), up)
		s.snapshot.Containers = s.snapshot.Containers[1:]
		s.then("and is not filled in", at(3), up)
		old := s.snapshot.Containers[0].Labels
		old[declared.OwnHash] = "other"
		s.then("scaling down drops what is out of date first", at(2), up)
	})
	t.Run("force and no recreate", func(t *testing.T) {
		s := newScenario(t)
		app := project(service("db", "redis"), with(service("web", "nginx"), after("db", declared.Started)))
		s.do(app, up)
		s.only("--force-recreate", app, Goal{Verb: Up, ForceRecreate: true})
		s.only("--force-recreate web", app, Goal{Verb: Up, ForceRecreate: true, Services: []string{"web"}})
		s.only("--force-recreate --always-recreate-deps web", app, Goal{Verb: Up, ForceRecreate: true, RecreateDeps: true, Services: []string{"web"}})
		s.only("--no-recreate with a change", changed(app, "web", func(s *declared.Service) { s.User = "1" }), Goal{Verb: Up, NoRecreate: true})
		s.addImage("nginx", "newer")
		s.only("a newer image", app, up)
		s.then("create only", changed(app, "web", func(s *declared.Service) { s.User = "1" }), Goal{Verb: Create})
		s.then("start", changed(app, "web", func(s *declared.Service) { s.User = "1" }), Goal{Verb: Start})
		zero := time.Duration(0)
		s.then("stop -t 0", app, Goal{Verb: Stop, Timeout: &zero})
		s.only("stop again", app, Goal{Verb: Stop})
		s.only("no such service", app, Goal{Verb: Stop, Services: []string{"wbe"}})
	})
	t.Run("orphans", func(t *testing.T) {
		s := newScenario(t)
		app := project(service("db", "redis"), service("web", "nginx"))
		s.do(app, up)
		s.only("a service is gone", less(app, "web"), up)
		out := less(app, "web")
		out.Disabled = []string{"web"}
		s.only("a service is left out", out, up)
		s.only("down leaves the orphan and the network", less(app, "web"), down)
		s.only("down leaves a service whose profile is off, and the network", out, down)
		s.then("up --remove-orphans", less(app, "web"), Goal{Verb: Up, RemoveOrphans: true})
	})
	t.Run("depends on with restart", func(t *testing.T) {
		s := newScenario(t)
		app := project(service("db", "redis"), with(service("web", "nginx"), func(s *declared.Service) {
			s.DependsOn = []declared.Dependency{{Service: "db", Condition: declared.Started, Required: true, Restart: true}}
		}), with(service("proxy", "nginx"), after("web", declared.Started)))
		s.do(app, up)
		s.then("the dependency is replaced", changed(app, "db", func(s *declared.Service) { s.User = "1" }), up)
	})
	t.Run("conditions", func(t *testing.T) {
		s := newScenario(t)
		healthy := func(s *declared.Service) { s.Healthcheck = &declared.Healthcheck{Test: []string{"CMD", "true"}} }
		app := project(with(service("db", "redis"), healthy), with(service("web", "nginx"), after("db", declared.Healthy)),
			with(service("metrics", "nginx"), func(s *declared.Service) {
				s.DependsOn = []declared.Dependency{{Service: "db", Condition: declared.Healthy}}
			}))
		s.then("required and optional", app, up)
		s.then("all run: nothing", app, up)
		s.exit("shop-web-1")
		s.then("a dependent is started again: the wait comes back", app, up)
		s.exit("shop-db-1")
		s.then("the dependency is started again: it is waited for", app, up)
		s.addImage("busybox", "x")
		s.only("no health check", changed(app, "db", func(s *declared.Service) { s.Healthcheck, s.Image = nil, "busybox" }), up)
		s.facts[s.image("busybox").Digest] = adapter.ImageConfig{Healthcheck: &adapter.ImageHealth{Test: []string{"CMD", "true"}}}
		s.only("the image's health check", changed(app, "db", func(s *declared.Service) { s.Healthcheck, s.Image = nil, "busybox" }), up)
	})
	t.Run("anonymous volumes", func(t *testing.T) {
		s := newScenario(t)
		s.imageVolumes("redis:7", "/data")
		app := project(with(service("cache", "redis:7"), func(s *declared.Service) {
			s.Mounts = []declared.Mount{{Kind: declared.MountAnonymous, Target: "/tmp/x", NoCopy: true}}
		}))
		s.then("up", app, up)
		s.then("carried over", changed(app, "cache", func(s *declared.Service) { s.User = "1" }), up)
		s.then("-V renews", changed(app, "cache", func(s *declared.Service) { s.User = "1" }), Goal{Verb: Up, RenewAnonymous: true})
		s.then("down", app, down)
		s.then("a new container gets new ones", app, up)
		s.then("and keeps the new ones", changed(app, "cache", func(s *declared.Service) { s.User = "1" }), up)
		s.then("down -v", app, Goal{Verb: Down, Volumes: true})
		assert.Equal(t, len(s.snapshot.Volumes), 0)
	})
	t.Run("a network is declared differently", func(t *testing.T) {
		s := newScenario(t)
		app := project(service("db", "redis"), service("web", "nginx"))
		s.do(app, up)
		app.Networks = []declared.Network{{Key: "default", Name: "shop_default", Internal: true}}
		s.then("it is replaced with its containers", app, up)
		app.Networks = []declared.Network{{Key: "default", Name: "shop_default"}}
		app = less(app, "web")
		app.Disabled = []string{"web"}
		s.only("a container outside of the plan is on it", app, up)
		app.Networks = []declared.Network{{Key: "default", Name: "other"}}
		s.then("it has another name", app, up)
	})
	t.Run("volumes of several containers", func(t *testing.T) {
		s := newScenario(t)
		with2 := func(p declared.Project) declared.Project {
			p.Volumes = []declared.Volume{{Key: "data", Name: "shop_data"}}
			return p
		}
		writer := func(name string) declared.Service { return with(service(name, "nginx"), mount("data", "/data", false)) }
		reader := func(name string) declared.Service { return with(service(name, "nginx"), mount("data", "/data", true)) }
		s.only("two writers", with2(project(writer("a"), writer("b"))), up)
		s.only("a writer and a reader", with2(project(writer("a"), reader("b"))), up)
		s.only("replicas", with2(project(with(writer("a"), func(s *declared.Service) { s.Scale = 2 }))), up)
		s.only("readers", with2(project(reader("a"), reader("b"))), up)
		seeded := with2(project(writer("seed"), with(writer("web"), after("seed", declared.Completed))))
		s.then("one after the other", seeded, up)
		s.then("again: the seed cannot run beside web", seeded, up)
		s.then("the seed is changed: web makes room", changed(seeded, "seed", func(s *declared.Service) { s.User = "1" }), up)
		s.then("both are changed", changed(changed(seeded, "seed", func(s *declared.Service) { s.User = "2" }), "web", func(s *declared.Service) { s.User = "2" }), up)
		s.snapshot.Containers = append(s.snapshot.Containers, adapter.Container{ID: "other", State: adapter.StateRunning,
			Mounts: []adapter.Mount{{Kind: adapter.MountVolume, Source: "shop_data", Target: "/x"}}})
		s.only("somebody else's container holds it", changed(seeded, "web", func(s *declared.Service) { s.User = "3" }), up)
	})
	t.Run("volumes kept as folders", func(t *testing.T) {
		s := newScenario(t)
		shared := func(services ...declared.Service) declared.Project {
			p := project(services...)
			p.Volumes = []declared.Volume{{Key: "data", Name: "shop_data"}}
			return p
		}
		writer := func(name string) declared.Service { return with(service(name, "nginx"), mount("data", "/data", false)) }
		reader := func(name string) declared.Service { return with(service(name, "nginx"), mount("data", "/data", true)) }
		two := shared(writer("a"), reader("b"))
		s.then("a writer and a reader", two, up)
		s.only("again", two, up)
		s.then("one of them is gone: the folder stays a folder", shared(writer("a")), Goal{Verb: Up, RemoveOrphans: true})
		s.then("down keeps it", two, down)
		s.then("up finds it", two, up)
		folders := s.folders
		s.folders = nil
		s.only("it was removed by hand", two, up)
		s.folders = folders
		s.snapshot.Containers = append(s.snapshot.Containers, adapter.Container{ID: "other", State: adapter.StateStopped,
			Mounts: []adapter.Mount{{Kind: adapter.MountBind, Source: folderPath("shop_data") + "/deep", Target: "/x"}}})
		gone := Goal{Verb: Down, Volumes: true}
		s.only("down -v, and somebody else's container mounts something in it", two, gone)
		s.snapshot.Containers = s.snapshot.Containers[:2]
		s.then("down -v", two, gone)
		assert.Equal(t, len(s.folders)+len(s.ledger.Entries), 0)

		s.then("a disk", shared(writer("a")), up)
		s.only("that a file wants to share", two, up)
		s.only("that replicas want to share", shared(with(writer("a"), func(s *declared.Service) { s.Scale = 3 })), up)
		s.do(two, gone)

		half := shared(writer("a"))
		half.Disabled = []string{"b", "seed"}
		half.LeftOut = []declared.Service{with(service("seed", "nginx"), mount("data", "/data", false))}
		half.Services[0].DependsOn = []declared.Dependency{{Service: "seed", Condition: declared.Completed}}
		s.only("a service that the command leaves out is kept apart", half, up)
		half.LeftOut = append(half.LeftOut, writer("b"))
		s.only("a service that the command leaves out is not", half, up)
		s.folders = []Folder{{Volume: "shop_data", Path: folderPath("shop_data")}}
		s.only("a folder without our marker is in the way", two, up)
		s.only("and stays", two, gone)
		s.folders[0].Ledger = testID
		s.only("a folder with our marker is not in the ledger", two, up)
		s.only("and stays, too", two, gone)
	})
	t.Run("a volume is filled from the first image that has something", func(t *testing.T) {
		s := newScenario(t)
		s.addImage("nginx", "pulled")
		s.addImage("busybox", "pulled")
		app := project(with(service("a", "busybox"), mount("data", "/data", false)), with(service("b", "nginx"), mount("data", "/html", true)),
			with(service("c", "nginx"), mount("data", "/html", false)), with(service("d", "nginx"), mount("data", "/html", true)))
		app.Volumes = []declared.Volume{{Key: "data", Name: "shop_data"}}
		p := s.plan(app, up)
		var prepare PrepareVolume
		for _, step := range p.Steps {
			if a, ok := step.Action.(PrepareVolume); ok {
				prepare = a
			}
		}
		assert.Equal(t, prepare.Image+" "+prepare.Target, "busybox /data")
		assert.DeepEqual(t, prepare.Then, []VolumeSource{{Image: "nginx", Target: "/html", Service: "c"}})
		s.show("up", p)
	})
	t.Run("a variable that the image sets is unset", func(t *testing.T) {
		s := newScenario(t)
		s.addImage("nginx", "pulled")
		s.image("nginx").Variants = []adapter.Variant{{Platform: "linux/arm64", Env: []string{"PATH=/bin", "MODE=fast"}}}
		p := s.only("one of the image's, one that nobody sets", project(with(service("web", "nginx"), func(s *declared.Service) {
			s.Environment = []declared.EnvVar{{Key: "MODE", Unset: true}, {Key: "NOBODY", Unset: true}}
		})), up)
		assert.DeepEqual(t, p.Steps[1].Action.(CreateContainer).Empty, []string{"MODE"})
	})
	t.Run("interrupted", func(t *testing.T) {
		s := newScenario(t)
		app := guestbook()
		s.do(app, up)
		lost := func(name string, state ledger.State) {
			e, ok := s.ledger.Entry(ledger.Container, name)
			assert.Assert(t, ok)
			e.State = state
		}
		s.ending = map[string]bool{"shop-db-1": true, "shop-web-1": true}
		s.only("a stop of two was cut off", app, up)
		s.only("and they are started", app, Goal{Verb: Start})
		s.only("nothing is started", app, Goal{Verb: Create})
		s.only("stopped again", app, Goal{Verb: Stop})
		s.ending = nil
		lost("shop-web-1", ledger.Creating)
		s.only("created, and the outcome was not written", app, up)
		lost("shop-web-1", ledger.Removing)
		s.only("a removal that was cut off is carried through", app, up)
		s.snapshot.Containers = s.snapshot.Containers[:3] // web is the last
		s.only("removed, and the outcome was not written", app, up)
		s.only("down", app, down)
		v, _ := s.ledger.Entry(ledger.Volume, "shop_data")
		v.State = ledger.Created
		s.snapshot.Containers = []adapter.Container{{ID: HelperName("shop_data"), State: adapter.StateRunning,
			Labels: map[string]string{declared.OwnLedger: testID, declared.OwnOneOff: HelperMark}}}
		s.only("a preparation was cut off", app, up)
		s.only("down", app, Goal{Verb: Down, Volumes: true})
		v.State = ledger.Removing
		s.snapshot.Containers = nil
		s.only("a volume's removal was cut off", app, up)
	})
	t.Run("refusals", func(t *testing.T) {
		s := newScenario(t)
		app := guestbook()
		for _, i := range []string{"redis:7", "postgres:15", "shop-migrate", "shop-web"} {
			s.addImage(i, "x")
		}
		s.snapshot.Containers = []adapter.Container{{ID: "shop-web-1", State: adapter.StateRunning, Image: "docker.io/library/nginx:latest"}}
		s.snapshot.Networks = []adapter.Network{{Name: "shop_default", Labels: map[string]string{declared.LabelProject: "shop"}}}
		s.snapshot.Volumes = []adapter.Volume{{Name: "shop_data"}}
		p := s.only("foreign container, network and volume", app, up)
		assert.Assert(t, p.Refused())
		s.only("down -v leaves them", app, Goal{Verb: Down, Volumes: true})
		ours := map[string]string{declared.OwnLedger: testID, declared.OwnProject: "shop"}
		s.snapshot.Containers[0].Labels, s.snapshot.Networks[0].Labels, s.snapshot.Volumes[0].Labels = ours, ours, ours
		s.only("labels of ours without entries", app, up)
		s.only("down leaves those too", app, down)
		theirs := map[string]string{declared.OwnLedger: "ffff", declared.OwnProject: "shop"}
		s.snapshot.Containers[0].Labels, s.snapshot.Networks, s.snapshot.Volumes = theirs, nil, nil
		s.only("labels of a ledger that was lost", app, up)
		s.snapshot.Containers = nil
		app.Networks[0].External, app.Volumes[0].External = true, true
		s.only("external things that do not exist", app, up)
		cycle := project(with(service("a", "redis:7"), after("b", declared.Started)), with(service("b", "redis:7"), after("a", declared.Started)))
		s.only("a cycle", cycle, up)
		s.only("two services with one name", project(with(service("a", "redis:7"), func(s *declared.Service) { s.ContainerName = "x1" }),
			with(service("b", "redis:7"), func(s *declared.Service) { s.ContainerName = "x1" })), up)
	})
	t.Run("images", func(t *testing.T) {
		s := newScenario(t)
		built := func(change func(*declared.Service)) declared.Project {
			return project(with(service("web", "shop-web"), func(s *declared.Service) { s.Build = &declared.Build{Context: "/shop"}; change(s) }))
		}
		plain := func(policy string) declared.Project {
			return project(with(service("web", "nginx"), func(s *declared.Service) { s.PullPolicy = policy }))
		}
		none := func(*declared.Service) {}
		named := func(policy string) func(*declared.Service) {
			return func(s *declared.Service) { s.Image, s.PullPolicy = "registry.example/web", policy }
		}
		for _, present := range []bool{false, true} {
			if present {
				s.addImage("nginx", "x")
				s.addImage("shop-web", "x")
				s.addImage("registry.example/web", "x")
			}
			title := map[bool]string{false: "absent: ", true: "present: "}[present]
			for _, policy := range []string{"", "missing", "always", "never", "build", "daily"} {
				s.only(title+"pull policy "+policy, plain(policy), Goal{Verb: Create})
				s.only(title+"build with a name, pull policy "+policy, built(named(policy)), Goal{Verb: Create})
			}
			s.only(title+"build without a name", built(none), Goal{Verb: Create})
			s.only(title+"build without a name, policy always", built(func(s *declared.Service) { s.PullPolicy = "always" }), Goal{Verb: Create})
			s.only(title+"--build", built(none), Goal{Verb: Create, Build: true})
			s.only(title+"--no-build", built(none), Goal{Verb: Create, NoBuild: true})
			s.only(title+"--pull always", plain("never"), Goal{Verb: Create, Pull: "always"})
		}
		sharing := project(with(service("app", "shop-web"), func(s *declared.Service) { s.PullPolicy = "always" }),
			with(service("web", "shop-web"), func(s *declared.Service) { s.Build = &declared.Build{Context: "/shop"} }))
		s.only("an image that another service builds", sharing, Goal{Verb: Create, Build: true})
		s.only("an image that another service built", sharing, Goal{Verb: Create})
		s.only("two services of one image", project(service("a", "redis"), service("b", "redis")), Goal{Verb: Create})
		s.snapshot.Images[0].Variants = []adapter.Variant{{Platform: "linux/amd64"}}
		s.only("present for another platform", plain(""), Goal{Verb: Create})
	})
	t.Run("down by name", func(t *testing.T) {
		s := newScenario(t)
		s.do(guestbook(), up)
		in := s.inputs(declared.Project{Name: "shop", Dir: "/shop"}, Goal{Verb: Down, Volumes: true})
		in.HasFiles = false
		p, err := Make(in)
		assert.NilError(t, err)
		s.show("down -v", p)
		in.Goal = Goal{Verb: Down, Services: []string{"db"}}
		p, err = Make(in)
		assert.NilError(t, err)
		s.show("down db takes its dependents along", p)
		s.only("with files it does not", guestbook(), Goal{Verb: Down, Services: []string{"db"}})
		s.do(guestbook(), Goal{Verb: Stop})
		in = s.inputs(declared.Project{Name: "shop", Dir: "/shop"}, Goal{Verb: Start})
		in.HasFiles = false
		p, err = Make(in)
		assert.NilError(t, err)
		s.show("start by name", p)
		for _, step := range p.Steps {
			if a, ok := step.Action.(Await); ok && a.Condition == declared.Healthy {
				assert.DeepEqual(t, a.Health, guestbook().Services[1].Healthcheck)
			}
		}
		in.Ledger = nil
		in.Snapshot = adapter.Snapshot{Containers: []adapter.Container{}, Networks: []adapter.Network{}, Volumes: []adapter.Volume{}}
		in.Goal = down
		p, err = Make(in)
		assert.NilError(t, err)
		s.show("nothing there", p)
	})
	t.Run("a network and a volume were taken away", func(t *testing.T) {
		s := newScenario(t)
		s.do(less(guestbook(), "migrate"), up)
		s.snapshot.Networks, s.snapshot.Volumes = nil, nil
		s.then("their containers are recreated", less(guestbook(), "migrate"), up)
	})
	t.Run("one-offs are no replicas", func(t *testing.T) {
		s := newScenario(t)
		app := project(service("web", "nginx"))
		s.do(app, up)
		one := s.snapshot.Containers[0]
		one.ID = "shop-web-run-1"
		s.snapshot.Containers = append(s.snapshot.Containers, one)
		s.own(ledger.Entry{Kind: ledger.Container, Name: one.ID, Service: "web", OneOff: true, State: ledger.Created})
		s.only("up beside a running one", app, up)
		s.only("stop leaves it", app, Goal{Verb: Stop})
		s.only("down leaves it, and with it the network", app, down)
		s.only("down --remove-orphans", app, Goal{Verb: Down, RemoveOrphans: true})
		s.exit(one.ID)
		s.only("an ended one is an orphan", app, up)
	})
	t.Run("labels that cannot be stored", func(t *testing.T) {
		s := newScenario(t)
		app := project(with(service("web", "nginx"), func(s *declared.Service) {
			s.Labels = []declared.KeyVal{{Key: "rule", Value: "a=b"}, {Key: "team", Value: "x"}}
		}))
		app.Dir = "/a=b"
		app.Networks[0].Labels = []declared.KeyVal{{Key: "Team_A", Value: "x"}, {Key: "team.a-b", Value: "y"}}
		p := s.then("up", app, up)
		for _, step := range p.Steps {
			switch a := step.Action.(type) {
			case CreateContainer:
				assert.Equal(t, a.Labels["team"], "x")
				_, has := a.Labels["rule"]
				assert.Assert(t, !has)
			case CreateNetwork:
				assert.Equal(t, a.Labels["team.a-b"], "y")
				_, has := a.Labels["Team_A"]
				assert.Assert(t, !has)
			}
		}
	})
}
