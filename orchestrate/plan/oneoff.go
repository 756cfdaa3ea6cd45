package plan

import (
	"fmt"
	"slices"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// OneOff is the container of a "run": of the goal's one service, as the project of the request declares it, beside the
// service's replicas, which are left alone.
type OneOff struct {
	// Name is the container's, Slug the random text behind it, for the label that Docker Compose gives it.
	Name string `json:"name"`
	Slug string `json:"slug"`
	// Attended is true when the caller starts the container itself, on its own terminal, once the plan was run.
	Attended bool `json:"attended,omitempty"`
	// Aliases makes it answer to the service's names.
	Aliases bool `json:"aliases,omitempty"`
}

// oneOffOf gives the one-off of a service, nil when the goal has none for it.
func (p *planner) oneOffOf(s *declared.Service) *OneOff {
	if p.in.Goal.Verb == Run && slices.Contains(p.in.Goal.Services, s.Name) {
		return p.in.Goal.OneOff
	}
	return nil
}

// decideOneOff makes the one container that a run wants of its service.
func (p *planner) decideOneOff(s *declared.Service, o *OneOff) {
	r := &replica{service: s, name: o.Name, oneOff: o, reasons: []Reason{{Cause: CauseGoal}}}
	p.describe(r)
	p.replicas[s.Name] = []*replica{r}
}

// writeOneOff creates it once its dependencies are there, as Docker Compose does: its hosts file then has their
// addresses from the start.
func (w *starts) writeOneOff(r *replica, after []int) {
	r.after = append(slices.Clone(after), w.holders(r)...)
	w.writeCreate(r)
	if !r.oneOff.Attended {
		r.started = w.add(Step{Action: StartContainer{ID: r.name, Service: r.service.Name, Hooks: len(r.service.PostStart)}, Needs: []int{r.ready}})
	}
}

// label sets the labels by which a one-off is told from a replica.
func (o *OneOff) label(labels map[string]string) {
	if o == nil {
		return
	}
	delete(labels, declared.LabelNumber)
	delete(labels, declared.OwnNumber)
	labels[declared.LabelOneOff], labels[declared.LabelSlug] = "True", o.Slug
	labels[declared.OwnOneOff] = "true"
	if o.Aliases {
		labels[declared.OwnAliases] = "true"
	}
}

// refuseHeldByService refuses a run whose volume a running container of the project holds.
func (p *planner) refuseHeldByService(volume string, h holder, e *ledger.Entry) {
	p.find(finding.Error, "volume "+volume, fmt.Sprintf("container %s runs and holds the volume, and only one running container may write to it", h.id),
		fmt.Sprintf("run the command in the container that has it (`exec %s COMMAND`), stop that first (`stop %s`), or bind-mount a directory instead of the volume",
			e.Service, e.Service))
}

// chosenByName gives the containers that the goal names, one-offs too.
func (p *planner) chosenByName(members []member) []member {
	return slices.DeleteFunc(slices.Clone(members), func(m member) bool {
		return m.helper || !slices.Contains(p.in.Goal.Containers, m.container.ID)
	})
}
