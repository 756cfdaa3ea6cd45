package daemon

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"gotest.tools/v3/assert"
)

// disturbance is what happens to an operation at its n-th call of the runtime.
type disturbance struct {
	name string
	// disturb runs the operation that asks for a goal, and tells whether it came to the n-th call.
	disturb func(s *shop, g plan.Goal, n int) bool
}

var disturbances = []disturbance{
	{"the call fails", failing("fail")},
	{"the call works and fails", failing("fail-after")},
	{"the answer is lost before", failing("fail=timeout")},
	{"the answer is lost after", failing("fail-after=timeout")},
	{"cancelled at the call", cancelled},
	{"killed before the call", killed("hang")},
	{"killed after the call", killed("hang-after")},
}

// failing makes the call fail, a recorder's as well.
func failing(action string) func(*shop, plan.Goal, int) bool {
	return func(s *shop, g plan.Goal, n int) bool {
		faulty := s.faulty(s.calls, n, action)
		_, _, err := s.operate(s.t.Context(), s.client(faulty, faulty), s.request(g))
		if err != nil && faulty.Hits() == 0 {
			s.t.Errorf("undisturbed, and it fails: %v", err)
		}
		return faulty.Hits() > 0
	}
}

func (s *shop) faulty(a adapter.RuntimeAdapter, n int, action string) *adaptertest.Faulty {
	f, err := adaptertest.NewFaulty(a, fmt.Sprintf("%d:%s", n, action))
	assert.NilError(s.t, err)
	return f
}

// cancelled ends the operation's context at the call. Recorders go on.
func cancelled(s *shop, g plan.Goal, n int) bool {
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	var seen atomic.Int32
	counting := adaptertest.NewSlow(s.calls, func(adaptertest.Call) time.Duration {
		if seen.Add(1) == int32(n) {
			cancel()
		}
		return 0
	})
	_, _, err := s.operate(ctx, s.client(counting, s.runtime), s.request(g))
	if err != nil && ctx.Err() == nil {
		s.t.Errorf("undisturbed, and it fails: %v", err)
	}
	return int(seen.Load()) >= n
}

// killed ends all that the operation does at the call, at its beginning or before its answer is seen, and frees its lock,
// as the death of a process does. Recorders go on.
func killed(action string) func(*shop, plan.Goal, int) bool {
	return func(s *shop, g plan.Goal, n int) bool {
		ctx, cancel := context.WithCancel(s.t.Context())
		faulty := s.faulty(s.calls, n, action)
		dead := mortal{faulty, adaptertest.NewSlow(faulty, func(adaptertest.Call) time.Duration {
			if faulty.Hits() > 0 {
				return 1e6 * time.Hour
			}
			return 0
		})}
		client := s.client(dead, s.runtime)
		began, over := make(chan orchestrate.Operation, 1), make(chan error, 1)
		go func() {
			op, err := client.Begin(ctx, s.request(g), nil)
			if err == nil {
				began <- op
				err = op.Run(ctx, func(orchestrate.Event) {})
			}
			over <- err
			close(over)
		}()
		s.t.Cleanup(func() { cancel(); <-over })
		for faulty.Hits() == 0 {
			select {
			case err := <-over:
				assert.Check(s.t, err, "undisturbed, and it fails")
				assert.NilError(s.t, (<-began).Close())
				return false
			case <-time.After(time.Millisecond):
			}
		}
		synctest.Wait()
		select {
		case op := <-began:
			assert.NilError(s.t, op.Close())
		default: // it only looks so far: its end is as good as its death
			cancel()
			<-over
		}
		return true
	}
}

// mortal is what an operation sees of the runtime until it dies. The probe of a dead one is not to hold the place of
// whoever probes next.
type mortal struct {
	fault *adaptertest.Faulty
	adapter.RuntimeAdapter
}

// Exec does nothing after the death.
func (m mortal) Exec(ctx context.Context, r adapter.ExecRequest) (int, error) {
	if m.fault.Hits() > 0 {
		return -1, &adapter.Error{Kind: adapter.WrongState, Op: adapter.OpExec}
	}
	return m.RuntimeAdapter.Exec(ctx, r)
}

// scenario is an operation that is disturbed, after some that were not.
type scenario struct {
	name    string
	prepare func(s *shop)
	goal    plan.Goal
	// change is what the project becomes before the operation.
	change func(s *shop)
	want   []string // the containers of an up that follows
}

var (
	grace   = time.Second
	running = []string{"shop-db-1 running", "shop-migrate-1 exited 0", "shop-web-1 running"}
)

var scenarios = []scenario{
	{name: "up", goal: goalUp, want: running},
	{name: "recreate", prepare: func(s *shop) { s.must(goalUp) }, goal: goalUp, want: running, change: func(s *shop) {
		s.project.Services[2].User = "7"
		s.project.Services[0].WorkingDir = "/elsewhere"
	}},
	{name: "scale", prepare: func(s *shop) { s.must(goalUp) }, goal: goalUp, want: append(running[:3:3], "shop-web-2 running"), change: func(s *shop) {
		s.project.Services[2].Scale = 2
		s.project.Services[2].Ports = nil
	}},
	{name: "stop", prepare: func(s *shop) { s.must(goalUp) }, goal: plan.Goal{Verb: plan.Stop, Timeout: &grace}, want: running},
	{name: "down", prepare: func(s *shop) { s.must(goalUp) }, goal: goalDown, want: running},
}

// TestEveryCallMayFail disturbs each call of each operation in every way. The next up completes, the next down -v leaves
// nothing of ours, and what was there before is as it was. HOSTWRIGHT_CRASH=all takes every call in every way; otherwise
// one way takes the odd calls, the next one the even ones.
func TestEveryCallMayFail(t *testing.T) {
	for _, sc := range scenarios {
		for i, d := range disturbances {
			first, step := 1+i%2, 2
			if os.Getenv("HOSTWRIGHT_CRASH") == "all" {
				first, step = 1, 1
			}
			t.Run(sc.name+"/"+d.name, func(t *testing.T) {
				n := first
				for reached := true; reached; n += step {
					ok := t.Run(fmt.Sprint(n), func(t *testing.T) {
						inShop(t, func(s *shop) { reached = s.disturbed(sc, d, n) })
					})
					if !ok {
						return // the others would say the same
					}
				}
				assert.Assert(t, n > 3, "it made %d calls", n)
			})
		}
	}
}

// disturbed plays a scenario and tells whether the disturbance came to pass.
func (s *shop) disturbed(sc scenario, d disturbance, n int) bool {
	before := s.foreign()
	if sc.prepare != nil {
		sc.prepare(s)
	}
	if sc.change != nil {
		sc.change(s)
	}
	reached := d.disturb(s, sc.goal, n)

	s.must(goalUp)
	assert.DeepEqual(s.t, s.containers(), sc.want)
	p, err := s.client(s.runtime, s.runtime).Plan(s.t.Context(), s.request(goalUp))
	assert.NilError(s.t, err)
	for _, step := range p.Steps { // what ran once runs again, and nothing else is left to do
		k := step.Action.Kind()
		assert.Assert(s.t, k == plan.KindAwait || k == plan.KindStartContainer && step.Action.Resource().Name == "shop-migrate-1", "%s", k)
	}
	s.must(goalDown)
	assert.Equal(s.t, s.world(), before)
	assert.DeepEqual(s.t, s.left(), []string(nil))
	return reached
}
