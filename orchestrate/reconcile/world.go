package reconcile

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
)

// world is what the operation last saw of the runtime's containers, and the one place where it asks again. However
// many steps wait for a container to run, one listing at a time answers all of them.
type world struct {
	list    func(context.Context) ([]adapter.Container, error)
	inspect func(context.Context, string) (adapter.Container, error)

	mu         sync.Mutex
	containers map[string]adapter.Container
	ended      map[string]bool // by this operation
	waiting    map[string]*sighting
	leave      context.CancelFunc // ends the asking; nil while nobody asks
	pace       pace
	changed    chan struct{} // what is waited for is not what it was
}

// sighting is one step's wait to see a container in a state.
type sighting struct {
	want   adapter.State
	seen   chan error // one value: nil once it is so
	missed int        // listings in a row that lacked it
	since  time.Time  // when it began to wait: for a boot, when the start was issued
	leave  func()     // gives back the slot of a boot that can be expected to be over; nil for none
}

// newWorld begins with what was seen. slots is how many containers boot at once.
func newWorld(a adapter.RuntimeAdapter, seen []adapter.Container, slots int) *world {
	w := &world{
		list:       a.ListContainers,
		inspect:    a.InspectContainer,
		containers: make(map[string]adapter.Container, len(seen)),
		ended:      map[string]bool{},
		waiting:    map[string]*sighting{},
		pace:       pace{slots: slots},
		changed:    make(chan struct{}, 1),
	}
	for _, c := range seen {
		w.containers[c.ID] = c
	}
	return w
}

// snapshot gives what was last seen, sorted by nothing.
func (w *world) snapshot() []adapter.Container {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]adapter.Container, 0, len(w.containers))
	for _, c := range w.containers {
		out = append(out, c)
	}
	return out
}

// stopped forgets the addresses of a container that was stopped or has ended.
func (w *world) stopped(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended[id] = true
	if c, ok := w.containers[id]; ok {
		c.State, c.Addresses = adapter.StateStopped, nil
		w.containers[id] = c
	}
}

// stoppedHere tells whether this operation has seen the container end.
func (w *world) stoppedHere(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ended[id]
}

// gone forgets a container.
func (w *world) gone(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.containers, id)
}

// queue announces a start that waits for its slot, until the returned function is called: no look is worth while as
// long as more boots follow.
func (w *world) queue() (begun func()) {
	count := func(n int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.pace.queued += n
		w.poke()
	}
	count(1)
	return sync.OnceFunc(func() { count(-1) })
}

// await returns once a listing that was asked for after the call shows the container in the state; one that is gone
// counts as stopped. ended ends the wait early.
func (w *world) await(ctx context.Context, id string, want adapter.State, ended <-chan struct{}) error {
	s := &sighting{want: want}
	w.expect(ctx, id, s)
	return w.wait(ctx, id, s, ended)
}

// awaitBoot is await for a container whose start was issued just now. leave is called once the boot can be expected to
// be over, if it was not seen to be before; begun ends its time in the queue.
func (w *world) awaitBoot(ctx context.Context, id string, ended <-chan struct{}, begun, leave func()) error {
	s := &sighting{want: adapter.StateRunning, leave: leave}
	w.expect(ctx, id, s)
	begun()
	return w.wait(ctx, id, s, ended)
}

// expect begins a wait.
func (w *world) expect(ctx context.Context, id string, s *sighting) {
	s.seen, s.since = make(chan error, 1), time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[id] = s
	if w.leave == nil {
		// Not bound to whoever asked first: others may wait on when that one is gone.
		asking, leave := context.WithCancel(context.WithoutCancel(ctx))
		w.leave = leave
		go w.ask(asking)
		return
	}
	w.poke()
}

func (w *world) wait(ctx context.Context, id string, s *sighting, ended <-chan struct{}) error {
	defer w.forget(id)
	select {
	case err := <-s.seen:
		return err
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// poke makes the one who asks think again about when. The caller holds mu.
func (w *world) poke() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// forget ends a wait, and the asking with the last one.
func (w *world) forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiting, id)
	if len(w.waiting) == 0 && w.leave != nil {
		w.leave()
		w.leave = nil
	}
	w.poke()
}

// ask lists, when it is time to, until ctx ends. One runs at a time.
func (w *world) ask(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.changed:
		case <-timer.C:
		}
		w.mu.Lock()
		if ctx.Err() != nil { // with mu held: another may ask already
			w.mu.Unlock()
			return
		}
		now := time.Now()
		next := w.pace.next(now, w.waiting)
		asked := maps.Clone(w.waiting)
		w.mu.Unlock()
		for _, leave := range next.leave {
			leave()
		}
		if !next.look {
			timer.Reset(next.at.Sub(now))
			continue
		}
		answered := w.look(ctx, asked)
		w.mu.Lock()
		w.pace.looked(now, asked, answered)
		w.mu.Unlock()
		timer.Reset(0)
	}
}

// look lists once and answers those who wait. It gives those that were answered.
func (w *world) look(ctx context.Context, asked map[string]*sighting) (answered map[string]bool) {
	answered = map[string]bool{}
	containers, err := w.list(ctx)
	if err != nil {
		for id, s := range asked {
			s.answer(fmt.Errorf("look for started containers: %w", err))
			answered[id] = true
		}
		return answered
	}
	w.mu.Lock()
	for _, c := range containers {
		w.containers[c.ID] = c
	}
	w.mu.Unlock()
	byID := make(map[string]adapter.Container, len(containers))
	for _, c := range containers {
		byID[c.ID] = c
	}
	for id, s := range asked {
		c, ok := byID[id]
		if !ok {
			// A just-created container may be missing from a listing (observed, section 3.6); inspect tells.
			if s.missed++; s.missed%2 == 1 {
				c, err = w.inspect(ctx, id)
				ok = err == nil
			}
		}
		switch {
		case ok && c.State == s.want:
			w.mu.Lock()
			w.containers[id] = c
			w.mu.Unlock()
		case !ok && s.want == adapter.StateStopped && adapter.Is(err, adapter.NotFound):
			w.gone(id)
		default:
			continue
		}
		s.answer(nil)
		answered[id] = true
	}
	return answered
}

func (s *sighting) answer(err error) {
	select {
	case s.seen <- err:
	default: // answered before
	}
}

// container gives what was last seen of one container.
func (w *world) container(id string) (adapter.Container, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.containers[id]
	return c, ok
}

// created adds a container that was made by this operation.
func (w *world) created(c adapter.Container) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.containers[c.ID] = c
}
