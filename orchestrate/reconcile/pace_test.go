package reconcile

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hostwright/compose/adapter"
	"gotest.tools/v3/assert"
)

// booter is a runtime that boots containers, side by side or one after the other, and lists those that run.
type booter struct {
	mu    sync.Mutex
	turn  chan struct{} // as large as boots are at a time
	delay time.Duration // from the call to the boot
	boot  func(id string) time.Duration
	runs  map[string]time.Time
	lists atomic.Int32
	most  int // that booted at a time
	now   int
}

func (b *booter) start(id string) {
	b.count(1)
	time.Sleep(b.delay)
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	time.Sleep(b.boot(id))
	b.count(-1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.runs[id] = time.Now()
}

func (b *booter) count(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now += n
	b.most = max(b.most, b.now)
}

func (b *booter) list(context.Context) ([]adapter.Container, error) {
	b.lists.Add(1)
	b.mu.Lock()
	var out []adapter.Container
	for id := range b.runs {
		out = append(out, adapter.Container{ID: id, State: adapter.StateRunning})
	}
	b.mu.Unlock()
	time.Sleep(20 * time.Millisecond)
	return out, nil
}

// inspect finds a container that no listing shows: it was created and does not run.
func (b *booter) inspect(_ context.Context, id string) (adapter.Container, error) {
	return adapter.Container{ID: id, State: adapter.StateStopped}, nil
}

// up starts containers as an operation does, each level once the one before runs, and gives how late each was noticed.
func (b *booter) up(t *testing.T, levels [][]string, slots int) (late map[string]time.Duration) {
	w, boots := b.world(slots)
	late = map[string]time.Duration{}
	for _, level := range levels {
		var wg sync.WaitGroup
		for _, id := range level {
			begun := w.queue()
			wg.Go(func() {
				assert.Check(t, b.launch(t.Context(), w, boots, id, begun))
				b.mu.Lock()
				defer b.mu.Unlock()
				late[id] = time.Since(b.runs[id])
			})
		}
		wg.Wait()
	}
	return late
}

func (b *booter) world(slots int) (*world, pool) {
	w := newWorld(&adapterStub{}, nil, slots)
	w.list, w.inspect = b.list, b.inspect
	return w, newPool(slots)
}

func (b *booter) launch(ctx context.Context, w *world, boots pool, id string, begun func()) error {
	defer begun()
	if err := boots.enter(ctx); err != nil {
		return err
	}
	leave := sync.OnceFunc(boots.leave)
	defer leave()
	time.Sleep(30 * time.Millisecond) // a recorder
	go b.start(id)
	return w.awaitBoot(ctx, id, nil, begun, leave)
}

type adapterStub struct{ adapter.RuntimeAdapter }

func names(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprint("c", i))
	}
	return out
}

// runtimes are those that boot side by side and those that boot one after the other, as Apple's does.
func runtimes(t *testing.T, test func(t *testing.T, b *booter)) {
	for name, atATime := range map[string]int{"side by side": 100, "one after the other": 1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test(t, &booter{delay: 50 * time.Millisecond, runs: map[string]time.Time{}, turn: make(chan struct{}, atATime)})
			})
		})
	}
}

func constant(d time.Duration) func(string) time.Duration {
	return func(string) time.Duration { return d }
}

func TestAnUpLooksForItsContainersThreeTimes(t *testing.T) {
	for _, boot := range []time.Duration{0, 100 * time.Millisecond, 280 * time.Millisecond, 500 * time.Millisecond} {
		for _, n := range []int{1, 10, 20, 60} {
			for _, slots := range []int{2, 4} {
				t.Run(fmt.Sprintf("%d boots of %s in %d slots", n, boot, slots), func(t *testing.T) {
					runtimes(t, func(t *testing.T, b *booter) {
						b.boot = constant(boot)
						late := b.up(t, [][]string{names(n)}, slots)
						assert.Equal(t, len(late), n)
						assert.Assert(t, b.lists.Load() <= 3, "%d listings", b.lists.Load())
					})
				})
			}
		}
	}
}

func TestEachFurtherLevelCostsOneLook(t *testing.T) {
	runtimes(t, func(t *testing.T, b *booter) {
		b.boot = constant(300 * time.Millisecond)
		b.up(t, [][]string{{"a"}, {"b"}, {"c"}, {"d"}}, 2)
		assert.Assert(t, b.lists.Load() <= 3+3, "%d listings", b.lists.Load())
	})
}

func TestASlowBootIsNoticedInTime(t *testing.T) {
	for _, boot := range []time.Duration{700 * time.Millisecond, 1200 * time.Millisecond, 3 * time.Second, 10 * time.Second, time.Minute} {
		runtimes(t, func(t *testing.T, b *booter) {
			b.boot = func(id string) time.Duration {
				if id == "slow" {
					return boot
				}
				return 200 * time.Millisecond
			}
			late := b.up(t, [][]string{append(names(2), "slow")}, 4)
			most := max(time.Second, boot/10) + 50*time.Millisecond
			assert.Assert(t, late["slow"] <= most, "%s of %s: noticed %s late", t.Name(), boot, late["slow"])
		})
	}
}

// Boots of three seconds are learned of by a look a second, and then looked for in ever shorter steps.
func TestSlowBootsCostSomeLooksMore(t *testing.T) {
	runtimes(t, func(t *testing.T, b *booter) {
		b.boot = constant(3 * time.Second)
		b.up(t, [][]string{names(20)}, 2)
		assert.Assert(t, b.lists.Load() <= 3+8, "%d listings", b.lists.Load())
	})
}

func TestBootsKeepTheirSlotsWhileNothingIsKnown(t *testing.T) {
	runtimes(t, func(t *testing.T, b *booter) {
		b.boot = constant(10 * time.Second)
		ctx, stop := context.WithTimeout(t.Context(), 8*time.Second)
		defer stop()
		w, boots := b.world(3)
		var wg sync.WaitGroup
		for _, id := range names(10) {
			wg.Go(func() { _ = b.launch(ctx, w, boots, id, w.queue()) })
		}
		<-ctx.Done()
		b.mu.Lock()
		assert.Check(t, b.most == 3, "%d boots at a time", b.most)
		b.mu.Unlock()
		wg.Wait()
		time.Sleep(time.Minute)
	})
}
