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

// stop ends the running containers of services, dependents first.
func (p *planner) stop() {
	var chosen []member
	for _, m := range p.choose(p.members()) {
		if !m.entry.OneOff && !m.orphan && m.container.State != adapter.StateStopped {
			chosen = append(chosen, m)
		}
	}
	p.writeEnds(chosen, false)
}

// member is an owned container of the project.
type member struct {
	container *adapter.Container
	entry     *ledger.Entry // for a helper, one made up of its labels
	helper    bool
	orphan    bool // its service is not declared; only known where there are files
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
		m.orphan = p.in.HasFiles && !m.helper && !m.entry.OneOff && !declaredHere[m.entry.Service]
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b member) int { return compareText(a.container.ID, b.container.ID) })
	return out
}

// choose gives the members that the goal is about: of the named services (of all when none is named), orphans and
// one-offs only with --remove-orphans. Without files, dependents of a named service go with it, as with Docker Compose.
func (p *planner) choose(members []member) []member {
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
	if !p.in.HasFiles {
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
		}
		out = append(out, m)
	}
	return out
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

// users gives the containers that refer to a network or volume: the steps that remove those that go, and the names of
// those that stay.
func (p *planner) users(removed map[string]int, refers func(*adapter.Container) bool) (after []int, stay []string) {
	for i := range p.in.Snapshot.Containers {
		c := &p.in.Snapshot.Containers[i]
		if !refers(c) {
			continue
		}
		if id := removed[c.ID]; id != 0 {
			after = append(after, id)
			continue
		}
		stay = append(stay, c.ID)
	}
	return after, stay
}

func (p *planner) writeNetworkRemovals(removed map[string]int) {
	for _, e := range p.sortedEntries(ledger.Network) {
		s, _ := p.world.network(e.Name)
		if s == unseen {
			p.unknown(unknownNetworks)
		} else if s != owned {
			continue
		}
		after, stay := p.users(removed, func(c *adapter.Container) bool { return slices.Contains(c.Networks, e.Name) })
		if len(stay) > 0 {
			p.stillInUse("network "+e.Name, stay)
			continue
		}
		p.add(Step{Action: DeleteNetwork{Name: e.Name}, Needs: after, Reasons: p.removalCause(e)})
	}
}

func (p *planner) removalCause(e *ledger.Entry) []Reason {
	if e.State == ledger.Removing {
		return []Reason{{Cause: CauseInterrupted}}
	}
	return []Reason{{Cause: CauseGoal}}
}

func (p *planner) stillInUse(path string, by []string) {
	p.find(finding.Warning, path, "Resource is still in use by "+strings.Join(by, ", ")+"; it stays", "")
}

func (p *planner) sortedEntries(kind ledger.Kind) []*ledger.Entry {
	var out []*ledger.Entry
	for _, name := range sortedKeys(p.world.entries[kind]) {
		out = append(out, p.world.entries[kind][name])
	}
	return out
}

// writeVolumeRemovals removes named volumes, and anonymous ones of the services whose containers go. A volume that the
// files call external by now is not touched.
func (p *planner) writeVolumeRemovals(chosen []member, removed map[string]int) {
	external := map[string]bool{}
	for _, v := range p.in.Project.Volumes {
		external[v.Name] = v.External
	}
	services := map[string]bool{}
	for _, m := range chosen {
		services[m.entry.Service] = true
	}
	for _, e := range p.sortedEntries(ledger.Volume) {
		anonymous := e.Key == ""
		if external[e.Name] || anonymous && len(p.in.Goal.Services) > 0 && !services[e.Service] {
			continue
		}
		s, _ := p.world.volume(e.Name)
		if s == unseen {
			p.unknown(unknownVolumes)
		} else if s != owned {
			continue
		}
		after, stay := p.users(removed, func(c *adapter.Container) bool { return mountsVolume(c, e.Name) })
		if len(stay) > 0 {
			p.stillInUse("volume "+e.Name, stay)
			continue
		}
		p.add(Step{
			Action: DeleteVolume{Name: e.Name}, Needs: after, Reasons: p.removalCause(e),
			Destroys: []string{"the data of volume " + e.Name},
		})
	}
}

func mountsVolume(c *adapter.Container, name string) bool {
	for i := range c.Mounts {
		if c.Mounts[i].Kind == adapter.MountVolume && c.Mounts[i].Source == name {
			return true
		}
	}
	return false
}

