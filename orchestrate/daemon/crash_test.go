package daemon

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
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
	_, _, err := s.operate(ctx, s.client(counting, s.under), s.request(g))
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
		client := s.client(dead, s.under)
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
		time.Sleep(100 * time.Millisecond) // a call that has an effect has it: nobody finishes it later
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
	// change is what the project becomes before the operation, then what it is afterwards.
	change, then func(s *shop)
	want         []string // the containers of an up that follows
}

var (
	grace   = time.Second
	running = []string{"shop-db-1 running", "shop-migrate-1 exited 0", "shop-web-1 running"}
	goalRun = plan.Goal{Verb: plan.Run, Services: []string{"web"}, OneOff: &plan.OneOff{Name: "shop-web-run-1", Slug: "1"}}
	// goalClear removes one-offs too.
	goalClear = plan.Goal{Verb: plan.Down, Volumes: true, RemoveOrphans: true}
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
	{name: "run", goal: goalRun, want: running, change: theRun, then: theService},
	{name: "run beside", prepare: func(s *shop) { s.must(goalUp) }, goal: goalRun, want: running, change: theRun, then: theService},
	{name: "stop", prepare: func(s *shop) { s.must(goalUp) }, goal: plan.Goal{Verb: plan.Stop, Timeout: &grace}, want: running},
	{name: "down", prepare: func(s *shop) { s.must(goalUp) }, goal: goalDown, want: running},
}

// theRun makes web what a run of another command declares; theService makes it what the file does.
func theRun(s *shop) {
	s.project.Services[2].Command, s.project.Services[2].Ports = []string{"true"}, nil
	s.project.Services[2].Rehearse = &declared.Rehearsal{RunFor: time.Millisecond}
}

func theService(s *shop) {
	s.project.Services[2] = shopProject(s.ref.Dir).Services[2]
	s.share()
}

// share gives db and web a volume that both write to, which is kept as a folder.
func (s *shop) share() {
	if len(s.project.Volumes) == 1 {
		s.project.Volumes = append(s.project.Volumes, declared.Volume{Key: "shared", Name: "shop_shared"})
	}
	for _, i := range []int{0, 2} {
		mounts := &s.project.Services[i].Mounts
		shared := func(m declared.Mount) bool { return m.Source == "shared" }
		if !slices.ContainsFunc(*mounts, shared) {
			*mounts = append(*mounts, declared.Mount{Kind: declared.MountVolume, Source: "shared", Target: "/shared"})
		}
	}
}

// shops are the runtimes that a project is disturbed on.
var shops = []struct {
	name string
	in   func(*testing.T, func(*shop))
}{
	{"in memory", inShop},
	{"rehearsal", inRehearsedShop},
}

// TestEveryCallMayFail disturbs each call of each operation in every way, on the runtime in memory, which runs programs,
// and on the rehearsal, whose state lies in a file. The next up completes, the next down -v leaves nothing of ours, and
// what was there before is as it was. HOSTWRIGHT_CRASH=all takes every call in every way; otherwise each way takes every
// eighth call, each another one, on the rehearsal each second way.
func TestEveryCallMayFail(t *testing.T) {
	all := os.Getenv("HOSTWRIGHT_CRASH") == "all"
	var taken, total atomic.Int32
	t.Run("points", func(t *testing.T) {
		for i, sh := range shops {
			for j, sc := range scenarios {
				for k, d := range disturbances {
					first, step := 1+(3*i+j+k)%8, 8
					switch {
					case all:
						first, step = 1, 1
					case i > 0 && (j+k)%2 > 0:
						continue
					}
					t.Run(sh.name+"/"+sc.name+"/"+d.name, func(t *testing.T) {
						t.Parallel()
						n := first
						for reached := true; reached; n += step {
							ok := t.Run(fmt.Sprint(n), func(t *testing.T) {
								sh.in(t, func(s *shop) { reached = s.disturbed(sc, d, n) })
							})
							if !ok {
								return // the others would say the same
							}
							if reached {
								taken.Add(1)
							}
						}
						n -= 2 * step // the last one that was reached
						total.Add(int32(max(n, 0)))
						assert.Assert(t, !all || n > 3, "it made %d calls", n)
					})
				}
			}
		}
	})
	t.Logf("%d of about %d crash points in the ways taken", taken.Load(), total.Load())
}

// disturbed plays a scenario and tells whether the disturbance came to pass.
func (s *shop) disturbed(sc scenario, d disturbance, n int) bool {
	s.share()
	before := s.foreign()
	for _, change := range []func(*shop){sc.prepare, sc.change} {
		if change != nil {
			change(s)
		}
	}
	reached := d.disturb(s, sc.goal, n)
	if sc.then != nil {
		sc.then(s)
	}

	s.must(goalUp)
	time.Sleep(2 * time.Second) // what is rehearsed takes its time to end
	assert.DeepEqual(s.t, s.replicas(), sc.want)
	p, err := s.client(s.under, s.under).Plan(s.t.Context(), s.request(goalUp))
	assert.NilError(s.t, err)
	for _, step := range p.Steps { // what ran once runs again, and nothing else is left to do
		k := step.Action.Kind()
		assert.Assert(s.t, k == plan.KindAwait || k == plan.KindStartContainer && step.Action.Resource().Name == "shop-migrate-1", "%s", k)
	}
	s.must(goalClear)
	assert.Equal(s.t, s.world(), before)
	assert.DeepEqual(s.t, s.left(), []string(nil))
	return reached
}

// replicas gives the containers but for one-offs.
func (s *shop) replicas() []string {
	s.t.Helper()
	return slices.DeleteFunc(s.containers(), func(c string) bool { return strings.HasPrefix(c, goalRun.OneOff.Name+" ") })
}
