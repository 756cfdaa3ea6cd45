package plan

import (
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
	"gotest.tools/v3/assert"
)

// TestANoOpNeedsTwoListings: containers and images are enough to know that nothing has to be done.
func TestANoOpNeedsTwoListings(t *testing.T) {
	s := newSimulator(t)
	app := less(guestbook(), "migrate")
	app = changed(app, "web", func(s *declared.Service) { s.DependsOn = nil })
	s.do(app, up)
	in := s.inputs(app, up)
	in.Snapshot.Networks, in.Snapshot.Volumes = nil, nil
	in.Facts, in.Listening, in.FreePorts, in.Runtime = nil, nil, nil, adapter.Version{}
	p, err := Make(in)
	assert.NilError(t, err)
	assert.Assert(t, p.Empty() && len(p.Incomplete) == 0, Text(p))
	assert.Equal(t, len(p.Unchanged), 3)
}

// TestWhatIsMissingIsSaid starts with two listings only and gives what each plan asks for.
func TestWhatIsMissingIsSaid(t *testing.T) {
	s := newSimulator(t)
	app := guestbook()
	full := s.inputs(app, up)
	in := full
	in.Snapshot.Networks, in.Snapshot.Volumes = nil, nil
	in.Facts, in.Listening, in.FreePorts, in.Runtime = nil, nil, nil, adapter.Version{}
	p, err := Make(in)
	assert.NilError(t, err)
	assert.DeepEqual(t, p.Incomplete, []string{"networks", "volumes", "ports", "runtime", "images"})
	assert.Assert(t, !p.Refused())
	for _, i := range []string{"redis:7", "postgres:15", "shop-migrate", "shop-web"} {
		s.addImage(i, "x")
	}
	p, err = Make(s.inputs(app, up))
	assert.NilError(t, err)
	assert.Equal(t, len(p.Incomplete), 0, "%v", p.Incomplete)
}

func TestDownAsksForWhatItRemoves(t *testing.T) {
	s := newSimulator(t)
	s.do(guestbook(), up)
	in := s.inputs(guestbook(), Goal{Verb: Down, Volumes: true, Images: "all"})
	in.Snapshot.Networks, in.Snapshot.Volumes, in.Snapshot.Images = nil, nil, nil
	p, err := Make(in)
	assert.NilError(t, err)
	assert.DeepEqual(t, p.Incomplete, []string{"networks", "volumes", "images"})
	in.Goal = down
	p, err = Make(in)
	assert.NilError(t, err)
	assert.DeepEqual(t, p.Incomplete, []string{"networks"})
}

