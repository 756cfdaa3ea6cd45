package supervise

import (
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// resolves gives the address that a container's hosts file has for a name, "" for none.
func (w *world) resolves(id, name string) string {
	data, err := os.ReadFile(w.folder.Hosts(id))
	assert.NilError(w, err)
	for _, line := range strings.Split(string(data), "\n") {
		if words := strings.Fields(line); len(words) == 2 && words[1] == name {
			return words[0]
		}
	}
	return ""
}

func (w *world) address(id string) string {
	s := w.Snapshot()
	c, ok := s.Container(id)
	assert.Assert(w, ok && len(c.Addresses) == 1, id)
	return c.Addresses[0].IPv4.String()
}

// withinASecond is how soon names have to be right.
const withinASecond = time.Second

func TestNamesFollowRestartsAndEnds(t *testing.T) {
	inBubble(t, func(w *world) {
		web, db := w.container(service("web", "no"), exits(24*time.Hour, 0)), w.container(service("db", "always"), exits(24*time.Hour, 0))
		_, stop := w.supervise()
		w.start(web, db)
		time.Sleep(time.Minute)
		before := w.address(db)
		assert.Equal(t, w.resolves(web, "db"), before)

		assert.NilError(t, w.KillContainer(w.Context(), db, "SIGKILL"))
		time.Sleep(withinASecond)
		assert.Assert(t, w.running(db))
		assert.Assert(t, w.address(db) != before, "the runtime gives a new address at each start")
		assert.Equal(t, w.resolves(web, "db"), w.address(db))

		markUserEnd(t, w, db)
		assert.NilError(t, w.KillContainer(w.Context(), db, "SIGKILL"))
		time.Sleep(withinASecond)
		assert.Assert(t, !w.running(db))
		assert.Equal(t, w.resolves(web, "db"), "", "a stopped peer's name is still there")
		stop()
		w.end()
	})
}

// A run that begins and ends between two looks leaves no name behind, though every look shows the same.
func TestTheNameOfAShortRunGoes(t *testing.T) {
	inBubble(t, func(w *world) {
		web, once := w.container(service("web", "no"), exits(24*time.Hour, 0)), w.container(service("once", "no"), exits(time.Millisecond, 0))
		_, stop := w.supervise()
		w.start(web)
		time.Sleep(time.Minute)
		for range 3 {
			text, err := os.ReadFile(w.folder.Hosts(web))
			assert.NilError(t, err)
			assert.NilError(t, os.WriteFile(w.folder.Hosts(web), append(text, "10.9.9.9 once\n"...), 0o644)) // as a command had it
			assert.Equal(t, w.resolves(web, "once"), "10.9.9.9")
			h, err := record.SpawnHere(w.Context(), w.Fake, record.SpawnRequest{Dir: w.folder.Container(once), ID: once})
			assert.NilError(t, err)
			<-h.Done()
			time.Sleep(withinASecond)
			assert.Equal(t, w.resolves(web, "once"), "", "the name of what has ended is still there")
			time.Sleep(time.Minute)
		}
		stop()
		w.end()
	})
}

func TestAfterTheRuntimeCameBackNamesAreRightAndDependenciesFirst(t *testing.T) {
	inBubble(t, func(w *world) {
		db := service("db", "always")
		db.Healthcheck = &declared.Healthcheck{Test: []string{"CMD", "ready"}, Interval: time.Second}
		web := service("web", "always")
		web.DependsOn = []declared.Dependency{{Service: "db", Condition: declared.Healthy, Required: true}}
		ids := []string{w.container(web, exits(24*time.Hour, 0)), w.container(db, probed(func() bool { return true }))}
		_, stop := w.supervise()
		w.start(ids...)
		time.Sleep(time.Minute)
		w.SetDown(true)
		time.Sleep(time.Minute)
		w.SetDown(false)
		time.Sleep(time.Minute)
		assert.Equal(t, w.resolves(ids[0], "db"), w.address(ids[1]))
		assert.Equal(t, w.resolves(ids[1], "web"), w.address(ids[0]))
		s := w.Snapshot()
		a, _ := s.Container(ids[0])
		b, _ := s.Container(ids[1])
		assert.Assert(t, a.Started.After(b.Started), "web was started at %s, the db that it waits for at %s", a.Started, b.Started)
		stop()
		w.end()
	})
}

// checked makes a service whose probes succeed while ok does.
func checked(w *world, name string, ok func() bool) string {
	s := service(name, "no")
	s.Healthcheck = &declared.Healthcheck{Test: []string{"CMD", "check"}, Interval: time.Second, Timeout: time.Second, Retries: 2}
	return w.container(s, probed(ok))
}

// probed runs for a day, and its probes succeed while ok does.
func probed(ok func() bool) adaptertest.Program {
	return func(p *adaptertest.Process) int {
		switch {
		case !p.Exec:
			return exits(24*time.Hour, 0)(p)
		case ok():
			return 0
		}
		return 1
	}
}

func TestHealthIsWatchedAndTold(t *testing.T) {
	inBubble(t, func(w *world) {
		var bad atomic.Bool
		id := checked(w, "web", func() bool { return !bad.Load() })
		_, stop := w.supervise()
		w.start(id)
		time.Sleep(10 * time.Second)
		bad.Store(true)
		time.Sleep(10 * time.Second)
		bad.Store(false)
		time.Sleep(10 * time.Second)
		var health []string
		for _, e := range w.told("status") {
			if strings.Contains(e, "health_status") {
				health = append(health, e)
			}
		}
		assert.DeepEqual(t, health, []string{
			"web health_status status=starting", "web health_status status=healthy",
			"web health_status status=unhealthy", "web health_status status=healthy",
		})
		stop()
		w.end()
	})
}

func TestDriftIsToldOnceAndSettled(t *testing.T) {
	inBubble(t, func(w *world) {
		id := w.container(service("web", "no"), exits(24*time.Hour, 0))
		_, stop := w.supervise()
		w.start(id)
		time.Sleep(time.Minute)
		assert.NilError(t, w.KillContainer(w.Context(), id, "SIGKILL"))
		time.Sleep(5 * time.Second)
		assert.Assert(t, slices.Contains(w.told("drift"), "web drift drift=stopped"), "%q", w.told("drift"))
		time.Sleep(5 * time.Minute)
		w.start(id)
		time.Sleep(time.Minute)
		n := 0
		for _, e := range w.told() {
			if e == "web drift" || e == "web settled" {
				n++
			}
		}
		assert.Equal(t, n, 2, "%q", w.told())
		stop()
		w.end()
	})
}

func TestManyRestartsAtOnceLeaveNothingBehind(t *testing.T) {
	inBubble(t, func(w *world) {
		var ids []string
		for _, name := range strings.Fields("a b c d e f g h i j k l m n o p q r s t") {
			ids = append(ids, w.container(service(name, "always"), exits(24*time.Hour, 0)))
		}
		_, stop := w.supervise()
		w.start(ids...)
		time.Sleep(time.Minute)
		for range 3 {
			for _, id := range ids {
				assert.NilError(t, w.KillContainer(w.Context(), id, "SIGKILL"))
			}
			time.Sleep(30 * time.Second)
			for _, id := range ids {
				assert.Assert(t, w.running(id), id)
			}
		}
		for _, id := range ids {
			assert.Equal(t, w.memory(id).History.Restarts, 3, id)
			for _, peer := range ids {
				name := strings.Split(peer, "-")[1]
				if peer != id {
					assert.Equal(t, w.resolves(id, name), w.address(peer))
				}
			}
		}
		stop()
		w.end() // the bubble itself ends only when no goroutine is left
	})
}
