package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// needs gives the IDs sorted, each once, without zeros.
func needs(ids ...int) []int {
	out := make([]int, 0, len(ids))
	for _, id := range ids {
		if id != 0 {
			out = append(out, id)
		}
	}
	if len(out) == 0 {
		return nil
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// orderServices puts the services in dependency order, dependencies first, by name where that leaves a choice. A cycle
// is refused.
func (p *planner) orderServices() {
	byName := make(map[string]*declared.Service, len(p.in.Project.Services))
	names := make([]string, 0, len(p.in.Project.Services))
	for i := range p.in.Project.Services {
		s := &p.in.Project.Services[i]
		byName[s.Name] = s
		names = append(names, s.Name)
	}
	slices.Sort(names)
	ordered, cycle := dependencyOrder(names, func(name string) []string {
		var deps []string
		for _, d := range byName[name].DependsOn {
			if byName[d.Service] != nil {
				deps = append(deps, d.Service)
			}
		}
		slices.Sort(deps)
		return deps
	})
	if cycle != nil {
		p.find(finding.Error, "services."+cycle[0]+".depends_on", "the services depend on each other in a circle: "+strings.Join(cycle, " -> "),
			"remove one of these dependencies")
	}
	for _, name := range ordered {
		s := byName[name]
		p.services = append(p.services, s)
		for _, d := range s.DependsOn {
			p.dependents[d.Service] = append(p.dependents[d.Service], s)
		}
	}
}

// dependencyOrder gives the names with the dependencies of each before it, and a cycle where there is one: its members
// from one back to itself. An edge that closes a cycle is left out of the order.
func dependencyOrder(names []string, dependencies func(string) []string) (ordered, cycle []string) {
	const (
		open = 1
		done = 2
	)
	state := make(map[string]int, len(names))
	var path []string
	var visit func(string)
	visit = func(name string) {
		state[name] = open
		path = append(path, name)
		for _, d := range dependencies(name) {
			switch {
			case state[d] == open && cycle == nil:
				cycle = append(slices.Clone(path[slices.Index(path, d):]), d)
			case state[d] == 0:
				visit(d)
			}
		}
		path = path[:len(path)-1]
		state[name] = done
		ordered = append(ordered, name)
	}
	for _, name := range names {
		if state[name] == 0 {
			visit(name)
		}
	}
	return ordered, cycle
}

// dependencies gives the edges of a service to services of this plan that have replicas.
func (p *planner) dependencies(s *declared.Service) []declared.Dependency {
	var out []declared.Dependency
	for _, d := range s.DependsOn {
		if len(p.replicas[d.Service]) > 0 && d.Service != s.Name {
			out = append(out, d)
		}
	}
	return out
}

// declaredServices names the services of the files, left out ones too.
func (p *planner) declaredServices() map[string]bool {
	known := map[string]bool{}
	for _, s := range p.services {
		known[s.Name] = true
	}
	for _, name := range p.in.Project.Disabled {
		known[name] = true
	}
	return known
}

// checkServices refuses names in the goal that are no services of the project.
func (p *planner) checkServices(known map[string]bool) {
	var list []string
	for name := range known {
		list = append(list, name)
	}
	slices.Sort(list)
	for _, name := range p.in.Goal.Services {
		if !known[name] {
			hint := "the project has no services"
			if len(list) > 0 {
				hint = "the services are " + strings.Join(list, ", ")
			}
			p.find(finding.Error, "services."+name, fmt.Sprintf("no such service: %s", name), hint)
		}
	}
}