func TestMakeRefusesInputsThatMakeNoSense(t *testing.T) {
	s := newSimulator(t)
	good := s.inputs(guestbook(), up)
	for _, c := range []struct {
		name  string
		spoil func(*Inputs)
		want  string
	}{
		{"no way to normalise", func(in *Inputs) { in.Normalise = nil }, "normalise"},
		{"no ledger and no id", func(in *Inputs) { in.NewID = "" }, "no id"},
		{"unknown verb", func(in *Inputs) { in.Goal.Verb = "dance" }, `unknown goal "dance"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := good
			c.spoil(&in)
			_, err := Make(in)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestFindingsAndMemoryAreCarried(t *testing.T) {
	s := newSimulator(t)
	in := s.inputs(guestbook(), up)
	in.Findings = finding.List{{Severity: finding.Error, Path: "services.web.privileged", Message: "no"}}
	in.Memory = Memory{Ceiling: 7, Rows: []MemoryRow{{Service: "web"}}}
	p, err := Make(in)
	assert.NilError(t, err)
	assert.Assert(t, p.Refused())
	assert.Equal(t, p.Memory.Ceiling, int64(7))
}

func TestTheHashIsOverGoalAndSteps(t *testing.T) {
	s := newSimulator(t)
	a := s.plan(guestbook(), up)
	in := s.inputs(guestbook(), up)
	in.Findings = finding.List{{Severity: finding.Note, Message: "by the way"}}
	in.Now = in.Now.Add(time.Hour)
	b, err := Make(in)
	assert.NilError(t, err)
	assert.Equal(t, a.Hash, b.Hash, "neither clock nor findings change it")
	other := up
	other.Wait = true
	assert.Assert(t, s.plan(guestbook(), other).Hash != a.Hash)
	assert.Assert(t, s.plan(changed(guestbook(), "web", func(s *declared.Service) { s.User = "1" }), up).Hash != a.Hash)
}

func TestGraceAndSignalAreThoseOfTheExistingContainer(t *testing.T) {
	s := newSimulator(t)
	grace, zero := 42*time.Second, time.Duration(0)
	app := project(with(service("web", "nginx"), func(s *declared.Service) { s.StopGrace, s.StopSignal = &grace, "SIGQUIT" }),
		with(service("zero", "nginx"), func(s *declared.Service) { s.StopGrace = &zero }), service("plain", "nginx"))
	s.do(app, up)
	stops := func(g Goal) map[string]StopContainer {
		out := map[string]StopContainer{}
		for _, step := range s.plan(project(), g).Steps {
			if a, ok := step.Action.(StopContainer); ok {
				out[a.ID] = a
			}
		}
		return out
	}
	got := stops(Goal{Verb: Down, RemoveOrphans: true})
	assert.DeepEqual(t, got["shop-web-1"], StopContainer{ID: "shop-web-1", Signal: "SIGQUIT", Grace: grace})
	assert.DeepEqual(t, got["shop-zero-1"], StopContainer{ID: "shop-zero-1"})
	assert.DeepEqual(t, got["shop-plain-1"], StopContainer{ID: "shop-plain-1", Grace: declared.DefaultStopGrace})
	one := time.Second
	got = stops(Goal{Verb: Down, RemoveOrphans: true, Timeout: &one})
	assert.Equal(t, got["shop-web-1"].Grace, time.Second)
}

func TestAdoptedContainersAreRecreatedWhenTheirFormIsNotKnown(t *testing.T) {
	s := newSimulator(t)
	app := project(service("web", "nginx"))
	s.do(app, up)
	e, ok := s.ledger.Entry(ledger.Container, "shop-web-1")
	assert.Assert(t, ok)
	e.Fields = nil // by labels: the hash agrees, nothing has to be done
	assert.Assert(t, s.plan(app, up).plan().Empty())
	assert.Equal(t, reasonsOf(s.plan(changed(app, "web", func(s *declared.Service) { s.User = "1" }), up))[0].Field, "hash")
	e.Hash = "" // from another directory: what it mounts lies in the former place
	assert.Equal(t, reasonsOf(s.plan(app, up))[0].Field, "declaration")
}

func (p Plan) plan() *Plan { return &p }

func reasonsOf(p Plan) []Reason {
	for _, s := range p.Steps {
		if len(s.Reasons) > 0 {
			return s.Reasons
		}
	}
	return []Reason{{}}
}

func TestPullPeriods(t *testing.T) {
	now := time.Unix(1700000000, 0)
	for _, c := range []struct {
		policy string
		age    time.Duration
		pulls  bool
	}{
		{"daily", 23 * time.Hour, false}, {"daily", 25 * time.Hour, true},
		{"weekly", 6 * 24 * time.Hour, false}, {"weekly", 8 * 24 * time.Hour, true},
		{"every_2h", time.Hour, false}, {"every_2h", 3 * time.Hour, true},
		{"every_1w2d3h", 9 * 24 * time.Hour, false}, {"every_1w2d3h", 10 * 24 * time.Hour, true},
	} {
		s := newSimulator(t)
		s.addImage("nginx", "x")
		in := s.inputs(project(with(service("web", "nginx"), func(s *declared.Service) { s.PullPolicy = c.policy })), up)
		in.Now, in.Pulled = now, map[string]time.Time{"docker.io/library/nginx:latest": now.Add(-c.age)}
		p, err := Make(in)
		assert.NilError(t, err)
		assert.Equal(t, p.Steps[0].Action.Kind() == KindPullImage, c.pulls, "%s after %s", c.policy, c.age)
	}
}
