package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/hostwright/compose/orchestrate/hook"
)

// Intervals between looks for a container that is about to run.
const (
	firstHookLook  = 50 * time.Millisecond
	latestHookLook = 400 * time.Millisecond
)

// postStart runs the service's hooks as soon as the container runs. ended is to be called once its process has ended
// (ran: and has run at all); it waits for the hooks and gives their failure.
func (a *attended) postStart(ctx context.Context) (ended func(ran bool) error) {
	if a.service == nil || len(a.service.PostStart) == 0 {
		return func(bool) error { return nil }
	}
	looking, stopLooking := context.WithCancel(ctx)
	result := make(chan error, 1)
	late := false
	go func() {
		late = !a.awaitRunning(looking)
		if late {
			result <- nil
			return
		}
		err := hook.Run(ctx, a.runtime, a.service, a.container, a.service.PostStart, nil)
		if late = hook.NotRun(err); late {
			err = nil
		}
		result <- err
	}()
	return func(ran bool) error {
		stopLooking()
		err := <-result
		if late && ran {
			a.c.say(fmt.Sprintf("the post_start hooks of %s did not run: the command had ended before", a.service.Name))
		}
		return err
	}
}

// awaitRunning looks until the container runs; false when ctx ends before.
func (a *attended) awaitRunning(ctx context.Context) bool {
	for pause := firstHookLook; ; pause = min(pause*3/2, latestHookLook) {
		// One that cannot be looked at may be so at the next look.
		if c, err := a.runtime.InspectContainer(ctx, a.container); err == nil && c.Running() {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
}
