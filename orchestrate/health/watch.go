package health

import (
	"context"
	"errors"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/translate/declared"
)

// WatchRequest says whose health is watched.
type WatchRequest struct {
	WaitRequest
	// Turn waits until a probe may run and gives what ends its turn; nil: always at once. It bounds how many probes run
	// at a time, and its wait does not count against the probe's timeout.
	Turn func(context.Context) (done func(), err error)
}

// claimInterval is how often a watcher asks whether whoever probes instead of it has ended.
const claimInterval = 500 * time.Millisecond

// Watch probes a container at its check's intervals for as long as it runs, and keeps its state. While somebody else
// probes it (a command that waits for it), it stands by. It returns an error that is ErrGone when the container does not
// run any more, or ctx's error.
func Watch(ctx context.Context, rt Executor, r WatchRequest) error {
	ctx, cancel := untilEnded(ctx, r.Ended)
	defer cancel()
	err := watch(ctx, rt, r)
	if err != nil && errors.Is(context.Cause(ctx), ErrGone) {
		return ErrGone
	}
	return err
}

func watch(ctx context.Context, rt Executor, r WatchRequest) error {
	if err := statedir.MakePrivate(r.Dir); err != nil {
		return err
	}
	for {
		held, ok, err := claim(r.Dir)
		if err != nil {
			return err
		}
		if ok {
			defer held.Close()
			break
		}
		if err := pause(ctx, claimInterval); err != nil {
			return err
		}
	}
	s, known, err := Read(r.Dir)
	if err != nil || !known || !s.Started.Equal(r.Started) {
		s = Begin(r.Started)
		if err := save(r.Dir, s); err != nil {
			return err
		}
		if r.Changed != nil {
			r.Changed(s)
		}
	}
	due := nextProbe(s, r.Check, time.Now())
	for {
		if err := pause(ctx, time.Until(due)); err != nil {
			return err
		}
		result, err := r.probe(ctx, rt)
		if err != nil {
			return err
		}
		s = s.Next(result, r.Check)
		if err := save(r.Dir, s); err != nil {
			return err
		}
		if r.Changed != nil {
			r.Changed(s)
		}
		due = result.End.Add(s.Delay(r.Check, result.End))
	}
}

// probe runs one probe when it is its turn.
func (r *WatchRequest) probe(ctx context.Context, rt Executor) (Result, error) {
	if r.Turn != nil {
		done, err := r.Turn(ctx)
		if err != nil {
			return Result{}, err
		}
		defer done()
	}
	return Probe(ctx, rt, r.ID, r.Check)
}

// nextProbe says when to go on: a delay after the last probe or the start. What is overdue, as after a sleep of the
// machine, is due at once.
func nextProbe(s State, check declared.Healthcheck, now time.Time) time.Time {
	if s.Status == Starting {
		return firstProbe(s, check, now)
	}
	last, _ := s.Last()
	return last.End.Add(s.Delay(check, now))
}
