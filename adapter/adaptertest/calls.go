package adaptertest

import (
	"context"
	"slices"
	"sync"

	"github.com/hostwright/compose/adapter"
)

// Calls passes every call on and records it.
type Calls struct {
	wrapped
	mu      sync.Mutex
	calls   []Call
	running map[string]int
	most    map[string]int
}

var _ adapter.RuntimeAdapter = (*Calls)(nil)

// NewCalls goes around an adapter.
func NewCalls(a adapter.RuntimeAdapter) *Calls {
	c := &Calls{running: map[string]int{}, most: map[string]int{}}
	c.wrapped = wrapped{RuntimeAdapter: a, around: c.record}
	return c
}

func (c *Calls) record(ctx context.Context, call Call, next func(context.Context) error) error {
	c.mu.Lock()
	c.calls = append(c.calls, call)
	c.running[call.Op]++
	c.most[call.Op] = max(c.most[call.Op], c.running[call.Op])
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.running[call.Op]--
		c.mu.Unlock()
	}()
	return next(ctx)
}

// List gives the calls in the order in which they began.
func (c *Calls) List() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// Mutations gives those of List that change the runtime.
func (c *Calls) Mutations() []Call {
	return slices.DeleteFunc(c.List(), func(call Call) bool { return !adapter.Mutates(call.Op) })
}

// Count tells how often an operation was called.
func (c *Calls) Count(op string) int {
	n := 0
	for _, call := range c.List() {
		if call.Op == op {
			n++
		}
	}
	return n
}

// MostAtOnce tells how many calls of an operation ran at the same time at most.
func (c *Calls) MostAtOnce(op string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most[op]
}

// Reset forgets all calls that ended.
func (c *Calls) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = nil
	clear(c.most)
}
