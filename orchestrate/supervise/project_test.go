package supervise

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

func service(name, policy string) declared.Service {
	policy, count, _ := strings.Cut(policy, ":")
	s := declared.Service{Name: name, Image: name, Restart: declared.Restart{Policy: policy}}
	_, _ = fmt.Sscan(count, &s.Restart.MaxRetries)
	return s
}

// inBubble runs a test with a clock of its own.
func inBubble(t *testing.T, test func(w *world)) {
	synctest.Test(t, func(t *testing.T) { test(newWorld(t)) })
}

func TestPoliciesAfterExits(t *testing.T) {
	for _, c := range []struct {
		policy   string
		code     int
		restarts int // within three seconds, of a process that runs for 100 ms
		gaveUp   bool
	}{
		{"no", 3, 0, false},
		{"on-failure", 0, 0, false},
		{"on-failure:3", 3, 3, true},
	} {
		t.Run(fmt.Sprintf("%s after %d", c.policy, c.code), func(t *testing.T) {
			inBubble(t, func(w *world) {
				id := w.container(service("web", c.policy), exits(100*time.Millisecond, c.code))
				_, stop := w.supervise()
				w.start(id)
				time.Sleep(time.Minute)
				m := w.memory(id)
				assert.Equal(t, m.History.Restarts, c.restarts)
				assert.Equal(t, m.Exhausted, c.gaveUp)
				assert.Equal(t, w.status(id).Exit.Code, c.code)
				assert.Equal(t, w.status(id).Run, c.restarts+1)
				stop()
				w.end()
			})
		})
	}
}

func TestAlwaysRestartsWithABackOff(t *testing.T) {
	for _, policy := range []string{"always", "unless-stopped"} {
		inBubble(t, func(w *world) {
			id := w.container(service("web", policy), exits(time.Second, 0))
			_, stop := w.supervise()
			w.start(id)
			time.Sleep(30 * time.Second)
			n := w.memory(id).History.Restarts
			assert.Equal(t, n, 8) // the eighth is decided after 8 s of running and 12.7 s of waiting, the ninth after 34.5 s
			assert.Equal(t, w.memory(id).History.Delay, 100*time.Millisecond<<(n-1))
			stop()
			w.end()
		})
	}
}

func TestWhatTheUserStoppedStaysStopped(t *testing.T) {
	for _, signal := range []plan.Action{plan.StopContainer{ID: "shop-web-1", Grace: time.Second}, plan.KillContainer{ID: "shop-web-1", Signal: "SIGKILL"}} {
		inBubble(t, func(w *world) {
			id := w.container(service("web", "always"), exits(time.Hour, 0))
			_, stop := w.supervise()
			w.start(id)
			time.Sleep(5 * time.Second)
			w.command(signal)
			time.Sleep(time.Minute)
			assert.Assert(t, !w.running(id))
			assert.Equal(t, w.status(id).Run, 1)
			events := strings.Join(w.told(), ",")
			assert.Assert(t, strings.Contains(events, "web start,web kill,web die"), events)

			// A new start by the user is watched again.
			w.start(id)
			time.Sleep(5 * time.Second)
			assert.NilError(t, w.KillContainer(w.Context(), id, "SIGKILL")) // from outside
			time.Sleep(5 * time.Second)
			assert.Assert(t, w.running(id))
			assert.Equal(t, w.memory(id).History.Restarts, 1)
			stop()
			w.end()
		})
	}
}

func TestStopDuringTheBackOff(t *testing.T) {
	inBubble(t, func(w *world) {
		s := service("web", "always")
		s.Restart.Delay = 20 * time.Second
		id := w.container(s, exits(time.Second, 1))
		_, stop := w.supervise()
		w.start(id)
		time.Sleep(5 * time.Second)
		assert.Assert(t, !w.memory(id).Due.IsZero())
		markUserEnd(t, w, id)
		time.Sleep(time.Minute)
		assert.Equal(t, w.status(id).Run, 1)
		stop()
		w.end()
	})
}

func TestTheUsersStartBeginsTheCountAnew(t *testing.T) {
	inBubble(t, func(w *world) {
		id := w.container(service("web", "on-failure:2"), exits(100*time.Millisecond, 1))
		_, stop := w.supervise()
		for range 2 {
			w.start(id)
			time.Sleep(time.Minute)
			assert.Equal(t, w.memory(id).History.Restarts, 2)
		}
		assert.Equal(t, w.status(id).Run, 6)
		stop()
		w.end()
	})
}

func TestExitsOfANightWithoutHostwrightd(t *testing.T) {
	inBubble(t, func(w *world) {
		id := w.container(service("web", "on-failure:3"), exits(100*time.Millisecond, 1))
		_, stop := w.supervise()
		w.start(id)
		time.Sleep(250 * time.Millisecond)
		stop() // somewhere in the middle
		time.Sleep(time.Hour)
		_, stop = w.supervise()
		time.Sleep(time.Minute)
		assert.Equal(t, w.status(id).Run, 4)
		assert.Equal(t, w.memory(id).History.Restarts, 3)
		stop()
		w.end()
	})
}

// A hostwrightd that ends between the decision to restart and the start leaves the start to the next one.
func TestARestartThatWasNotMadeIsMadeByTheNext(t *testing.T) {
	inBubble(t, func(w *world) {
		id := w.container(service("web", "on-failure:3"), exits(100*time.Millisecond, 1))
		_, stop := w.supervise()
		w.start(id)
		time.Sleep(250 * time.Millisecond)
		stop()
		time.Sleep(time.Second)
		m := w.memory(id)
		run := w.status(id).Run
		m.Run, m.Judged, m.Ours, m.Due = run, true, run+1, time.Time{}
		assert.NilError(t, m.save(w.folder.Container(id)))
		_, stop = w.supervise()
		time.Sleep(time.Minute)
		assert.Assert(t, w.status(id).Run > run, "it stays ended")
		stop()
		w.end()
	})
}

