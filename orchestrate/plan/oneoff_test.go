package plan

import (
	"strings"
	"testing"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
)

// withDisk is a service that has a disk, an anonymous volume and a port, and depends on a database.
func withDisk() declared.Project {
	p := project(
		with(service("db", "redis"), func(s *declared.Service) { s.Healthcheck = &declared.Healthcheck{Test: []string{"CMD", "true"}} }),
		with(service("web", "nginx"), func(s *declared.Service) {
			after("db", declared.Healthy)(s)
			mount("data", "/data", false)(s)
			s.Mounts = append(s.Mounts, declared.Mount{Kind: declared.MountAnonymous, Target: "/cache"})
		}),
	)
	p.Volumes = []declared.Volume{{Key: "data", Name: "shop_data"}}
	return p
}

func run(name string, o OneOff) Goal {
	o.Name, o.Slug = name, strings.Repeat("ab", 32)
	return Goal{Verb: Run, Services: []string{"web"}, OneOff: &o}
}

func TestRun(t *testing.T) {
	s := &scenario{simulator: newSimulator(t), t: t}
	p := s.then("run on an empty machine, started by the caller", withDisk(), run("shop-web-run-aaaaaaaaaaaa", OneOff{Attended: true}))
	s.attend("shop-web-run-aaaaaaaaaaaa", p)
	s.then("run -d beside it once it has ended", withDisk(), run("shop-web-run-bbbbbbbbbbbb", OneOff{Aliases: true}))
	s.exit("shop-web-run-bbbbbbbbbbbb")
	s.then("remove one with what is its own", withDisk(),
		Goal{Verb: Remove, Containers: []string{"shop-web-run-bbbbbbbbbbbb"}, StopFirst: true, Volumes: true})
	_, kept := s.snapshot.Volume("shop_data")
	assert.Assert(t, kept, "the named volume stays")
	assert.Assert(t, s.container("shop-web-run-aaaaaaaaaaaa") != nil, "the other one stays")
	s.then("up makes its own replica, and tells of what is left", withDisk(), up)
	refused := s.only("run while the replica holds the disk", withDisk(), run("shop-web-run-cccccccccccc", OneOff{Attended: true}))
	assert.Assert(t, refused.Refused())
	reader := changed(withDisk(), "web", func(s *declared.Service) {
		s.Mounts[0] = declared.Mount{Kind: declared.MountBind, Source: "/x", Target: "/data"}
	})
	s.only("run with a directory in its place", reader, run("shop-web-run-cccccccccccc", OneOff{Attended: true}))
	taken := s.only("a name that is taken", reader, run("shop-web-1", OneOff{Attended: true}))
	assert.Assert(t, taken.Refused())
	golden.Assert(t, s.text.String(), "run.golden")
}

// attend starts and ends a container as its caller does, after the plan.
func (s *scenario) attend(id string, p Plan) {
	for _, step := range p.Steps {
		if a, ok := step.Action.(StartContainer); ok {
			assert.Assert(s.t, a.ID != id, "the caller starts it")
		}
	}
	assert.NilError(s.t, s.start(id))
	s.exit(id)
}

func TestAOneOffIsLabelledAndEnteredAsOne(t *testing.T) {
	s := newSimulator(t)
	goal := run("job", OneOff{Attended: true, Aliases: true})
	s.do(withDisk(), goal)
	c := s.container("job")
	assert.Equal(t, c.Labels[declared.LabelOneOff], "True")
	assert.Equal(t, c.Labels[declared.LabelSlug], goal.OneOff.Slug)
	assert.Equal(t, c.Labels[declared.OwnOneOff], "true")
	assert.Equal(t, c.Labels[declared.OwnAliases], "true")
	for _, absent := range []string{declared.LabelNumber, declared.OwnNumber} {
		_, has := c.Labels[absent]
		assert.Assert(t, !has, absent)
	}
	e, ok := s.ledger.Entry(ledger.Container, "job")
	assert.Assert(t, ok && e.OneOff && e.Number == 0)
	assert.Equal(t, e.Service, "web")
}

func TestStopAndStartLeaveOneOffsAlone(t *testing.T) {
	s := newSimulator(t)
	s.do(withDisk(), run("job", OneOff{}))
	for _, g := range []Goal{{Verb: Stop}, {Verb: Stop, Services: []string{"web"}}, {Verb: Remove, StopFirst: true}, down} {
		for _, step := range s.plan(withDisk(), g).Steps {
			assert.Assert(t, step.Action.Resource().Name != "job", "%s: %v", g.Verb, step.Action)
		}
	}
}
