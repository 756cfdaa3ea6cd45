package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

// drawProject makes a project of up to six services that depend on earlier ones.
func drawProject(t *rapid.T) declared.Project {
	p := declared.Project{Name: "shop", Dir: "/shop", Files: []string{"/shop/compose.yaml"},
		Networks: []declared.Network{
			{Key: "back", Name: "shop_back", Internal: rapid.Bool().Draw(t, "internal")},
			{Key: "default", Name: "shop_default"},
		},
		Volumes: []declared.Volume{{Key: "data", Name: "shop_data"}, {Key: "more", Name: "shop_more"}},
	}
	names := []string{"a", "b", "c", "d", "e", "f"}
	for i, name := range names {
		if !rapid.Bool().Draw(t, "has "+name) {
			continue
		}
		p.Services = append(p.Services, drawService(t, name, names[:i], &p))
	}
	return p
}

func drawService(t *rapid.T, name string, earlier []string, p *declared.Project) declared.Service {
	s := declared.Service{Name: name, Image: rapid.SampledFrom([]string{"redis:7", "nginx", "shop-" + name}).Draw(t, "image"),
		Scale:       rapid.SampledFrom([]int{0, 1, 1, 1, 2, 3}).Draw(t, "scale"),
		Environment: env("V", rapid.SampledFrom([]string{"1", "2"}).Draw(t, "value")),
		Healthcheck: &declared.Healthcheck{Test: []string{"CMD", "true"}},
		Networks:    []declared.Attachment{{Network: "default"}},
	}
	if s.Image == "shop-"+name {
		s.Build = &declared.Build{Context: "/shop"}
	}
	if rapid.Bool().Draw(t, "two networks") {
		s.Networks = append(s.Networks, declared.Attachment{Network: "back"})
	}
	for _, e := range earlier {
		if _, exists := p.Service(e); exists && rapid.Bool().Draw(t, "depends on "+e) {
			s.DependsOn = append(s.DependsOn, declared.Dependency{Service: e,
				Condition: rapid.SampledFrom([]declared.Condition{declared.Started, declared.Healthy, declared.Completed}).Draw(t, "condition"),
				Required:  rapid.Bool().Draw(t, "required"), Restart: rapid.Bool().Draw(t, "restart")})
		}
	}
	if rapid.IntRange(0, 2).Draw(t, "volume") == 0 {
		mount(rapid.SampledFrom([]string{"data", "more"}).Draw(t, "which"), "/data", rapid.Bool().Draw(t, "read only"))(&s)
	}
	if rapid.IntRange(0, 3).Draw(t, "anonymous") == 0 {
		s.Mounts = append(s.Mounts, declared.Mount{Kind: declared.MountAnonymous, Target: "/var/x"})
	}
	switch rapid.IntRange(0, 5).Draw(t, "ports") {
	case 0:
		s.Ports = []declared.Port{{Target: 80, Protocol: "tcp", First: 8080, Last: 8080}}
	case 1:
		s.Ports = []declared.Port{{Target: 80, Protocol: "tcp", First: 9000, Last: 9002}}
	case 2:
		s.Ports = []declared.Port{{Target: 80, Protocol: "tcp"}}
	}
	return s
}

func drawUp(t *rapid.T) Goal {
	return Goal{Verb: Up, Build: rapid.IntRange(0, 5).Draw(t, "build") == 0, ForceRecreate: rapid.IntRange(0, 5).Draw(t, "force") == 0,
		RemoveOrphans: rapid.Bool().Draw(t, "orphans"), RenewAnonymous: rapid.IntRange(0, 5).Draw(t, "renew") == 0,
		Wait: rapid.Bool().Draw(t, "wait")}
}

