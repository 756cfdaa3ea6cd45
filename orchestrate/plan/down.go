package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// down removes the project's containers, dependents first, then its networks, and volumes and images where the goal
// asks for them. Only what all three proofs show to be ours is in the plan; the rest is left and named.
func (p *planner) down() {
	p.leaveForeign()
	members := p.members()
	chosen := p.choose(members)
	removed := p.writeEnds(chosen, true)
	p.writeNetworkRemovals(removed)
	if p.in.Goal.Volumes {
		p.writeVolumeRemovals(chosen, removed)
	}
	p.writeImageRemovals(removed)
	p.forget()
	p.forgetReplaced()
	if len(p.plan.Steps) == 0 && len(p.plan.Forget) == 0 && !p.declaresNetworks() {
		p.find(finding.Warning, "", fmt.Sprintf("No resource found to remove for project %q.", p.plan.Project), "")
	}
}

// member is an owned container of the project.
type member struct {
	container *adapter.Container
	entry     *ledger.Entry // for a helper, one made up of its labels
	helper    bool
	orphan    bool // a replica of a service that is not declared; only known where there are files
	// undeclared is orphan for one-offs too.
	undeclared bool
}

// members gives the owned containers by name.
func (p *planner) members() []member {
	declaredHere := p.declaredServices()
	var out []member
	for i := range p.in.Snapshot.Containers {
		c := &p.in.Snapshot.Containers[i]
		if s, _ := p.world.container(c.ID); s != owned {
			continue
		}
		m := member{container: c, entry: p.world.entries[ledger.Container][c.ID]}
		if m.entry == nil {
			m.entry, m.helper = &ledger.Entry{Kind: ledger.Container, Name: c.ID, OneOff: true}, true
		}
		m.undeclared = p.in.HasFiles && !m.helper && !declaredHere[m.entry.Service]
		m.orphan = m.undeclared && !m.entry.OneOff
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b member) int { return compareText(a.container.ID, b.container.ID) })
	return out
}

// choose gives the members that the goal is about: of the named services (of all when none is named), orphans and
// one-offs only with --remove-orphans. A service whose profile is off has to be named. Without files, dependents of a
// named service go down with it, as with Docker Compose.
func (p *planner) choose(members []member) []member {
	wanted := p.namedServices(members)
	if !p.in.HasFiles && p.in.Goal.Verb == Down {
		p.addDependents(wanted, members)
	}
	var out []member
	for _, m := range members {
		switch {
		case m.helper:
		case m.orphan || m.entry.OneOff:
			if !p.in.Goal.RemoveOrphans {
				continue
			}
		case len(p.in.Goal.Services) > 0 && !wanted[m.entry.Service]:
			continue
		case len(p.in.Goal.Services) == 0 && p.in.HasFiles && slices.Contains(p.in.Project.Disabled, m.entry.Service):
			continue
		}
		out = append(out, m)
	}
	return out
}

// namedServices gives the services that the goal names, and refuses those that neither the files nor a container have.
func (p *planner) namedServices(members []member) map[string]bool {
	known := p.declaredServices()
	for _, m := range members {
		if !p.in.HasFiles && !m.helper && m.entry.Service != "" {
			known[m.entry.Service] = true
		}
	}
	p.checkServices(known)
	wanted := map[string]bool{}
	for _, name := range p.in.Goal.Services {
		wanted[name] = true
	}
	return wanted
}

func (p *planner) addDependents(wanted map[string]bool, members []member) {
	for changed := true; changed; {
		changed = false
		for _, m := range members {
			if m.helper || wanted[m.entry.Service] {
				continue
			}
			if slices.ContainsFunc(p.dependenciesOf(m), func(d string) bool { return wanted[d] }) {
				wanted[m.entry.Service], changed = true, true
			}
		}
	}
}

// dependenciesOf gives the services that a container's service depends on: as declared, else as its label has it.
func (p *planner) dependenciesOf(m member) []string {
	var out []string
	if s, ok := p.in.Project.Service(m.entry.Service); ok && p.in.HasFiles {
		for _, d := range s.DependsOn {
			out = append(out, d.Service)
		}
		return out
	}
	for _, d := range strings.Split(m.container.Labels[declared.LabelDependsOn], ",") {
		if name, _, _ := strings.Cut(d, ":"); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// writeEnds stops containers in reverse dependency order, and removes each as soon as it has stopped. It gives the
// last step of each by container.
func (p *planner) writeEnds(chosen []member, remove bool) map[string]int {
	byService := map[string][]member{}
	dependents := map[string][]string{}
	for _, m := range chosen {
		byService[m.entry.Service] = append(byService[m.entry.Service], m)
	}
	names := sortedKeys(byService)
	edges := map[string][]string{}
	for _, name := range names {
		for _, m := range byService[name] {
			edges[name] = append(edges[name], p.dependenciesOf(m)...)
		}
		slices.Sort(edges[name])
		edges[name] = slices.DeleteFunc(slices.Compact(edges[name]), func(d string) bool { return byService[d] == nil || d == name })
		for _, d := range edges[name] {
			dependents[d] = append(dependents[d], name)
		}
	}
	order, _ := dependencyOrder(names, func(name string) []string { return edges[name] })
	slices.Reverse(order)
	gates, last := map[string][]int{}, map[string]int{}
	for _, name := range order {
		var after, stops []int
		for _, d := range dependents[name] {
			after = append(after, gates[d]...)
		}
		for _, m := range byService[name] {
			step := p.writeEnd(m, needs(after...), remove)
			last[m.container.ID] = step.last
			stops = append(stops, step.stop)
		}
		if gates[name] = needs(stops...); gates[name] == nil {
			gates[name] = needs(after...)
		}
	}
	return last
}

type end struct{ stop, last int }

func (p *planner) writeEnd(m member, after []int, remove bool) end {
	reasons := []Reason{{Cause: CauseGoal}}
	if m.orphan || m.entry.OneOff && !m.helper {
		reasons = []Reason{{Cause: CauseOrphan}}
	}
	if m.helper || m.entry.State == ledger.Removing {
		reasons = []Reason{{Cause: CauseInterrupted}}
	}
	var e end
	if m.container.State != adapter.StateStopped {
		e.stop = p.writeStop(m.container, m.entry, after, reasons, "")
		after, reasons = []int{e.stop}, nil
		e.last = e.stop
	}
	if remove {
		e.last = p.add(Step{
			Action: DeleteContainer{ID: m.container.ID}, Needs: after, Reasons: reasons,
			Destroys: []string{"the root file system of " + m.container.ID},
		})
	}
	return e
}

func (p *planner) declaresNetworks() bool {
	return p.in.HasFiles && slices.ContainsFunc(p.in.Project.Networks, func(n declared.Network) bool { return !n.External })
}
