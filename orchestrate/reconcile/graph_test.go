package reconcile

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/hostwright/compose/orchestrate/plan"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

func TestWalkRunsAStepOnlyAfterWhatItNeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := randomSteps(t)
		var mu sync.Mutex
		var order []int
		outcomes, err := walk(context.Background(), steps, func(_ context.Context, s plan.Step) error {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, s.ID)
			return nil
		})
		assert.NilError(t, err)
		assert.Equal(t, len(order), len(steps))
		for _, s := range steps {
			assert.Equal(t, outcomes[s.ID], Done)
			for _, need := range s.Needs {
				assert.Assert(t, slices.Index(order, need) < slices.Index(order, s.ID), "step %d ran before %d", s.ID, need)
			}
		}
	})
}

func TestWalkNeverReleasesTheDependentsOfAFailedStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := randomSteps(t)
		broken := errors.New("broken")
		failing := rapid.IntRange(1, len(steps)).Draw(t, "failing")
		var mu sync.Mutex
		ran := map[int]bool{}
		outcomes, err := walk(context.Background(), steps, func(_ context.Context, s plan.Step) error {
			mu.Lock()
			ran[s.ID] = true
			mu.Unlock()
			if s.ID == failing {
				return broken
			}
			return nil
		})
		if !ran[failing] { // never, as nothing else fails
			t.Fatal("the failing step did not run")
		}
		assert.ErrorIs(t, err, broken)
		assert.Equal(t, outcomes[failing], Failed)
		for _, s := range steps {
			for _, need := range s.Needs {
				if outcomes[need] != Done {
					assert.Equal(t, outcomes[s.ID], Skipped)
					assert.Assert(t, !ran[s.ID])
				}
			}
		}
	})
}

func TestWalkGivesTheCauseAndNotItsEcho(t *testing.T) {
	started := make(chan struct{})
	steps := []plan.Step{{ID: 1}, {ID: 2}}
	_, err := walk(context.Background(), steps, func(ctx context.Context, s plan.Step) error {
		if s.ID == 1 {
			close(started)
			<-ctx.Done()
			return ctx.Err()
		}
		<-started
		return errors.New("disk is full")
	})
	assert.Error(t, err, "disk is full")
}

func randomSteps(t *rapid.T) []plan.Step {
	n := rapid.IntRange(1, 20).Draw(t, "steps")
	steps := make([]plan.Step, n)
	for i := range steps {
		steps[i].ID = i + 1
		for need := 1; need <= i; need++ {
			if rapid.IntRange(0, 4).Draw(t, "edge") == 0 {
				steps[i].Needs = append(steps[i].Needs, need)
			}
		}
	}
	return steps
}
