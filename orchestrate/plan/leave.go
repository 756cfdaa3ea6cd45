package plan

import (
	"fmt"
	"slices"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

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
	for _, name := range sortedKeys(p.world.folders) {
		s := p.world.folder(name)
		switch {
		case s == foreign && p.in.Goal.Volumes && p.wants(ledger.Volume, name):
			p.find(finding.Warning, "volume "+name, fmt.Sprintf("the folder %s has no marker of this project's ledger; it stays", p.world.folders[name].Path), "")
		case s == unlisted:
			p.leave(ledger.Volume, name, s)
		}
	}
}

func (p *planner) leave(kind ledger.Kind, name string, s standing) {
	path := fmt.Sprintf("%s %s", kind, name)
	switch {
	case s == unlisted:
		p.find(finding.Warning, path, "carries this project's label, and the ledger does not list it; it stays",
			"`hostwright compose adopt` shows what can be taken over")
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
				s = p.world.listedVolume(e)
			}
			if s == foreign {
				p.plan.Forget = append(p.plan.Forget, Resource{entryKinds[kind], e.Name})
			}
		}
	}
}
