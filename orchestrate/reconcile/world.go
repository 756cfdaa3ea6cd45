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
}

// sighting is one step's wait to see a container in a state.
type sighting struct {
	want   adapter.State
	seen   chan error // one value: nil once it is so
	missed int        // listings in a row that lacked it
}

// Intervals between listings while something waits. A boot takes about half a second (M2, runtime 1.0.0), so the
// first look is early and the later ones are rare.
const (
	firstLook  = 40 * time.Millisecond
	latestLook = 500 * time.Millisecond
)

func newWorld(a adapter.RuntimeAdapter, seen []adapter.Container) *world {
	w := &world{
		list:       a.ListContainers,
		inspect:    a.InspectContainer,
		containers: make(map[string]adapter.Container, len(seen)),
		ended:      map[string]bool{},
		waiting:    map[string]*sighting{},
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

// await returns once a listing that was asked for after the call shows the container in the state; one that is gone
// counts as stopped. ended ends the wait early.
func (w *world) await(ctx context.Context, id string, want adapter.State, ended <-chan struct{}) error {
	s := &sighting{want: want, seen: make(chan error, 1)}
	w.mu.Lock()
	w.waiting[id] = s
	if w.leave == nil {
		// Not bound to whoever asked first: others may wait on when that one is gone.
		asking, leave := context.WithCancel(context.WithoutCancel(ctx))
		w.leave = leave
		go w.ask(asking)
	}
	w.mu.Unlock()
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

// forget ends a wait, and the asking with the last one.
func (w *world) forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiting, id)
	if len(w.waiting) == 0 && w.leave != nil {
		w.leave()
		w.leave = nil
	}
}

// ask lists until ctx ends. One runs at a time.
func (w *world) ask(ctx context.Context) {
	pause := firstLook
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		w.mu.Lock()
		asked := maps.Clone(w.waiting)
		w.mu.Unlock()
		if w.look(ctx, asked) {
			pause = firstLook // something moved: others may follow soon
		} else {
			pause = min(pause*3/2, latestLook)
		}
		timer.Reset(pause)
	}
}

// look lists once and answers those who wait. It tells whether anybody was answered.
func (w *world) look(ctx context.Context, asked map[string]*sighting) bool {
	containers, err := w.list(ctx)
	if err != nil {
		for _, s := range asked {
			s.answer(fmt.Errorf("look for started containers: %w", err))
		}
		return true
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
	answered := false
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
		answered = true
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
