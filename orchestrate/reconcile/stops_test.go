package reconcile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/record"
	"gotest.tools/v3/assert"
)

// stubborn makes services whose processes take no notice of signals, and starts their containers.
func (b *bench) stubborn(names ...string) {
	b.do(b.network())
	for _, name := range names {
		s := app(name)
		s.Command = []string{"stay"}
		b.project.Services = append(b.project.Services, s)
		b.do(b.container(name), start(name))
	}
	b.restartClock()
}

// restartClock makes what is noted from here on begin at second 0.
func (b *bench) restartClock() { b.began, b.called, b.told = time.Now(), nil, nil }

// Every signal is out at once; a slot is taken only by what has to be powered off, after its grace. A start that comes
// meanwhile waits for none of it.
func TestAStopTakesASlotOnlyAfterItsGrace(t *testing.T) {
	onBench(t, func(b *bench) {
		b.parallel = 1
		b.stubborn("a", "b", "c")
		b.do(b.container("web"))
		b.restartClock()
		slow := adaptertest.NewSlow(b.Fake, func(c adaptertest.Call) time.Duration {
			if c.Op == adapter.OpStopContainer {
				return 2 * time.Second // of powering off
			}
			return 0
		})
		err := b.through(slow,
			plan.StopContainer{ID: "shop-a-1", Grace: 10 * time.Second}, plan.StopContainer{ID: "shop-b-1", Grace: 10 * time.Second},
			plan.StopContainer{ID: "shop-c-1", Grace: 10 * time.Second}, start("web"))
		assert.NilError(b, err)
		var called []string
		for _, c := range b.called {
			called = append(called, c[:strings.LastIndex(c, " ")])
		}
		assert.DeepEqual(b, called, []string{
			"0 kill container", "0 kill container", "0 kill container", "10 stop container", "12 stop container", "14 stop container",
		})
		web := b.status("web")
		assert.Assert(b, web.Called.Sub(b.began) < time.Second, "the start waited %s", web.Called.Sub(b.began))
		for _, name := range []string{"a", "b", "c"} {
			assert.Assert(b, !b.runs("shop-"+name+"-1"))
		}
		assert.Assert(b, b.runs("shop-web-1"))
	})
}

func (b *bench) status(service string) record.Status {
	s, err := record.ReadStatus(b.folder.Container("shop-" + service + "-1"))
	assert.NilError(b, err)
	return s
}

// Force ends every grace, those under way and those to come.
func TestForceEndsTheGrace(t *testing.T) {
	onBench(t, func(b *bench) {
		b.stubborn("a", "b")
		b.force = make(chan struct{})
		time.AfterFunc(3*time.Second, func() { close(b.force) })
		assert.NilError(b, b.through(b.Fake, plan.StopContainer{ID: "shop-a-1", Grace: time.Hour}))
		assert.NilError(b, b.through(b.Fake, plan.StopContainer{ID: "shop-b-1", Grace: time.Hour}))
		assert.DeepEqual(b, b.called, []string{
			"0 kill container shop-a-1", "3 stop container shop-a-1", "3 kill container shop-b-1", "3 stop container shop-b-1",
		})
	})
}

// What a stop or a kill marks as the user's end, and what of it is said to be over soon.
func TestMarksOfEnds(t *testing.T) {
	for _, c := range []struct {
		name    string
		action  plan.Action
		called  []string
		marked  bool
		certain bool
	}{
		{"stop", plan.StopContainer{ID: "shop-web-1", Grace: 10 * time.Second}, []string{"0 kill container shop-web-1"}, true, true},
		{"kill", plan.KillContainer{ID: "shop-web-1", Signal: "SIGKILL"}, []string{"0 kill container shop-web-1"}, true, true},
		{"kill -s TERM", plan.KillContainer{ID: "shop-web-1", Signal: "SIGTERM"}, []string{"0 kill container shop-web-1"}, true, false},
		{"kill -s HUP", plan.KillContainer{ID: "shop-web-1", Signal: "SIGHUP"}, []string{"0 kill container shop-web-1"}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.do(b.network(), b.container("web"), start("web"))
				b.restartClock()
				dir := b.folder.Container("shop-web-1")
				watched := adaptertest.NewSlow(b.Fake, func(call adaptertest.Call) time.Duration {
					if call.Op == adapter.OpKillContainer {
						_, marked, err := record.ReadUserEnd(dir, 1)
						assert.Check(b, err)
						assert.Check(b, marked == c.marked, "when the signal is sent")
						underWay, err := record.StopUnderWay(dir, time.Now())
						assert.Check(b, err)
						assert.Check(b, underWay == c.certain)
					}
					return 0
				})
				assert.NilError(b, b.through(watched, c.action))
				assert.DeepEqual(b, b.called, c.called)
			})
		})
	}
}

// A container that has ended by itself needs no stop, and one that is gone neither.
func TestAStopOfWhatDoesNotRun(t *testing.T) {
	onBench(t, func(b *bench) {
		b.do(b.network(), b.container("web"))
		b.do(plan.StopContainer{ID: "shop-web-1", Grace: time.Hour}, plan.StopContainer{ID: "shop-gone-1", Grace: time.Hour})
		assert.Assert(b, slices.Contains(b.told, "shop-gone-1 Done Stopped"), "%q", b.told)
		assert.Assert(b, time.Since(b.began) < time.Second)
	})
}

// A start that fails is an error, a process that ends at once is none.
func TestAStartThatFailsAndAProcessThatEnds(t *testing.T) {
	onBench(t, func(b *bench) {
		b.project.Services[0].Command = []string{"fail"}
		b.project.Services[1].Command = []string{"nowhere"}
		b.do(b.network(), b.container("web"), b.container("db"), start("web"))
		assert.Equal(b, b.status("web").Exit.Code, 3)
		err := b.through(b.Fake, start("db"))
		assert.ErrorContains(b, err, "start container shop-db-1")
		assert.ErrorContains(b, err, "nowhere")
	})
}
