package plan

import (
	"fmt"
	"slices"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// startOnly plans Start: what exists of the named services and of what they depend on (of all when none is named) and
// does not run is started, with conditions. Without files the containers themselves say what they were declared with.
func (p *planner) startOnly() {
	p.recall()
	p.checkServices(p.declaredServices())
	p.keepServices(p.withDependencies(p.in.Goal.Services))
	p.takeExisting()
	for _, s := range p.services {
		if len(p.replicas[s.Name]) == 0 && s.Scale > 0 {
			p.find(finding.Error, "services."+s.Name, fmt.Sprintf("service %q has no container to start", s.Name), "create it with `up`")
		}
	}
	p.planPorts()
	p.finishStops()
	p.decideStarts()
	p.planSharing()
	p.writeRestartStops()
	p.writeStarts()
}

// restart plans Restart: the containers of the named services (of all when none is named) are stopped and started,
// ended ones too, and with them those of services that depend on them with restart: true, and on those in turn.
// Dependencies come first. Only conditions of relations with restart: true are waited for (docker/compose v5,
// pkg/compose/restart.go); the others still give the order, unlike there: a process that looks a peer up when it starts
// finds an address only once the peer has been started. Where a disk is written by several of them, which can only run one after
// the other, all relations count, and all are stopped before the first is started.
func (p *planner) restart() {
	p.recall()
	p.checkServices(p.declaredServices())
	all := p.in.Project.Services
	p.keepRestartRelations()
	named := p.in.Goal.Services
	if len(named) > 0 && !p.in.Goal.NoDeps {
		named = p.withDependents(named)
	}
	p.keepServices(named)
	together := !p.shareDisks()
	p.setServices(restartOrder(p.in.Project.Services, all, together))
	p.takeExisting()
	p.planPorts()
	for _, s := range p.services {
		for _, r := range p.replicas[s.Name] {
			r.starts, r.asked = true, true
			r.reasons = []Reason{{Cause: CauseGoal}}
			if len(p.in.Goal.Services) > 0 && !slices.Contains(p.in.Goal.Services, s.Name) {
				r.reasons = []Reason{{Cause: CauseDependency}}
			}
			// From here on it counts as stopped and started again.
			r.restart = true
		}
	}
	p.planSharing()
	if !together {
		p.writeRestartStops()
	}
	p.writeStarts()
}

// restartOrder gives the kept services with the relations that order their restart; orderOnly leaves nothing but the
// order of those without restart: true.
func restartOrder(kept, all []declared.Service, orderOnly bool) []declared.Service {
	var out []declared.Service
	for _, s := range all {
		if !slices.ContainsFunc(kept, func(k declared.Service) bool { return k.Name == s.Name }) {
			continue
		}
		s.DependsOn = slices.Clone(s.DependsOn)
		for i := range s.DependsOn {
			if d := &s.DependsOn[i]; orderOnly && !d.Restart {
				d.Condition = declared.Started
			}
		}
		out = append(out, s)
	}
	return out
}

// shareDisks tells whether several containers of the plan's services have one disk, and not all to read only.
func (p *planner) shareDisks() bool {
	users, writers := map[string]int{}, map[string]bool{}
	for _, m := range p.members() {
		if _, ok := p.in.Project.Service(m.entry.Service); !ok || m.helper || m.entry.OneOff {
			continue
		}
		for _, mount := range m.container.Mounts {
			if mount.Kind == adapter.MountVolume {
				users[mount.Source]++
				writers[mount.Source] = writers[mount.Source] || !mount.ReadOnly
			}
		}
	}
	for disk, n := range users {
		if n > 1 && writers[disk] && !p.in.Capabilities.VolumeSharing {
			return true
		}
	}
	return false
}

// recall takes the services from what the containers say when there are no files; with files, those of them that the
// goal names and whose profile is off.
func (p *planner) recall() {
	if !p.in.HasFiles {
		p.setServices(p.remembered())
		return
	}
	list := slices.Clone(p.in.Project.Services)
	for _, s := range p.remembered() {
		if slices.Contains(p.in.Goal.Services, s.Name) && slices.Contains(p.in.Project.Disabled, s.Name) {
			list = append(list, s)
		}
	}
	if len(list) > len(p.in.Project.Services) {
		p.setServices(list)
	}
}

// setServices replaces the services of the plan.
func (p *planner) setServices(list []declared.Service) {
	p.in.Project.Services = list
	p.services, p.dependents = nil, map[string][]*declared.Service{}
	p.orderServices()
}

// keepServices leaves only the named services in the plan; with no name all stay.
func (p *planner) keepServices(names []string) {
	if len(names) == 0 {
		return
	}
	var kept []declared.Service
	for _, s := range p.in.Project.Services {
		if slices.Contains(names, s.Name) {
			kept = append(kept, s)
		}
	}
	p.setServices(kept)
}

// keepRestartRelations drops the dependencies that do not take their dependents along in a restart.
func (p *planner) keepRestartRelations() {
	list := slices.Clone(p.in.Project.Services)
	for i := range list {
		list[i].DependsOn = slices.DeleteFunc(slices.Clone(list[i].DependsOn), func(d declared.Dependency) bool { return !d.Restart })
	}
	p.setServices(list)
}

// withDependencies gives the names and all that they depend on.
func (p *planner) withDependencies(names []string) []string {
	return closure(names, func(name string) []string {
		var out []string
		if s, ok := p.in.Project.Service(name); ok {
			for _, d := range s.DependsOn {
				out = append(out, d.Service)
			}
		}
		return out
	})
}

// withDependents gives the names and all that depends on them.
func (p *planner) withDependents(names []string) []string {
	return closure(names, func(name string) []string {
		var out []string
		for _, s := range p.dependents[name] {
			out = append(out, s.Name)
		}
		return out
	})
}

func closure(names []string, next func(string) []string) []string {
	out := slices.Clone(names)
	for i := 0; i < len(out); i++ {
		for _, name := range next(out[i]) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// takeExisting makes the containers that exist the replicas of the services, by number, and looks their images up.
func (p *planner) takeExisting() {
	existing := p.existingReplicas()
	for _, s := range p.services {
		have := existing[s.Name]
		for _, r := range have {
			r.service = s
		}
		slices.SortFunc(have, func(a, b *replica) int { return a.number - b.number })
		p.replicas[s.Name] = have
		use := p.lookAtImage(s)
		if use.facts == nil && len(have) > 0 {
			// The image that the container was made of, whatever its name stands for by now.
			if f, ok := p.in.Facts[have[0].digest()]; ok {
				use.facts = &f
			}
		}
	}
}
