package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"gotest.tools/v3/assert"
)

func at(s int) time.Time { return time.Unix(int64(s), 0).UTC() }

func event(s int, service string) orchestrate.ProjectEvent {
	return orchestrate.ProjectEvent{Time: at(s), Type: "container", Action: orchestrate.EventStart, Name: service + "-1", Service: service}
}

// past reads what is there.
func past(t *testing.T, l EventLog, r orchestrate.EventsRequest) []string {
	t.Helper()
	var out []string
	if r.Until.IsZero() {
		r.Until = at(1 << 30)
	}
	err := l.Read(t.Context(), r, func() time.Time { return at(1<<30 + 1) }, func(e orchestrate.ProjectEvent) error {
		out = append(out, fmt.Sprintf("%d %s", e.Time.Unix(), e.Service))
		return nil
	})
	assert.NilError(t, err)
	return out
}

func TestEventsAreSelected(t *testing.T) {
	l := Events(statedir.Project(t.TempDir()))
	assert.NilError(t, l.Append(event(1, "a"), event(2, "b")))
	assert.NilError(t, l.Append(event(3, "a")))
	assert.DeepEqual(t, past(t, l, orchestrate.EventsRequest{Since: at(1)}), []string{"1 a", "2 b", "3 a"})
	assert.DeepEqual(t, past(t, l, orchestrate.EventsRequest{Since: at(2)}), []string{"2 b", "3 a"})
	assert.DeepEqual(t, past(t, l, orchestrate.EventsRequest{Since: at(1), Until: at(2)}), []string{"1 a", "2 b"})
	assert.DeepEqual(t, past(t, l, orchestrate.EventsRequest{Since: at(1), Services: []string{"a"}}), []string{"1 a", "3 a"})
	assert.Equal(t, len(past(t, l, orchestrate.EventsRequest{})), 0, "without a time only new ones are given")
}

func TestAnEventThatWasCutOffHidesNoOther(t *testing.T) {
	dir := statedir.Project(t.TempDir())
	l := Events(dir)
	assert.NilError(t, l.Append(event(1, "a")))
	f, err := os.OpenFile(dir.Events(), os.O_APPEND|os.O_WRONLY, 0)
	assert.NilError(t, err)
	_, err = f.WriteString(`{"time":"2026-`)
	assert.NilError(t, errors.Join(err, f.Close()))
	assert.NilError(t, l.Append(event(2, "b")))
	assert.DeepEqual(t, past(t, l, orchestrate.EventsRequest{Since: at(1)}), []string{"1 a", "2 b"})
}

func TestEventsAreBounded(t *testing.T) {
	dir := statedir.Project(t.TempDir())
	l := Events(dir)
	e := event(1, "a")
	e.Attributes = map[string]string{"message": strings.Repeat("x", 10_000)}
	for i := range 400 { // four megabytes
		e.Time = at(i + 1)
		assert.NilError(t, l.Append(e))
	}
	var total int64
	for _, path := range []string{dir.Events(), dir.OlderEvents()} {
		if info, err := os.Stat(path); err == nil {
			total += info.Size()
			assert.Equal(t, info.Mode().Perm(), os.FileMode(0o600))
		}
	}
	assert.Assert(t, total < 2*maxEvents+maxEvent, "%d bytes", total)
	got := past(t, l, orchestrate.EventsRequest{Since: at(1)})
	assert.Equal(t, got[len(got)-1], "400 a")
	assert.Assert(t, len(got) >= 100, "%d events left", len(got))
	for i := range got[1:] { // in order and without a gap
		assert.Equal(t, got[len(got)-2-i], fmt.Sprintf("%d a", 399-i))
	}
}

// A reader that follows misses nothing while the files change under it.
func TestFollowingOverAChangeOfFiles(t *testing.T) {
	l := Events(statedir.Project(t.TempDir()))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	assert.NilError(t, l.Append(event(1, "before")))
	got := make(chan int64, 1000)
	done := make(chan error, 1)
	go func() {
		done <- l.Read(ctx, orchestrate.EventsRequest{Since: at(2)}, time.Now, func(e orchestrate.ProjectEvent) error {
			got <- e.Time.Unix()
			return nil
		})
	}()
	e := event(2, "a")
	e.Attributes = map[string]string{"message": strings.Repeat("x", 20_000)}
	for i := 0; i < 150; i += 15 {
		for j := range 15 {
			e.Time = at(2 + i + j)
			assert.NilError(t, l.Append(e))
		}
		for j := range 15 {
			assert.Equal(t, <-got, int64(2+i+j))
		}
	}
	cancel()
	assert.NilError(t, <-done)
}
