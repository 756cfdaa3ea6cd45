package plan

import (
	"cmp"
	"slices"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
)

// stop ends the running containers of services, dependents first. One-offs and orphans are not touched.
func (p *planner) stop() {
	var chosen []member
	for _, m := range p.choose(p.members()) {
		if !m.entry.OneOff && !m.orphan && m.container.State != adapter.StateStopped {
			chosen = append(chosen, m)
		}
	}
	p.writeEnds(chosen, false)
}

// kill sends a signal to the running containers of services, one-offs included, all at once; to orphans too with
// RemoveOrphans (docker/compose v5, pkg/compose/kill.go).
func (p *planner) kill() {
	members := p.members()
	wanted := p.namedServices(members)
	for _, m := range members {
		switch {
		case m.helper, !m.container.Running(), m.undeclared && !p.in.Goal.RemoveOrphans:
			continue
		case len(p.in.Goal.Services) > 0 && !wanted[m.entry.Service]:
			continue
		}
		p.add(Step{
			Action:  KillContainer{ID: m.container.ID, Signal: cmp.Or(p.in.Goal.Signal, DefaultKillSignal)},
			Reasons: []Reason{{Cause: CauseGoal}},
		})
	}
}

// DefaultKillSignal is what Kill sends when the goal names none.
const DefaultKillSignal = "SIGKILL"

// remove takes away the containers of services that do not run; with StopFirst those that run too, dependents first.
// With Volumes their anonymous volumes go with them. One-offs and orphans are not touched (docker/compose v5,
// pkg/compose/remove.go), nor, unless it is named, is a service whose profile is off.
func (p *planner) remove() {
	members := p.members()
	wanted := p.namedServices(members)
	var chosen []member
	for _, m := range members {
		switch {
		case m.helper, m.entry.OneOff, m.orphan:
			continue
		case len(p.in.Goal.Services) > 0 && !wanted[m.entry.Service]:
			continue
		case len(p.in.Goal.Services) == 0 && p.in.HasFiles && slices.Contains(p.in.Project.Disabled, m.entry.Service):
			continue
		case m.container.State != adapter.StateStopped && !p.in.Goal.StopFirst:
			continue
		}
		chosen = append(chosen, m)
	}
	if len(p.in.Goal.Containers) > 0 {
		chosen = p.chosenByName(members)
	}
	removed := p.writeEnds(chosen, true)
	if p.in.Goal.Volumes {
		p.writeAnonymousRemovals(chosen, removed)
	}
	p.forget()
}

// writeAnonymousRemovals removes the anonymous volumes that only the chosen containers mount.
func (p *planner) writeAnonymousRemovals(chosen []member, removed map[string]int) {
	for _, e := range p.sortedEntries(ledger.Volume) {
		mounted := false
		for _, m := range chosen {
			mounted = mounted || mountsVolume(m.container, e.Name)
		}
		if e.Key != "" || !mounted {
			continue
		}
		p.writeVolumeRemoval(e, removed)
	}
}
