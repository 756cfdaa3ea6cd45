package health

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/translate/declared"
)

// WaitRequest says whose health is awaited.
type WaitRequest struct {
	ID string
	// Dir is the container's folder (statedir.Project.Container), where the state is kept.
	Dir string
	// Check is an effective one.
	Check declared.Healthcheck
	// Started is the container's, as the runtime tells it.
	Started time.Time
	// Ended is closed when the container has ended (record.Handle.Done); nil when nobody tells. Without it the end is
	// seen by the next probe.
	Ended <-chan struct{}
	// Changed is called with the state after each probe; it may be nil.
	Changed func(State)
}

// UnhealthyError says that a container's check failed as often as it may.
type UnhealthyError struct {
	ID   string
	Last Result
}

// Error names the container and what the last probe said.
func (e *UnhealthyError) Error() string {
	s := fmt.Sprintf("container %s is unhealthy", e.ID)
	if e.Last.Output != "" {
		s += fmt.Sprintf(": its check gave exit code %d: %s", e.Last.ExitCode, e.Last.Output)
	}
	return s
}

// lookInterval is how often a waiter looks at the state that another process keeps.
const lookInterval = 100 * time.Millisecond

// Wait waits until a container is healthy, and probes it as long as nobody else does: there are never two probes of
// one container at once, whatever processes wait for it. It gives the last state, and an *UnhealthyError when the
// container is unhealthy, an error that is ErrGone when it does not run any more, or ctx's error. An outcome from before
// that nobody keeps up is checked by one probe at once.
func Wait(ctx context.Context, rt Executor, r WaitRequest) (State, error) {
	ctx, cancel := untilEnded(ctx, r.Ended)
	defer cancel()
	s, err := wait(ctx, rt, r)
	if err != nil && errors.Is(context.Cause(ctx), ErrGone) {
		err = fmt.Errorf("wait for %s: %w", r.ID, ErrGone)
	}
	return s, err
}

func wait(ctx context.Context, rt Executor, r WaitRequest) (State, error) {
	if err := statedir.MakePrivate(r.Dir); err != nil {
		return State{}, err
	}
	begun := time.Now()
	for {
		held, ok, err := claim(r.Dir)
		if err != nil {
			return State{}, err
		}
		s, known, readErr := Read(r.Dir)
		if readErr != nil || !known || !s.Started.Equal(r.Started) {
			s = Begin(r.Started) // a damaged file is replaced: health is found out anew
		}
		last, _ := s.Last()
		if ok && (s.Status == Starting || !last.End.After(begun)) {
			s, err = probeUntilKnown(ctx, rt, r, s)
			_ = held.Close()
			return s, err
		}
		if ok {
			_ = held.Close()
		}
		// Somebody else probes, or did while this one waited: their outcome is ours.
		if s.Status != Starting {
			return s, outcome(r.ID, s)
		}
		if err := pause(ctx, lookInterval); err != nil {
			return State{}, err
		}
	}
}

// probeUntilKnown is the loop of the one who probes, from a state on.
func probeUntilKnown(ctx context.Context, rt Executor, r WaitRequest, s State) (State, error) {
	if err := save(r.Dir, s); err != nil {
		return s, err
	}
	due := firstProbe(s, r.Check, time.Now())
	for {
		if err := pause(ctx, time.Until(due)); err != nil {
			return s, err
		}
		result, err := Probe(ctx, rt, r.ID, r.Check)
		if err != nil {
			return s, err
		}
		s = s.Next(result, r.Check)
		if err := save(r.Dir, s); err != nil {
			return s, err
		}
		if r.Changed != nil {
			r.Changed(s)
		}
		if s.Status == Unhealthy || result.ExitCode == 0 {
			return s, outcome(r.ID, s)
		}
		due = result.End.Add(s.Delay(r.Check, result.End))
	}
}

// firstProbe says when to probe first. An outcome from before may be out of date, since nobody probed: it is checked
// at once. Otherwise the first probe is a delay after the start, as with Docker; Started has whole seconds, so that a
// container which has just been started counts from now.
func firstProbe(s State, check declared.Healthcheck, now time.Time) time.Time {
	from := s.Started
	if last, ok := s.Last(); ok {
		from = last.End
	} else if now.Sub(from) < 2*time.Second {
		from = now
	}
	if s.Status != Starting {
		return now
	}
	return from.Add(s.Delay(check, now))
}

func outcome(id string, s State) error {
	if s.Status != Unhealthy {
		return nil
	}
	last, _ := s.Last()
	return &UnhealthyError{ID: id, Last: last}
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// untilEnded gives a context that ends with cause ErrGone when the container ends.
func untilEnded(ctx context.Context, ended <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := make(chan struct{})
	go func() {
		select {
		case <-ended:
			cancel(ErrGone)
		case <-stop:
		}
	}()
	return ctx, func() { close(stop); cancel(nil) }
}
