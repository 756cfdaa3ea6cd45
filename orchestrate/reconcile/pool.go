package reconcile

import (
	"context"
	"runtime"
)

// pool bounds how many VMs boot or power off at once: many at a time starve the guests' network (observed, section
// 3.2). Boots and power-offs share it.
type pool chan struct{}

// newPool makes a pool of n slots; 0 gives the default, a quarter of the cores, at least two and at most four.
func newPool(n int) pool {
	if n <= 0 {
		n = min(max(2, runtime.NumCPU()/4), 4)
	}
	return make(pool, n)
}

// enter takes a slot, or fails when ctx ends first. leave gives it back.
func (p pool) enter(ctx context.Context) error {
	select {
	case p <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p pool) leave() { <-p }
