package reconcile

import (
	"context"
	"errors"
	"sync"

	"github.com/hostwright/compose/orchestrate/plan"
)

// Outcome is how a step ended.
type Outcome string

// The outcomes. Skipped steps were never tried, because something they need did not end in Done.
const (
	Done    Outcome = "done"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// walk runs do for every step, each as soon as all steps it needs are Done, and gives the outcomes by step ID. The
// first failure keeps steps that have not begun from beginning and cancels the context of those that wait; what runs
// ends by itself. The error joins what failed, in step order.
func walk(ctx context.Context, steps []plan.Step, do func(context.Context, plan.Step) error) (map[int]Outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	finished := make(map[int]chan struct{}, len(steps))
	for _, s := range steps {
		finished[s.ID] = make(chan struct{})
	}
	var (
		mu       sync.Mutex
		outcomes = make(map[int]Outcome, len(steps))
		errs     = make([]error, len(steps))
		wg       sync.WaitGroup
	)
	for i, s := range steps {
		wg.Go(func() {
			outcome := Skipped
			defer func() {
				mu.Lock()
				outcomes[s.ID] = outcome
				mu.Unlock()
				close(finished[s.ID])
			}()
			for _, need := range s.Needs {
				<-finished[need] // closes whatever happens: a step ends Done, Failed or Skipped
				mu.Lock()
				ok := outcomes[need] == Done
				mu.Unlock()
				if !ok {
					return
				}
			}
			if ctx.Err() != nil {
				return
			}
			if err := do(ctx, s); err != nil {
				outcome, errs[i] = Failed, err
				cancel()
				return
			}
			outcome = Done
		})
	}
	wg.Wait()
	return outcomes, firstCauses(errs)
}

// firstCauses joins the errors but for those that are only the echo of a cancellation beside a real one.
func firstCauses(errs []error) error {
	var real, echo []error
	for _, err := range errs {
		switch {
		case err == nil:
		case errors.Is(err, context.Canceled):
			echo = append(echo, err)
		default:
			real = append(real, err)
		}
	}
	if len(real) > 0 {
		return errors.Join(real...)
	}
	return errors.Join(echo...)
}
