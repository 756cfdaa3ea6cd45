package plan

import (
	"fmt"
	"slices"

	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// decideStarts: everything that will exist and does not run is started. A one-shot service that has ended runs again,
// as on Docker Compose.
func (p *planner) decideStarts() {
	for _, s := range p.services {
		for _, r := range p.replicas[s.Name] {
			r.starts = !r.running()
			if !r.starts && p.in.Goal.Verb.starts() {
				p.plan.Unchanged = append(p.plan.Unchanged, Resource{ContainerResource, r.name})
			}
		}
	}
}

func (p *planner) serviceStarts(name string) bool {
	return slices.ContainsFunc(p.replicas[name], func(r *replica) bool { return r.starts })
}

// wait is one condition on a service that dependents wait for together.
type wait struct {
	service   string
	condition declared.Condition
	optional  bool
}

// starts is the writing of the start phase.
type starts struct {
	*planner
	dependents map[wait][]string // who waits
	waits      map[wait]int      // the step that waits
	gates      map[string][]int  // after which a service counts as started
}

// writeStarts writes the start phase: dependencies first, and between a dependency and who waits for it one wait for
// each condition. Nothing is waited for where the dependency was running before and all who wait for it run too.
func (p *planner) writeStarts() {
	w := starts{planner: p, dependents: map[wait][]string{}, waits: map[wait]int{}, gates: map[string][]int{}}
	for _, s := range p.services {
		for _, d := range p.dependencies(s) {
			if d.Condition != declared.Started && (p.serviceStarts(s.Name) || p.serviceStarts(d.Service)) {
				k := wait{d.Service, d.Condition, !d.Required}
				w.dependents[k] = append(w.dependents[k], s.Name)
			}
		}
	}
	for _, s := range p.services {
		w.writeService(s)
	}
	if p.in.Goal.Wait {
		for _, s := range p.services {
			w.writeGoalWait(s)
		}
	}
}

// writeService writes the starts of a service and the waits for it.
func (w *starts) writeService(s *declared.Service) {
	after := w.after(s)
	for _, r := range w.replicas[s.Name] {
		if r.oneOff != nil {
			w.writeOneOff(r, after)
			continue
		}
		if !r.starts {
			continue
		}
		if r.asked && r.existing.Running() && r.stopped == 0 {
			r.stopped = w.writeStop(r.existing, r.entry, after, r.reasons, r.group())
		}
		r.started = w.add(Step{
			Action: StartContainer{ID: r.name, Service: s.Name, Number: r.number, Hooks: len(s.PostStart)},
			Needs:  append([]int{r.ready, r.stopped}, append(after, w.holders(r)...)...), Reasons: startReasons(r), Group: r.group(),
		})
		w.gates[s.Name] = append(w.gates[s.Name], r.started)
	}
	if len(w.gates[s.Name]) == 0 {
		w.gates[s.Name] = needs(after...)
	}
	// A wait that only warns comes after the ones that fail, so that no two probe a container at once.
	for _, optional := range []bool{false, true} {
		for _, c := range []declared.Condition{declared.Healthy, declared.Completed} {
			w.writeWait(s, wait{s.Name, c, optional})
		}
	}
}

func startReasons(r *replica) []Reason {
	switch {
	case r.made():
		return nil // said where it is created
	case r.asked && r.stopped != 0:
		return nil // said where it is stopped
	case r.restart:
		return r.reasons
	}
	return []Reason{{Cause: CauseStopped}}
}

// after gives the steps that a service's starts need: what its dependencies' conditions end with.
func (w *starts) after(s *declared.Service) []int {
	var out []int
	for _, d := range w.dependencies(s) {
		if id := w.waits[wait{d.Service, d.Condition, !d.Required}]; id != 0 {
			out = append(out, id)
			continue
		}
		out = append(out, w.gates[d.Service]...)
	}
	return out
}

// holders are the steps that end containers whose ports or volumes this one takes over.
func (w *starts) holders(r *replica) []int {
	out := w.portHolders(r)
	for _, v := range r.volumes {
		for _, h := range w.volumeHolders()[v.Volume] {
			if h != r {
				out = append(out, h.stopped, h.removed)
			}
		}
	}
	return out
}

func (w *starts) writeWait(s *declared.Service, k wait) {
	for_ := w.dependents[k]
	if len(for_) == 0 {
		return
	}
	if k.condition == declared.Healthy {
		w.refuseUnhealthable(s, for_, k.optional)
	}
	after := w.gates[s.Name]
	if k.optional {
		after = append(slices.Clone(after), w.waits[wait{k.service, k.condition, false}])
	}
	w.waits[k] = w.add(Step{
		Action: w.await(s, k.condition, for_), Needs: after, Reasons: []Reason{{Cause: CauseDependency}}, Optional: k.optional,
	})
}

func (w *starts) await(s *declared.Service, c declared.Condition, for_ []string) Await {
	a := Await{Service: s.Name, Condition: c, For: for_, Timeout: w.in.Goal.WaitTimeout}
	for _, r := range w.replicas[s.Name] {
		a.IDs = append(a.IDs, r.name)
	}
	if c == declared.Healthy {
		a.Health = s.Healthcheck
	}
	return a
}

// checked tells whether a service has a health check of its own or by its image, as far as that is known.
func (p *planner) checked(s *declared.Service) (has, known bool) {
	if h := s.Healthcheck; h != nil && (h.Disable || len(h.Test) > 0) {
		return !h.Disable && h.Test[0] != "NONE", true
	}
	if use := p.images[s.Name]; use != nil && use.step != 0 { // what is pulled or built may have another
		p.unknown(unknownImages)
		return true, false
	}
	facts := p.factsOf(s)
	if facts == nil {
		return true, false
	}
	h := facts.Healthcheck
	return h != nil && len(h.Test) > 0 && h.Test[0] != "NONE", true
}

func (p *planner) refuseUnhealthable(s *declared.Service, for_ []string, optional bool) {
	if has, known := p.checked(s); has || !known {
		return
	}
	severity := finding.Error
	if optional {
		severity = finding.Warning
	}
	p.find(severity, "services."+for_[0]+".depends_on."+s.Name,
		fmt.Sprintf("%s shall be healthy first, and it has no healthcheck configured", s.Name),
		fmt.Sprintf("add a healthcheck to %s, or wait for service_started", s.Name))
}

// writeGoalWait writes the wait of "up --wait" for a service: completed when some service waits for its completion,
// healthy when it has a check, running otherwise.
func (w *starts) writeGoalWait(s *declared.Service) {
	if len(w.replicas[s.Name]) == 0 {
		return
	}
	condition := declared.Started
	if has, known := w.checked(s); has && known {
		condition = declared.Healthy
	}
	for _, other := range w.services {
		for _, d := range other.DependsOn {
			if d.Service == s.Name && d.Condition == declared.Completed {
				condition = declared.Completed
			}
		}
	}
	after := slices.Clone(w.gates[s.Name])
	for _, optional := range []bool{false, true} {
		for _, c := range []declared.Condition{declared.Healthy, declared.Completed} {
			after = append(after, w.waits[wait{s.Name, c, optional}])
		}
	}
	w.add(Step{Action: w.await(s, condition, nil), Needs: after, Reasons: []Reason{{Cause: CauseGoal}}})
}
