package reconcile

import (
	"context"
	"time"
)

type abandonKey struct{}

// WithAbandon gives a context for Run that tells, beside its own end, when whoever asked has gone: gone is closed. The end
// of ctx is the user's wish to stop, and a container that was signalled is still stopped in order; once gone is closed,
// nothing is waited for any more, as after the death of the process.
func WithAbandon(ctx context.Context, gone <-chan struct{}) context.Context {
	return context.WithValue(ctx, abandonKey{}, gone)
}

// outliving gives a context that lasts for a time whatever becomes of ctx, but no longer than whoever asked is there.
func outliving(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	gone, _ := ctx.Value(abandonKey{}).(<-chan struct{})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), most)
	if gone == nil {
		return ctx, cancel
	}
	go func() {
		select {
		case <-gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