// strangers are somebody else's things, which no plan may touch, some of them looking like ours.
func (s *simulator) strangers() string {
	var out []string
	for _, c := range s.snapshot.Containers {
		if c.Labels[declared.OwnLedger] != testID {
			out = append(out, fmt.Sprintf("%+v", c))
		}
	}
	for _, n := range s.snapshot.Networks {
		if n.Labels[declared.OwnLedger] != testID {
			out = append(out, fmt.Sprintf("%+v", n))
		}
	}
	for _, v := range s.snapshot.Volumes {
		if v.Labels[declared.OwnLedger] != testID {
			out = append(out, fmt.Sprintf("%+v", v))
		}
	}
	for _, f := range s.folders {
		if f.Ledger != testID {
			out = append(out, fmt.Sprintf("%+v", f))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func (s *simulator) addStrangers(t *rapid.T) {
	likeOurs := map[string]string{declared.LabelProject: "shop", declared.LabelService: "a", declared.OwnProject: "shop"}
	for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"other", "shop-a-9", "shop-b-1"}), rapid.ID).Draw(t, "strangers") {
		s.snapshot.Containers = append(s.snapshot.Containers, adapter.Container{ID: name, State: adapter.StateRunning, Labels: likeOurs})
	}
	if rapid.IntRange(0, 9).Draw(t, "strange network") == 0 {
		s.snapshot.Networks = append(s.snapshot.Networks, adapter.Network{Name: "shop_back", Labels: likeOurs})
	}
	if rapid.IntRange(0, 9).Draw(t, "strange folder") == 0 {
		s.folders = append(s.folders, Folder{Volume: "shop_more", Path: folderPath("shop_more"), Ledger: "other"})
	}
	if rapid.IntRange(0, 9).Draw(t, "strange volume") == 0 {
		s.snapshot.Volumes = append(s.snapshot.Volumes, adapter.Volume{Name: "shop_data", Labels: likeOurs})
	}
}

func wellFormed(t *rapid.T, p Plan) {
	for i, s := range p.Steps {
		assert.Equal(t, s.ID, i+1)
		for j, n := range s.Needs {
			assert.Assert(t, n > 0 && n < s.ID, "step %d needs %d", s.ID, n)
			assert.Assert(t, j == 0 || s.Needs[j-1] < n, "needs of step %d are not in order", s.ID)
		}
		if s.Action.Kind() == KindDeleteVolume {
			assert.Assert(t, p.Goal.Volumes || p.Goal.RenewAnonymous, "a volume is removed unasked:\n%s", Text(p))
		}
	}
}

// quiet tells what a plan right after a success may still do: start ended one-shots and wait.
func quiet(t *rapid.T, p Plan, project declared.Project) {
	for _, s := range p.Steps {
		switch a := s.Action.(type) {
		case Await:
		case StartContainer:
			assert.Assert(t, awaitedToComplete(project, a.Service), "%s is started again:\n%s", a.ID, Text(p))
		default:
			t.Fatalf("after a success there is still to do:\n%s", Text(p))
		}
	}
}

func awaitedToComplete(p declared.Project, service string) bool {
	for _, s := range p.Services {
		for _, d := range s.DependsOn {
			if d.Service == service && d.Condition == declared.Completed {
				return true
			}
		}
	}
	return false
}

// TestPlansKeepTheirPromises runs random projects through random goals, with interruptions at random steps. The
// simulator fails when a plan touches what is not ours or breaks a rule of the runtime.
func TestPlansKeepTheirPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulator(t)
		s.imageVolumes("redis:7", "/data")
		s.addStrangers(t)
		foreign := s.strangers()
		var last declared.Project
		for range rapid.IntRange(1, 5).Draw(t, "operations") {
			p, g := drawProject(t), drawUp(t)
			first := s.plan(p, g)
			wellFormed(t, first)
			deterministic(t, s, p, g)
			if first.Refused() {
				continue
			}
			last = p
			if rapid.Bool().Draw(t, "interrupted") {
				s.interrupt(t, p, g)
			}
			if again := s.plan(p, g); again.Refused() {
				t.Fatalf("an interrupted operation cannot go on:\n%s", Text(again))
			}
			s.do(p, g)
			quiet(t, s.plan(p, up), p)
			s.complete(t, p)
			s.live(t, p)
			assert.Equal(t, s.strangers(), foreign)
			s.meddle(t)
		}
		s.endsWithNothing(t, last, foreign)
	})
}

