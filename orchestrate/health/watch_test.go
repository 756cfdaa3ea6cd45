package health

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// executor runs probes as a function does.
type executor func(ctx context.Context) (int, error)

func (f executor) Exec(ctx context.Context, _ adapter.ExecRequest) (int, error) { return f(ctx) }

func watchRequest(t *testing.T, changed func(State)) WatchRequest {
	return WatchRequest{WaitRequest: WaitRequest{
		ID: "a", Dir: t.TempDir(), Started: time.Now(), Changed: changed,
		Check: declared.Healthcheck{Test: []string{"CMD", "true"}, Interval: time.Minute, Timeout: 5 * time.Second, Retries: 2, StartInterval: time.Second},
	}}
}

func TestWatchGoesOnAtTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		begun := time.Now()
		var probes []time.Duration
		var states []Status
		code := 0
		run := executor(func(context.Context) (int, error) {
			probes = append(probes, time.Since(begun))
			if len(probes) == 3 {
				code = 1
			}
			return code, nil
		})
		done := make(chan error, 1)
		go func() { done <- Watch(ctx, run, watchRequest(t, func(s State) { states = append(states, s.Status) })) }()
		time.Sleep(5 * time.Minute)
		cancel()
		assert.Assert(t, errors.Is(<-done, context.Canceled))
		assert.DeepEqual(t, probes, []time.Duration{time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute, 5 * time.Minute}[:len(probes)])
		assert.Assert(t, len(probes) >= 4)
		assert.DeepEqual(t, states[:5], []Status{Starting, Healthy, Healthy, Healthy, Unhealthy})
	})
}

func TestAProbeThatHangsCountsAndIsTheOnlyOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var running, most atomic.Int32
		run := executor(func(ctx context.Context) (int, error) {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			<-ctx.Done()
			return -1, ctx.Err()
		})
		var last State
		done := make(chan error, 1)
		go func() { done <- Watch(ctx, run, watchRequest(t, func(s State) { last = s })) }()
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		assert.Equal(t, last.Status, Unhealthy)
		assert.Equal(t, most.Load(), int32(1))
		cancel()
		<-done
	})
}

func TestWatchEndsWithTheContainer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := watchRequest(t, nil)
		ended := make(chan struct{})
		r.Ended = ended
		done := make(chan error, 1)
		go func() {
			done <- Watch(t.Context(), executor(func(context.Context) (int, error) { return 0, nil }), r)
		}()
		time.Sleep(30 * time.Second)
		close(ended)
		assert.Assert(t, errors.Is(<-done, ErrGone))
	})
}

// The wait for a turn does not count against the timeout.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r := watchRequest(t, nil)
		turn := make(chan struct{}, 1)
		turn <- struct{}{} // taken by somebody
		r.Turn = func(ctx context.Context) (func(), error) {
			select {
			case turn <- struct{}{}:
				return func() { <-turn }, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		var got State
		r.Changed = func(s State) { got = s }
		done := make(chan error, 1)
		go func() { done <- Watch(ctx, executor(func(context.Context) (int, error) { return 0, nil }), r) }()
		time.Sleep(2 * time.Minute) // a minute more than the interval
		synctest.Wait()
		assert.Equal(t, got.Status, Starting)
		<-turn
		synctest.Wait()
		assert.Equal(t, got.Status, Healthy)
		cancel()
		<-done
	})
}
