package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// start carries out the rest of the up and gives the lock back.
func (f *foreground) start(ctx context.Context, op orchestrate.Operation) {
	f.work.Go(func() {
		err := errors.Join(op.Run(ctx, f.tell), op.Close())
		f.then(func() error { return f.startEnded(err) })
	})
}

// startEnded notes the end of the start phase. After a failure, the last words of what has ended are waited for.
func (f *foreground) startEnded(err error) error {
	f.state.started = true
	if f.state.stopping {
		f.runStop() // it waited for the lock
		return nil
	}
	if err == nil {
		return nil
	}
	f.failure, f.state.failed = err, true
	f.state.last = f.justEnded()
	f.giveUpLater()
	return nil
}

// justEnded gives the containers that have ended since the start phase began and whose exit was not seen yet.
func (f *foreground) justEnded() map[string]bool {
	out := map[string]bool{}
	ctx, cancel := context.WithTimeout(context.Background(), lastLines)
	defer cancel()
	containers, err := f.client.Containers(ctx, f.request.Ref)
	if err != nil {
		return out // the failure that is known is enough
	}
	for _, c := range containers {
		open := f.state.expected[c.Name] || f.state.running[c.Name]
		if open && c.State == orchestrate.StateExited && c.Finished.After(f.began) && slices.Contains(f.watch.followed, c.Service) {
			out[c.Name] = true
		}
	}
	return out
}

func (f *foreground) giveUpLater() {
	time.AfterFunc(lastLines, func() {
		f.then(func() error { f.state.gaveUp = true; return nil })
	})
}

// interrupt does what a signal of the user asks for.
func (f *foreground) interrupt(ctx context.Context) {
	switch f.state.interrupted() {
	case stopGently:
		f.say("Gracefully Stopping... press Ctrl+C again to force")
		f.stopAll()
	case killAll:
		if f.stop != nil {
			f.stop.Force()
		}
	case leave:
		f.c.app.leave()
	}
}

// stopAll ends the start phase, then stops the services that the up was about.
func (f *foreground) stopAll() {
	f.endRun()
	if f.state.started {
		f.runStop()
	}
}

// runStop stops the containers in an operation of its own, once.
func (f *foreground) runStop() {
	if f.stopRuns {
		return
	}
	f.stopRuns = true
	goal := plan.Goal{Verb: plan.Stop, Services: f.watch.selected, Timeout: f.request.Goal.Timeout}
	r := f.request
	r.Goal, r.Findings, r.Memory = goal, nil, plan.Memory{}
	f.work.Go(func() {
		// The user's signals come to us: nothing else ends a stop.
		ctx := context.Background()
		op, err := f.client.Begin(ctx, r, (&operation{c: f.c}).waiting)
		if err == nil {
			f.then(func() error { f.stopBegun(op); return nil })
			err = errors.Join(op.Run(ctx, f.tell), op.Close())
		}
		f.then(func() error { return f.stopEnded(err) })
	})
}

func (f *foreground) stopBegun(op orchestrate.Operation) {
	if f.stop = op; f.state.interrupts > 1 {
		op.Force()
	}
}

func (f *foreground) stopEnded(err error) error {
	if err != nil {
		return err
	}
	f.state.stopped = true
	f.giveUpLater()
	return nil
}