// live carries out a goal about containers that exist.
func (s *simulator) live(t *rapid.T, p declared.Project) {
	g := Goal{Verb: rapid.SampledFrom([]Verb{Start, Stop, Restart, Kill, Remove}).Draw(t, "life")}
	if len(p.Services) > 0 && rapid.Bool().Draw(t, "of one service") {
		g.Services = []string{p.Services[rapid.IntRange(0, len(p.Services)-1).Draw(t, "service")].Name}
	}
	g.StopFirst, g.Volumes = rapid.Bool().Draw(t, "stop first"), rapid.Bool().Draw(t, "volumes")
	g.NoDeps = rapid.Bool().Draw(t, "no deps")
	byName := rapid.Bool().Draw(t, "by name")
	in := s.inputs(p, g)
	if byName {
		in.HasFiles, in.Project = false, declared.Project{Name: p.Name, Dir: p.Dir}
	}
	plan, err := Make(in)
	assert.NilError(t, err)
	wellFormed(t, plan)
	for _, step := range plan.Steps {
		switch step.Action.(type) {
		case CreateContainer, CreateNetwork, CreateVolume, PullImage, BuildImage:
			t.Fatalf("%s creates something:\n%s", g.Verb, Text(plan))
		}
	}
	if !plan.Refused() {
		s.apply(plan, p)
	}
}

// meddle does what happens outside of Hostwright: containers end, and users remove some by hand.
func (s *simulator) meddle(t *rapid.T) {
	for i := 0; i < len(s.snapshot.Containers); i++ {
		c := &s.snapshot.Containers[i]
		if c.Labels[declared.OwnLedger] != testID {
			continue
		}
		switch rapid.IntRange(0, 9).Draw(t, "fate") {
		case 0:
			c.State = adapter.StateStopped
		case 1:
			s.snapshot.Containers = slices.Delete(s.snapshot.Containers, i, i+1)
			i--
		}
	}
	s.folders = slices.DeleteFunc(s.folders, func(f Folder) bool {
		return f.Ledger == testID && rapid.IntRange(0, 9).Draw(t, "fate of a folder") == 0
	})
}

// complete: what a project wants exists in the wanted number.
func (s *simulator) complete(t *rapid.T, p declared.Project) {
	for _, d := range p.Services {
		n := 0
		for _, c := range s.snapshot.Containers {
			if e, ok := s.ledger.Entry(ledger.Container, c.ID); ok && e.Service == d.Name && c.Labels[declared.OwnLedger] == testID {
				n++
				assert.Assert(t, c.Running() || awaitedToComplete(p, d.Name), "%s does not run", c.ID)
			}
		}
		assert.Equal(t, n, d.Scale, d.Name)
	}
}

// endsWithNothing: down keeps volumes; down -v, interrupted or not, leaves nothing of ours and all that is not.
func (s *simulator) endsWithNothing(t *rapid.T, p declared.Project, foreign string) {
	if s.ledger == nil {
		return
	}
	p.Name, p.Dir = "shop", "/shop"
	gone := Goal{Verb: Down, RemoveOrphans: true}
	volumes := len(s.snapshot.Volumes) + len(s.folders)
	if p := s.plan(p, gone); p.Refused() {
		t.Fatalf("down is refused:\n%s", Text(p))
	}
	wellFormed(t, s.do(p, gone))
	assert.Equal(t, len(s.snapshot.Volumes)+len(s.folders), volumes, "down keeps volumes")
	if back := s.plan(p, up); rapid.Bool().Draw(t, "up again") && !back.Refused() {
		s.do(p, up)
	}
	gone.Volumes = true
	if rapid.Bool().Draw(t, "down is interrupted") {
		s.interrupt(t, p, gone)
	}
	s.do(p, gone)
	assert.Equal(t, s.strangers(), foreign)
	for _, c := range s.snapshot.Containers {
		assert.Assert(t, c.Labels[declared.OwnLedger] != testID, "%s is left", c.ID)
	}
	for _, n := range s.snapshot.Networks {
		assert.Assert(t, n.Labels[declared.OwnLedger] != testID, "%s is left", n.Name)
	}
	for _, v := range s.snapshot.Volumes {
		assert.Assert(t, v.Labels[declared.OwnLedger] != testID, "%s is left", v.Name)
	}
	for _, f := range s.folders {
		assert.Assert(t, f.Ledger != testID, "folder %s is left", f.Volume)
	}
	for _, e := range s.ledger.Entries {
		assert.Equal(t, e.Kind, ledger.Image, "%s is left in the ledger", e.Name)
	}
}

