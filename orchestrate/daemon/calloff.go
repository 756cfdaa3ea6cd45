package daemon

import (
	"slices"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/record"
)

// callOffRestarts makes a stop or kill hold for containers that do not run and wait for a restart by their policy. No
// step of the plan is about those; what runs is marked when its signal is sent.
func (o *operation) callOffRestarts() error {
	g := o.request.Goal
	if o.ledger == nil || g.Verb != plan.Stop && g.Verb != plan.Kill {
		return nil
	}
	dir := o.State.Project(o.request.Ref.Name, o.request.Ref.Dir)
	for i := range o.ledger.Entries {
		e := &o.ledger.Entries[i]
		if e.Kind != ledger.Container || len(g.Services) > 0 && !slices.Contains(g.Services, e.Service) {
			continue
		}
		if c, ok := o.inputs.Snapshot.Container(e.Name); !ok || c.Running() {
			continue
		}
		if err := record.MarkUserEnd(dir.Container(e.Name), record.UserEnd{Time: o.Now()}); err != nil {
			return err
		}
	}
	return nil
}
