package reconcile

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hostwright/compose/orchestrate/plan"
	"gotest.tools/v3/assert"
)

// The switch of step knows every kind of action. What it does with one that names nothing is to fail, each in its way.
func TestStepKnowsEveryKindOfAction(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nobody is to wait for anything
	for _, kind := range plan.Kinds {
		data, err := json.Marshal(map[string]any{"id": 1, "kind": kind, "action": map[string]any{}})
		assert.NilError(t, err)
		var s plan.Step
		assert.NilError(t, json.Unmarshal(data, &s))
		message := ""
		func() {
			defer func() { _ = recover() }() // a run without a runtime cannot carry it out; that it tries is enough
			if err := (&run{}).step(ctx, s); err != nil {
				message = err.Error()
			}
		}()
		assert.Assert(t, !strings.Contains(message, "no way to carry out"), "%s: %s", kind, message)
	}
	err := (&run{}).step(ctx, plan.Step{ID: 7, Action: stranger{}})
	assert.ErrorContains(t, err, "step 7: no way to carry out")
}

// stranger is an action of no known kind.
type stranger struct{ plan.Action }
