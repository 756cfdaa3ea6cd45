package adaptertest

import (
	"context"
	"time"

	"github.com/hostwright/compose/adapter"
)

// Slow makes every call take time before it reaches the runtime.
type Slow struct{ wrapped }

var _ adapter.RuntimeAdapter = (*Slow)(nil)

// NewSlow goes around an adapter; delay says how long a call waits. A call whose context ends while it waits is not
// made.
func NewSlow(a adapter.RuntimeAdapter, delay func(Call) time.Duration) *Slow {
	s := &Slow{}
	s.wrapped = wrapped{RuntimeAdapter: a, around: func(ctx context.Context, c Call, next func(context.Context) error) error {
		if err := pause(ctx, delay(c)); err != nil {
			return err
		}
		return next(ctx)
	}}
	return s
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
