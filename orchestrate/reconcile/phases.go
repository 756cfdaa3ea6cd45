package reconcile

import "github.com/hostwright/compose/orchestrate/plan"

// phases splits a plan's steps: what can be done before anything is started, and the starts with all that follows from
// them. A step of the second phase needs no longer what the first has done.
func phases(steps []plan.Step) (create, start []plan.Step) {
	later := map[int]bool{}
	for _, s := range steps {
		var needs []int
		for _, id := range s.Needs {
			if later[id] {
				needs = append(needs, id)
			}
		}
		kind := s.Action.Kind()
		if len(needs) == 0 && kind != plan.KindStartContainer && kind != plan.KindAwait {
			create = append(create, s)
			continue
		}
		later[s.ID] = true
		s.Needs = needs
		start = append(start, s)
	}
	return create, start
}