func TestTheRuntimeGoesAndComesBack(t *testing.T) {
	inBubble(t, func(w *world) {
		forever := exits(24*time.Hour, 0)
		always, unless := w.container(service("always", "always"), forever), w.container(service("unless", "unless-stopped"), forever)
		failing, never := w.container(service("failing", "on-failure:1"), forever), w.container(service("never", ""), forever)
		stoppedUnless, stoppedAlways := w.container(service("su", "unless-stopped"), forever), w.container(service("sa", "always"), forever)
		_, stop := w.supervise()
		w.start(always, unless, failing, never, stoppedUnless, stoppedAlways)
		time.Sleep(time.Minute)
		w.command(plan.StopContainer{ID: stoppedUnless, Grace: time.Second}, plan.StopContainer{ID: stoppedAlways, Grace: time.Second})
		time.Sleep(time.Minute)
		w.SetDown(true)
		time.Sleep(time.Minute)
		w.SetDown(false)
		time.Sleep(time.Minute)
		for id, want := range map[string]bool{always: true, unless: true, failing: true, never: false, stoppedUnless: false, stoppedAlways: true} {
			assert.Equal(t, w.running(id), want, id)
			assert.Equal(t, w.memory(id).History.Restarts, 0, id)
			assert.Assert(t, !w.memory(id).Interrupted, id)
		}
		stop()
		w.end()
	})
}

// The services stop the containers before they go, which takes seconds: an end that was seen meanwhile is not counted
// either, whether its policy has acted or not.
func TestTheRuntimeTakesItsTimeToGo(t *testing.T) {
	for _, c := range []struct {
		name, policy string
		program      adaptertest.Program
		gone         time.Duration // between the end of the container and that of the services
		restarting   bool          // the policy has decided before
		runs         int
	}{
		{"ended by the signal", "always", exits(24*time.Hour, 0), 1500 * time.Millisecond, false, 2},
		{"ended by the signal, and no more restarts allowed", "on-failure:1", exits(24*time.Hour, 0), 1500 * time.Millisecond, false, 2},
		{"ended well", "always", adaptertest.Serve, 150 * time.Millisecond, false, 2},
		{"ended well, and was started again", "unless-stopped", adaptertest.Serve, 3 * time.Second, true, 3},
		{"ended by the signal, and was started again", "on-failure:1", exits(24*time.Hour, 0), 6 * time.Second, true, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				id := w.container(service("web", c.policy), c.program)
				_, stop := w.supervise()
				w.start(id)
				time.Sleep(time.Minute)
				assert.NilError(t, w.KillContainer(w.Context(), id, "SIGTERM")) // from outside
				time.Sleep(c.gone)
				w.SetDown(true)
				time.Sleep(time.Minute)
				assert.Equal(t, w.memory(id).History.Restarts, 0)
				assert.Equal(t, len(w.memory(id).History.Attempts), 0)
				w.SetDown(false)
				time.Sleep(time.Minute)
				assert.Assert(t, w.running(id))
				assert.Equal(t, w.status(id).Run, c.runs)
				assert.Equal(t, w.memory(id).History.Restarts, 0)
				told := strings.Join(w.told(), ",")
				assert.Equal(t, strings.Contains(told, "web restarting"), c.restarting, told)
				assert.Equal(t, strings.Count(told, "web interrupted"), 1, told)
				stop()
				w.end()
			})
		})
	}
}

// What came long before the services went is counted.
func TestAnEndLongBeforeTheRuntimeGoes(t *testing.T) {
	inBubble(t, func(w *world) {
		s := service("web", "always")
		s.Restart.Delay = time.Minute
		id := w.container(s, exits(time.Minute, 1))
		_, stop := w.supervise()
		w.start(id)
		time.Sleep(time.Minute + goingDown + time.Second)
		w.SetDown(true)
		time.Sleep(time.Minute)
		assert.Equal(t, w.memory(id).History.Restarts, 1)
		w.SetDown(false)
		time.Sleep(30 * time.Second)
		assert.Assert(t, w.running(id))
		assert.Equal(t, w.memory(id).History.Restarts, 1)
		stop()
		w.end()
	})
}

// A restart of the runtime's services that is over before anybody looks is known by the times of the starts, which it
// loses.
func TestAShortRestartOfTheRuntime(t *testing.T) {
	inBubble(t, func(w *world) {
		id := w.container(service("web", "on-failure:1"), exits(24*time.Hour, 0))
		_, stop := w.supervise()
		w.start(id)
		time.Sleep(time.Minute)
		w.SetDown(true)
		w.SetDown(false)
		time.Sleep(10 * time.Second)
		assert.Assert(t, w.running(id))
		assert.Equal(t, w.memory(id).History.Restarts, 0)
		stop()
		w.end()
	})
}

func TestItLeavesWhenNothingIsLeft(t *testing.T) {
	inBubble(t, func(w *world) {
		id := w.container(service("web", "no"), exits(time.Minute, 0))
		w.start(id)
		s := New(Options{
			State: w.state, Adapter: w.Fake, Recorders: w.recorders, Now: time.Now, Idle: 10 * time.Second,
			Log: t.Logf,
		})
		begun := time.Now()
		assert.NilError(t, s.Run(w.Context()))
		stayed := time.Since(begun)
		assert.Assert(t, stayed > time.Minute && stayed < 2*time.Minute, "it stayed %s", stayed)
	})
}
