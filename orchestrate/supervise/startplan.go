package supervise

import (
	"cmp"
	"slices"
	"time"

	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// startable is a container that is to be started.
type startable struct {
	id, service string
	number      int
	after       []declared.Dependency
	health      *declared.Healthcheck
	run         int  // its latest run
	anyway      bool // also when the user had stopped it
}

// conditionPatience bounds how long a start waits for the health of another container: it is not left undone.
const conditionPatience = time.Minute

// startPlan is the plan that starts containers, dependencies first. What a container waits for is what is started with
// it; a condition that does not come true delays it, and no more.
func startPlan(wanted []startable) plan.Plan {
	wanted = slices.Clone(wanted)
	slices.SortFunc(wanted, func(a, b startable) int { return cmp.Compare(a.id, b.id) })
	w := &startWriter{byService: map[string][]startable{}, starts: map[string][]int{}, healthy: map[string]int{}, done: map[string]bool{}}
	for _, s := range wanted {
		w.byService[s.service] = append(w.byService[s.service], s)
	}
	for _, s := range wanted {
		w.write(s.service)
	}
	return plan.Plan{Goal: plan.Goal{Verb: plan.Start}, Steps: w.steps}
}

type startWriter struct {
	byService map[string][]startable
	steps     []plan.Step
	starts    map[string][]int
	healthy   map[string]int
	done      map[string]bool
}

func (w *startWriter) add(s plan.Step) int {
	s.ID = len(w.steps) + 1
	w.steps = append(w.steps, s)
	return s.ID
}

// write writes the starts of a service, those of what it depends on before.
func (w *startWriter) write(service string) {
	if w.done[service] {
		return
	}
	w.done[service] = true
	for _, s := range w.byService[service] {
		var needs []int
		for _, d := range s.after {
			w.write(d.Service)
			needs = append(needs, w.gate(d)...)
		}
		id := w.add(plan.Step{
			Action: plan.StartContainer{ID: s.id, Service: s.service, Number: s.number},
			Needs:  needs, Reasons: []plan.Reason{{Cause: plan.CauseStopped}},
		})
		w.starts[service] = append(w.starts[service], id)
	}
}

// gate gives the steps after which a dependency holds.
func (w *startWriter) gate(d declared.Dependency) []int {
	list := w.byService[d.Service]
	if d.Condition != declared.Healthy || len(list) == 0 || len(w.starts[d.Service]) == 0 {
		return w.starts[d.Service]
	}
	if w.healthy[d.Service] == 0 {
		a := plan.Await{
			Service: d.Service, Condition: declared.Healthy, Timeout: conditionPatience, Health: list[0].health, For: []string{d.Service},
		}
		for _, s := range list {
			a.IDs = append(a.IDs, s.id)
		}
		w.healthy[d.Service] = w.add(plan.Step{Action: a, Needs: w.starts[d.Service], Optional: true})
	}
	return []int{w.healthy[d.Service]}
}
