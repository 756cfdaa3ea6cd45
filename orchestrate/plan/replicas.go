package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// replica is one container that a service wants, or one that exists and shall go.
type replica struct {
	service  *declared.Service // nil for one whose service is not declared
	number   int
	name     string // what it is or will be called
	existing *adapter.Container
	entry    *ledger.Entry
	fields   declared.Fields
	hash     string

	recreate bool
	reasons  []Reason // why it is created, recreated or removed
	restart  bool     // stopped and started again because of another container
	asked    bool     // the command asks to stop and start it
	starts   bool     // the plan starts it
	held     bool     // not started, though it does not run: its volume is held

	oneOff *OneOff // not nil for the container of a run
	after  []int   // steps that its creation waits for besides those of what it uses

	volumes []VolumeUse
	ports   []adapter.Port
	chosen  []ledger.Port // host ports that were chosen for free ones

	removed int // step after which its old container is gone
	stopped int // step that stops it, when it is not removed
	ready   int // step that creates it
	started int // step that starts it
}

// made tells whether the plan creates the container.
func (r *replica) made() bool { return r.existing == nil || r.recreate }

// running tells whether it runs and the plan leaves it so.
func (r *replica) running() bool { return !r.made() && !r.restart && r.existing.Running() }

// current is the name of the existing container, "" when there is none.
func (r *replica) current() string {
	if r.existing == nil {
		return ""
	}
	return r.existing.ID
}

// group ties the steps of a replacement, and those of a restart that is asked for.
func (r *replica) group() string {
	switch {
	case r.existing == nil:
		return ""
	case r.recreate:
		return RecreateGroup + r.name
	case r.asked:
		return RestartGroup + r.name
	}
	return ""
}

// The beginnings of Step.Group; a container's name follows.
const (
	RecreateGroup = "recreate "
	RestartGroup  = "restart "
)

// decideReplicas compares what services want with what exists, as Docker Compose does (pkg/compose, reconcile): the
// containers of a service that are up to date come first, then low numbers; the first Scale of them stay or are
// recreated, the rest goes; missing ones are numbered on from the highest. A number that an interrupted operation left
// without its container is taken up first.
func (p *planner) decideReplicas() {
	existing := p.existingReplicas()
	for _, s := range p.services {
		if o := p.oneOffOf(s); o != nil {
			p.decideOneOff(s, o)
			continue
		}
		have := existing[s.Name]
		for _, r := range have {
			r.service = s
			p.describe(r)
			p.judgeReplica(r)
		}
		slices.SortStableFunc(have, func(a, b *replica) int {
			return cmp.Or(compareBool(a.recreate, b.recreate), cmp.Compare(a.number, b.number), compareText(a.current(), b.current()))
		})
		keep := min(s.Scale, len(have))
		wanted := have[:keep:keep]
		for _, r := range have[keep:] {
			r.reasons = []Reason{{Cause: CauseScale, Field: "scale", From: fmt.Sprint(len(have)), To: fmt.Sprint(s.Scale)}}
			p.surplus = append(p.surplus, r)
		}
		for _, number := range p.missingNumbers(s, have, s.Scale-keep) {
			r := &replica{service: s, number: number, name: declared.ContainerName(p.plan.Project, s, number)}
			r.entry = p.entryOf(r)
			r.reasons = []Reason{{Cause: CauseMissing}}
			if r.entry != nil && r.entry.State != ledger.Created {
				r.reasons = []Reason{{Cause: CauseInterrupted}}
			}
			p.describe(r)
			wanted = append(wanted, r)
		}
		slices.SortFunc(wanted, func(a, b *replica) int { return cmp.Compare(a.number, b.number) })
		p.replicas[s.Name] = wanted
	}
}

// existingReplicas gives the owned containers by service, and sets those aside that no declared service wants.
func (p *planner) existingReplicas() map[string][]*replica {
	known := p.declaredServices()
	out := map[string][]*replica{}
	for i := range p.in.Snapshot.Containers {
		c := &p.in.Snapshot.Containers[i]
		e := p.world.entries[ledger.Container][c.ID]
		if s, _ := p.world.container(c.ID); s != owned || e == nil {
			continue
		}
		r := &replica{number: e.Number, name: c.ID, existing: c, entry: e}
		switch {
		case e.OneOff && (c.Running() || e.Service == ""):
		case e.OneOff || !known[e.Service]:
			p.leftOver = append(p.leftOver, r)
		default:
			out[e.Service] = append(out[e.Service], r)
		}
	}
	slices.SortFunc(p.leftOver, func(a, b *replica) int { return compareText(a.name, b.name) })
	return out
}

