package supervise

import (
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// What comes back with the runtime waits for the decision about what it depends on, through services that wait
// themselves, and not for ever.
func TestWhatComesBackWaitsForItsDependencies(t *testing.T) {
	now := time.Unix(1000, 0)
	back := func(service string, dependsOn ...string) *container {
		labels := map[string]string{declared.LabelDependsOn: ""}
		for i, d := range dependsOn {
			if i > 0 {
				labels[declared.LabelDependsOn] += ","
			}
			labels[declared.LabelDependsOn] += d + ":service_started:false"
		}
		return &container{
			id: service, service: service, resuming: true, memory: Memory{Run: 1, Judged: true, Due: now},
			seen: &adapter.Container{ID: service, State: adapter.StateStopped, Labels: labels},
		}
	}
	for name, test := range map[string]struct {
		change func(db *container)
		after  time.Duration
		want   bool
	}{
		"all are decided":               {func(*container) {}, 0, false},
		"its end is not judged":         {func(db *container) { db.memory.Judged = false }, 0, true},
		"its recorder has not ended":    {func(db *container) { db.status = record.Status{Run: 1, Recording: true} }, 0, true},
		"it is known to be interrupted": {func(db *container) { db.memory.Interrupted = true }, 0, true},
		"it runs":                       {func(db *container) { db.memory.Interrupted, db.seen.State = true, adapter.StateRunning }, 0, false},
		"for too long":                  {func(db *container) { db.memory.Judged = false }, comeBackPatience + time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			db, api, web, alone := back("db"), back("api", "db"), back("web", "api"), back("alone")
			test.change(db)
			p := &project{containers: map[string]*container{"db": db, "api": api, "web": web, "alone": alone}}
			at := now.Add(test.after)
			assert.Equal(t, p.holdsBack(api, at), test.want)
			assert.Equal(t, p.holdsBack(web, at), test.want)
			assert.Assert(t, !p.holdsBack(alone, at) && !p.holdsBack(db, at))
			web.resuming = false // a restart by the policy alone
			assert.Assert(t, !p.holdsBack(web, at))
		})
	}
}
