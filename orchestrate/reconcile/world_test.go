package reconcile

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hostwright/compose/adapter"
	"gotest.tools/v3/assert"
)

// clockedWorld lists containers that run from a given moment on.
func clockedWorld(lists *atomic.Int32, runsAt map[string]time.Time, hidden string) *world {
	state := func(id string) adapter.Container {
		c := adapter.Container{ID: id, State: adapter.StateStopped}
		if !time.Now().Before(runsAt[id]) {
			c.State = adapter.StateRunning
		}
		return c
	}
	return &world{
		containers: map[string]adapter.Container{}, waiting: map[string]*sighting{},
		pace: pace{slots: 4}, changed: make(chan struct{}, 1),
		list: func(context.Context) ([]adapter.Container, error) {
			lists.Add(1)
			var out []adapter.Container
			for id := range runsAt {
				if id != hidden {
					out = append(out, state(id))
				}
			}
			return out, nil
		},
		inspect: func(_ context.Context, id string) (adapter.Container, error) {
			if _, ok := runsAt[id]; !ok {
				return adapter.Container{}, &adapter.Error{Kind: adapter.NotFound}
			}
			return state(id), nil
		},
	}
}

func TestOneListingAnswersAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lists atomic.Int32
		runsAt := map[string]time.Time{}
		for _, id := range []string{"a", "b", "c", "d"} {
			runsAt[id] = time.Now().Add(400 * time.Millisecond)
		}
		w := clockedWorld(&lists, runsAt, "")
		var wg sync.WaitGroup
		for id := range runsAt {
			wg.Go(func() {
				assert.Check(t, w.await(t.Context(), id, adapter.StateRunning, nil))
				c, ok := w.container(id)
				assert.Check(t, ok && c.Running())
			})
		}
		wg.Wait()
		synctest.Wait()
		assert.Assert(t, lists.Load() <= 8, "%d listings for four containers", lists.Load())
	})
}

func TestAContainerThatTheListingLacksIsInspected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lists atomic.Int32
		w := clockedWorld(&lists, map[string]time.Time{"new": time.Now()}, "new")
		assert.NilError(t, w.await(t.Context(), "new", adapter.StateRunning, nil))
	})
}

func TestAContainerThatIsGoneCountsAsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lists atomic.Int32
		w := clockedWorld(&lists, nil, "")
		w.created(adapter.Container{ID: "gone", State: adapter.StateRunning})
		assert.NilError(t, w.await(t.Context(), "gone", adapter.StateStopped, nil))
		_, ok := w.container("gone")
		assert.Assert(t, !ok)
	})
}

func TestTheEndOfTheProcessEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lists atomic.Int32
		w := clockedWorld(&lists, map[string]time.Time{"brief": time.Now().Add(time.Hour)}, "")
		ended := make(chan struct{})
		time.AfterFunc(30*time.Millisecond, func() { close(ended) })
		assert.NilError(t, w.await(t.Context(), "brief", adapter.StateRunning, ended))
	})
}

func TestARuntimeThatDoesNotAnswerEndsAllWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lists atomic.Int32
		w := clockedWorld(&lists, map[string]time.Time{"a": time.Now().Add(time.Hour)}, "")
		down := errors.New("down")
		w.list = func(context.Context) ([]adapter.Container, error) { return nil, down }
		assert.ErrorIs(t, w.await(t.Context(), "a", adapter.StateRunning, nil), down)
	})
}

func TestTheFirstToWaitMayLeaveBeforeTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lists atomic.Int32
		w := clockedWorld(&lists, map[string]time.Time{"a": time.Now().Add(time.Hour), "b": time.Now().Add(time.Second)}, "")
		impatient, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			assert.Check(t, errors.Is(w.await(impatient, "a", adapter.StateRunning, nil), context.Canceled))
		})
		synctest.Wait()
		wg.Go(func() { assert.Check(t, w.await(t.Context(), "b", adapter.StateRunning, nil)) })
		synctest.Wait()
		leave()
		wg.Wait()
	})
}