// missingNumbers gives numbers for n new containers of a service.
func (p *planner) missingNumbers(s *declared.Service, have []*replica, n int) []int {
	if n <= 0 {
		return nil
	}
	taken, highest := map[int]bool{}, 0
	for _, r := range have {
		taken[r.number] = true
		highest = max(highest, r.number)
	}
	var out []int
	for _, e := range p.interrupted(s.Name) {
		if len(out) < n && !taken[e.Number] {
			taken[e.Number] = true
			out = append(out, e.Number)
		}
	}
	for len(out) < n {
		highest++
		if !taken[highest] {
			taken[highest] = true
			out = append(out, highest)
		}
	}
	return out
}

// interrupted gives the entries of a service's containers that an operation was making or removing when it was cut
// off, and that the runtime does not have, by number.
func (p *planner) interrupted(service string) []*ledger.Entry {
	out := p.world.unfinished[service]
	slices.SortFunc(out, func(a, b *ledger.Entry) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), compareText(a.Name, b.Name))
	})
	return out
}

// entryOf finds the entry of a container that the runtime lacks: under its name, when it is this service's.
func (p *planner) entryOf(r *replica) *ledger.Entry {
	e := p.world.entries[ledger.Container][r.name]
	if e == nil || e.Service != r.service.Name || e.OneOff {
		return nil
	}
	return e
}

// describe fills in the declared form: the service's fields, and the names in the runtime that its networks and
// volumes have.
func (p *planner) describe(r *replica) {
	f := declared.Flatten(r.service, p.key)
	for i, a := range r.service.Networks {
		if use := p.networks[a.Network]; use != nil {
			f = append(f, declared.Field{Path: fmt.Sprintf("networks[%d].name", i), Value: use.spec.Name})
		}
	}
	for _, m := range r.service.Mounts {
		if m.Kind != declared.MountVolume {
			continue
		}
		if v, ok := p.volumeByKey(m.Source); ok {
			f = append(f, declared.Field{Path: fmt.Sprintf("mounts[%s].volume", m.Target), Value: v.name})
		}
	}
	slices.SortStableFunc(f, func(a, b declared.Field) int { return compareText(a.Path, b.Path) })
	r.fields, r.hash = f, f.Hash()
}

// refuseTakenNames refuses names that somebody else's container has, and a name that two containers of this plan want.
func (p *planner) refuseTakenNames() {
	wanted := map[string]string{}
	for _, s := range p.services {
		for _, r := range p.replicas[s.Name] {
			who := fmt.Sprintf("%s (replica %d)", s.Name, r.number)
			if other, taken := wanted[r.name]; taken {
				p.find(finding.Error, "services."+s.Name, fmt.Sprintf("container name %q is already in use by service %s", r.name, other),
					"give one of them another container_name, or use one replica")
				continue
			}
			wanted[r.name] = who
			if r.made() && r.current() != r.name {
				p.refuseTakenName(r)
			}
		}
	}
}

func (p *planner) refuseTakenName(r *replica) {
	s, c := p.world.container(r.name)
	switch s {
	case absent:
	case owned:
		// Ours under another role (a surplus or replaced replica, an orphan): free once this plan has removed it.
		if !p.goes(r.name) {
			p.find(finding.Error, "container "+r.name, "the name is taken by another container of this project",
				"run `down`, or `up --remove-orphans`, first")
		}
	case unlisted:
		// refuseUnlisted has said so.
	default:
		p.refuseContainer(r.name, s, c)
	}
}

// goes tells whether the plan removes the container.
func (p *planner) goes(name string) bool {
	for _, r := range p.goners() {
		if r.current() == name {
			return true
		}
	}
	for _, rs := range p.replicas {
		for _, r := range rs {
			if r.recreate && r.current() == name {
				return true
			}
		}
	}
	return false
}