// interrupt applies a plan up to a random step, of which only the intent, or the intent and the effect, become true.
func (s *simulator) interrupt(t *rapid.T, project declared.Project, g Goal) {
	plan := s.plan(project, g)
	var steps []Step
	for _, step := range plan.Steps {
		switch a := step.Action.(type) {
		case PullImage:
			s.addImage(a.Reference, "pulled")
		case BuildImage:
			s.addImage(a.Reference, "built")
		default:
			steps = append(steps, step)
		}
	}
	if len(steps) < len(plan.Steps) {
		g.ImagesDone, g.Build = true, false
		steps = s.plan(project, g).Steps
	}
	if len(steps) == 0 {
		return
	}
	at := rapid.IntRange(0, len(steps)-1).Draw(t, "at step")
	for _, step := range steps[:at] {
		if err := s.step(step.Action, &project); err != nil {
			t.Fatalf("step %d: %v\n%s", step.ID, err, Text(plan))
		}
	}
	s.half(steps[at].Action, &project, rapid.Bool().Draw(t, "effect"))
}

// half leaves an action half done: the intent is in the ledger, the outcome is not.
func (s *simulator) half(a Action, project *declared.Project, effect bool) {
	mark := func(kind ledger.Kind, name string, state ledger.State) {
		if e, ok := s.ledger.Entry(kind, name); ok {
			e.State = state
		}
	}
	intent := func(e ledger.Entry) {
		if effect {
			_ = s.step(a, project)
			mark(e.Kind, e.Name, ledger.Creating)
			return
		}
		s.own(e)
	}
	removal := func(kind ledger.Kind, name string) {
		old, ok := s.ledger.Entry(kind, name)
		if !ok {
			_ = s.step(a, project)
			return
		}
		e := *old
		e.State = ledger.Removing
		if effect {
			_ = s.step(a, project)
		}
		s.own(e)
	}
	switch a := a.(type) {
	case CreateNetwork:
		intent(a.Entry)
	case CreateVolume:
		intent(a.Entry)
	case CreateContainer:
		intent(a.Entry)
	case DeleteNetwork:
		removal(ledger.Network, a.Name)
	case DeleteVolume:
		removal(ledger.Volume, a.Name)
	case DeleteContainer:
		removal(ledger.Container, a.ID)
	case PrepareVolume:
		s.snapshot.Containers = append(s.snapshot.Containers, adapter.Container{ID: a.Helper,
			State:  map[bool]adapter.State{true: adapter.StateRunning, false: adapter.StateStopped}[effect],
			Labels: map[string]string{declared.OwnLedger: testID, declared.OwnOneOff: HelperMark},
			Mounts: []adapter.Mount{{Kind: adapter.MountVolume, Source: a.Name, Target: "/.hostwright/volume"}}})
	default:
		if effect {
			_ = s.step(a, project)
		}
	}
}

// deterministic: equal inputs in another order give the same plan.
func deterministic(t *rapid.T, s *simulator, p declared.Project, g Goal) {
	a, err := Make(s.inputs(p, g))
	assert.NilError(t, err)
	in := s.inputs(p, g)
	slices.Reverse(in.Snapshot.Containers)
	slices.Reverse(in.Snapshot.Images)
	slices.Reverse(in.Snapshot.Networks)
	slices.Reverse(in.Snapshot.Volumes)
	slices.Reverse(in.Folders)
	in.Project.Services = slices.Clone(in.Project.Services)
	slices.Reverse(in.Project.Services)
	b, err := Make(in)
	assert.NilError(t, err)
	assert.Equal(t, a.Hash, b.Hash)
	x, err := json.Marshal(a)
	assert.NilError(t, err)
	y, err := json.Marshal(b)
	assert.NilError(t, err)
	assert.Equal(t, string(x), string(y))
}