// writeImageRemovals removes images that this project built. Images have no labels to prove it by: the ledger must
// list the reference, and the digest must be the one that was built.
func (p *planner) writeImageRemovals(removed map[string]int) {
	if p.in.Goal.Images == "" {
		return
	}
	if p.in.Snapshot.Images == nil {
		p.unknown(unknownImages)
	}
	var after []int
	for _, id := range removed {
		after = append(after, id)
	}
	built := map[string]bool{}
	for _, e := range p.imagesToDelete() {
		built[e.Name] = true
		i, ok := p.world.images[e.Name]
		switch {
		case !ok && p.in.Snapshot.Images != nil:
			continue // gone: forgotten
		case ok && e.Digest != "" && i.Digest != e.Digest:
			p.find(finding.Note, "image "+e.Name, "is not the one that was built any more and stays", "")
			continue
		}
		p.add(Step{Action: DeleteImage{Reference: e.Name}, Needs: after, Reasons: p.removalCause(e)})
	}
	if p.in.Goal.Images != "all" {
		return
	}
	for _, s := range p.services {
		if ref, err := p.in.Normalise(s.Image); err == nil && p.world.image(ref) != nil && !built[p.world.image(ref).Reference] {
			p.find(finding.Note, "image "+s.Image, "was not built by this project and stays: other projects may use it",
				"`container image delete "+s.Image+"` removes it")
		}
	}
}

// leaveForeign names what is in the project's way or carries its label, and is not ours to remove.
func (p *planner) leaveForeign() {
	for i := range p.in.Snapshot.Containers {
		c := &p.in.Snapshot.Containers[i]
		s, _ := p.world.container(c.ID)
		p.leave(ledger.Container, c.ID, s)
	}
	for i := range p.in.Snapshot.Networks {
		n := &p.in.Snapshot.Networks[i]
		s, _ := p.world.network(n.Name)
		p.leave(ledger.Network, n.Name, s)
	}
	for i := range p.in.Snapshot.Volumes {
		v := &p.in.Snapshot.Volumes[i]
		s, _ := p.world.volume(v.Name)
		if s == unlisted || p.in.Goal.Volumes {
			p.leave(ledger.Volume, v.Name, s)
		}
	}
}

func (p *planner) leave(kind ledger.Kind, name string, s standing) {
	path := fmt.Sprintf("%s %s", kind, name)
	switch {
	case s == unlisted:
		p.find(finding.Warning, path, "carries this project's label, and the ledger does not list it; it stays",
			"`hostwright compose adopt --preview` shows what can be taken over")
	case s == foreign && p.wants(kind, name):
		p.find(finding.Note, path, "has a name of this project and was not created by it; it stays", "")
	}
}

// wants tells whether a name is one that the project would use.
func (p *planner) wants(kind ledger.Kind, name string) bool {
	if p.world.entries[kind][name] != nil {
		return true
	}
	switch kind {
	case ledger.Network:
		return slices.ContainsFunc(p.in.Project.Networks, func(n declared.Network) bool { return n.Name == name && !n.External })
	case ledger.Volume:
		return slices.ContainsFunc(p.in.Project.Volumes, func(v declared.Volume) bool { return v.Name == name && !v.External })
	case ledger.Container:
		for _, s := range p.services {
			for n := 1; n <= s.Scale; n++ {
				if declared.ContainerName(p.plan.Project, s, n) == name {
					return true
				}
			}
		}
	}
	return false
}

// forgetReplaced drops entries whose name belongs to somebody else by now: what they stood for is gone.
func (p *planner) forgetReplaced() {
	for _, kind := range []ledger.Kind{ledger.Container, ledger.Network, ledger.Volume} {
		for _, e := range p.sortedEntries(kind) {
			var s standing
			switch kind {
			case ledger.Container:
				s, _ = p.world.container(e.Name)
			case ledger.Network:
				s, _ = p.world.network(e.Name)
			case ledger.Volume:
				s, _ = p.world.volume(e.Name)
			}
			if s == foreign {
				p.plan.Forget = append(p.plan.Forget, Resource{entryKinds[kind], e.Name})
			}
		}
	}
}

func (p *planner) declaresNetworks() bool {
	return p.in.HasFiles && slices.ContainsFunc(p.in.Project.Networks, func(n declared.Network) bool { return !n.External })
}
