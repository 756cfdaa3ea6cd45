package reconcile

import (
	"slices"
	"testing"

	"github.com/hostwright/compose/orchestrate/plan"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

func ids(steps []plan.Step) []int {
	var out []int
	for _, s := range steps {
		out = append(out, s.ID)
	}
	return out
}

func TestPhasesPartAtTheFirstStart(t *testing.T) {
	create, start := phases([]plan.Step{
		{ID: 1, Action: plan.CreateNetwork{}},
		{ID: 2, Action: plan.CreateContainer{ID: "db"}, Needs: []int{1}},
		{ID: 3, Action: plan.StartContainer{ID: "db"}, Needs: []int{2}},
		{ID: 4, Action: plan.CreateContainer{ID: "web"}, Needs: []int{1}},
		{ID: 5, Action: plan.Await{}, Needs: []int{3}},
		{ID: 6, Action: plan.StopContainer{ID: "old"}, Needs: []int{5}},
		{ID: 7, Action: plan.StartContainer{ID: "web"}, Needs: []int{4, 5}},
		{ID: 8, Action: plan.Await{}},
	})
	assert.DeepEqual(t, ids(create), []int{1, 2, 4})
	assert.DeepEqual(t, ids(start), []int{3, 5, 6, 7, 8})
	assert.DeepEqual(t, start[0].Needs, []int(nil))
	assert.DeepEqual(t, start[3].Needs, []int{5})
}

// Nothing is lost, nothing of the first phase waits for the second, and the second keeps its edges inside itself.
func TestPhasesOfAnyPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var steps []plan.Step
		n := rapid.IntRange(0, 20).Draw(t, "steps")
		for id := 1; id <= n; id++ {
			s := plan.Step{ID: id, Action: rapid.SampledFrom([]plan.Action{
				plan.CreateContainer{}, plan.StartContainer{}, plan.StopContainer{}, plan.Await{}, plan.CreateVolume{},
			}).Draw(t, "action")}
			for need := 1; need < id; need++ {
				if rapid.Bool().Draw(t, "need") {
					s.Needs = append(s.Needs, need)
				}
			}
			steps = append(steps, s)
		}
		create, start := phases(steps)
		assert.Equal(t, len(create)+len(start), len(steps))
		second := map[int]bool{}
		for _, s := range start {
			second[s.ID] = true
		}
		for _, s := range create {
			assert.Assert(t, s.Action.Kind() != plan.KindStartContainer && s.Action.Kind() != plan.KindAwait)
			for _, need := range s.Needs {
				assert.Assert(t, !second[need])
			}
		}
		for _, s := range start {
			for _, need := range steps[s.ID-1].Needs {
				assert.Equal(t, second[need], slices.Contains(s.Needs, need))
			}
		}
	})
}
