package health

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// guest is a container whose probes are a function of how often it was probed.
type guest struct {
	probe func(ctx context.Context, n int, r adapter.ExecRequest) (int, error)

	running atomic.Int32
	mu      sync.Mutex
	times   []time.Time
	overlap bool
}

func (g *guest) Exec(ctx context.Context, r adapter.ExecRequest) (int, error) {
	if g.running.Add(1) > 1 {
		g.overlap = true
	}
	defer g.running.Add(-1)
	g.mu.Lock()
	g.times = append(g.times, time.Now())
	n := len(g.times)
	g.mu.Unlock()
	return g.probe(ctx, n, r)
}

// after gives when each probe began, from a moment on.
func (g *guest) after(start time.Time) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []string
	for _, t := range g.times {
		out = append(out, t.Sub(start).String())
	}
	return strings.Join(out, " ")
}

func codes(list ...int) func(context.Context, int, adapter.ExecRequest) (int, error) {
	return func(_ context.Context, n int, r adapter.ExecRequest) (int, error) {
		fmt.Fprintf(r.Stdout, "probe %d", n)
		return list[min(n, len(list))-1], nil
	}
}

func check() declared.Healthcheck {
	return *Effective(&declared.Healthcheck{
		Test: []string{"CMD", "probe"}, Interval: 10 * time.Second, Timeout: 3 * time.Second, Retries: 3,
	}, nil)
}

func request(t *testing.T) WaitRequest {
	return WaitRequest{ID: "web", Dir: filepath.Join(t.TempDir(), "web"), Check: check(), Started: time.Now()}
}

func TestWaitUntilHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(t)
		var seen []Status
		r.Changed = func(s State) { seen = append(seen, s.Status) }
		g := &guest{probe: codes(1, 1, 0)}
		s, err := Wait(t.Context(), g, r)
		assert.NilError(t, err)
		assert.Equal(t, s.Status, Healthy)
		assert.Equal(t, g.after(r.Started), "10s 20s 30s")
		assert.DeepEqual(t, seen, []Status{Starting, Starting, Healthy})
		kept, ok, err := Read(r.Dir)
		assert.NilError(t, err)
		assert.Assert(t, ok && kept.Status == Healthy && len(kept.Results) == 3, "%+v", kept)
		assert.Equal(t, kept.Results[2].Output, "probe 3")
		info, err := os.Stat(filepath.Join(r.Dir, stateFile))
		assert.NilError(t, err)
		assert.Equal(t, info.Mode().Perm(), os.FileMode(0o600))
	})
}

func TestWaitInTheStartPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(t)
		r.Check.StartPeriod, r.Check.StartInterval = 5*time.Second, 2*time.Second
		g := &guest{probe: codes(1, 1, 1, 0)}
		_, err := Wait(t.Context(), g, r)
		assert.NilError(t, err)
		assert.Equal(t, g.after(r.Started), "2s 4s 6s 16s")
	})
}

func TestWaitForUnhealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(t)
		s, err := Wait(t.Context(), &guest{probe: codes(7)}, r)
		var unhealthy *UnhealthyError
		assert.Assert(t, errors.As(err, &unhealthy))
		assert.Error(t, err, "container web is unhealthy: its check gave exit code 7: probe 3")
		assert.Equal(t, s.FailingStreak, 3)
		assert.Equal(t, time.Since(r.Started), 30*time.Second)

		// A later wait looks once more, and at once.
		before := time.Now()
		_, err = Wait(t.Context(), &guest{probe: codes(7)}, r)
		assert.Assert(t, errors.As(err, &unhealthy))
		assert.Equal(t, time.Since(before), time.Duration(0))
		s, err = Wait(t.Context(), &guest{probe: codes(0)}, r)
		assert.NilError(t, err)
		assert.Equal(t, s.Status, Healthy)
	})
}

func TestHealthFromBeforeIsChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(t)
		_, err := Wait(t.Context(), &guest{probe: codes(0)}, r)
		assert.NilError(t, err)
		time.Sleep(time.Hour)
		before := time.Now()
		g := &guest{probe: codes(1, 0)} // it was busy once
		_, err = Wait(t.Context(), g, r)
		assert.NilError(t, err)
		assert.Equal(t, g.after(before), "0s 10s")

		// What is known of another run does not count.
		r.Started = time.Now()
		g = &guest{probe: codes(0)}
		_, err = Wait(t.Context(), g, r)
		assert.NilError(t, err)
		assert.Equal(t, g.after(r.Started), "10s")
	})
}

func TestProbePastItsTimeoutIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(t)
		r.Check.Retries = 1
		g := &guest{probe: func(ctx context.Context, _ int, r adapter.ExecRequest) (int, error) {
			fmt.Fprint(r.Stdout, "slow")
			<-ctx.Done() // the client is ended
			return -1, ctx.Err()
		}}
		s, err := Wait(t.Context(), g, r)
		assert.Error(t, err, "container web is unhealthy: its check gave exit code -1: Health check exceeded timeout (3s): slow")
		assert.Equal(t, time.Since(r.Started), 13*time.Second)
		assert.Equal(t, s.Results[0].End.Sub(s.Results[0].Start), 3*time.Second)
	})
}

func TestProbeThatCannotRunIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(t)
		r.Check.Retries = 1
		_, err := Wait(t.Context(), &guest{probe: func(context.Context, int, adapter.ExecRequest) (int, error) {
			return -1, &adapter.Error{Kind: adapter.Unknown, Op: "exec", Words: "failed to find target executable"}
		}}, r)
		assert.Error(t, err, "container web is unhealthy: its check gave exit code -1: Health check error: exec: failed to find target executable")
	})
}

func TestWaitEndsWithTheContainer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(t)
		ended := make(chan struct{})
		r.Ended = ended
		time.AfterFunc(4*time.Second, func() { close(ended) })
		_, err := Wait(t.Context(), &guest{probe: codes(0)}, r)
		assert.Assert(t, errors.Is(err, ErrGone), "%v", err)
		assert.Equal(t, time.Since(r.Started), 4*time.Second)
	})
	synctest.Test(t, func(t *testing.T) {
		r := request(t) // nobody tells: the probe finds out
		_, err := Wait(t.Context(), &guest{probe: func(context.Context, int, adapter.ExecRequest) (int, error) {
			return -1, &adapter.Error{Kind: adapter.WrongState, Op: "exec"}
		}}, r)
		assert.Assert(t, errors.Is(err, ErrGone), "%v", err)
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		r := request(t)
		_, err := Wait(ctx, &guest{probe: codes(1)}, r)
		assert.Assert(t, errors.Is(err, context.DeadlineExceeded), "%v", err)
		assert.Equal(t, time.Since(r.Started), 25*time.Second)
		kept, _, err := Read(r.Dir)
		assert.NilError(t, err)
		assert.Equal(t, len(kept.Results), 2)
	})
}

func TestWaitersShareTheProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(t)
		g := &guest{probe: func(ctx context.Context, n int, _ adapter.ExecRequest) (int, error) {
			time.Sleep(time.Second)
			return []int{1, 1, 0}[n-1], nil
		}}
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				s, err := Wait(t.Context(), g, r)
				assert.Check(t, err)
				assert.Check(t, s.Status == Healthy)
			})
		}
		all.Wait()
		assert.Assert(t, !g.overlap)
		assert.Equal(t, g.after(r.Started), "10s 21s 32s")
	})
}

// When the one who probes gives up, another one takes over.
func TestAnotherWaiterTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(t)
		g := &guest{probe: codes(1, 1, 0)}
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		var first sync.WaitGroup
		first.Go(func() {
			_, err := Wait(ctx, g, r)
			assert.Check(t, errors.Is(err, context.DeadlineExceeded))
		})
		synctest.Wait()
		s, err := Wait(t.Context(), g, r)
		first.Wait()
		assert.NilError(t, err)
		assert.Equal(t, s.Status, Healthy)
		assert.Assert(t, !g.overlap)
		assert.Equal(t, g.after(r.Started), "10s 20s 30s")
	})
}

func TestADamagedStateIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := request(t)
		assert.NilError(t, os.MkdirAll(r.Dir, 0o700))
		assert.NilError(t, os.WriteFile(filepath.Join(r.Dir, stateFile), []byte("{"), 0o600))
		_, _, err := Read(r.Dir)
		assert.ErrorContains(t, err, stateFile)
		_, err = Wait(t.Context(), &guest{probe: codes(0)}, r)
		assert.NilError(t, err)
		_, ok, err := Read(r.Dir)
		assert.Assert(t, ok && err == nil)
	})
}

func TestProbeKeepsTheBeginningOfMuchOutput(t *testing.T) {
	g := &guest{probe: func(_ context.Context, _ int, r adapter.ExecRequest) (int, error) {
		for range 1000 {
			fmt.Fprint(r.Stdout, strings.Repeat("o", 100))
			fmt.Fprint(r.Stderr, strings.Repeat("e", 100))
		}
		return 0, nil
	}}
	got, err := Probe(t.Context(), g, "web", check())
	assert.NilError(t, err)
	assert.Equal(t, len(got.Output), maxOutput+1)
	s := Begin(got.Start).Next(got, check())
	assert.Assert(t, strings.HasSuffix(s.Results[0].Output, "..."))
}
