package rehearsal

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
)

// endPoll is how often an attached client looks whether the world was written. Two writes within one step of the file
// system's clock may look like none, so every endRead looks it is read all the same.
const (
	endPoll = 50 * time.Millisecond
	endRead = 40
)

// StartAttached starts a container and waits for its end: because its time is over, or because another process stops it.
// What would be run is said on its output.
func (r *Runtime) StartAttached(ctx context.Context, s adapter.StartRequest) (int, error) {
	var run int
	var words []string
	err := r.with(ctx, adapter.OpStartContainer, s.ID, func(w *World, c *Container, now time.Time) error {
		if err := w.CheckStart(c, nil); err != nil {
			return err
		}
		w.Start(c, now)
		run, words = c.Runs, c.Process
		return nil
	})
	if err != nil {
		return -1, err
	}
	if s.Stdout != nil {
		_, _ = fmt.Fprintf(s.Stdout, "rehearsal: nothing is run here; it would be: %s\n", strings.Join(words, " "))
	}
	return r.awaitEnd(ctx, s.ID, run)
}

// awaitEnd waits for the end of a container's run and gives its exit code; that of a container which is gone is the one
// of a killed one.
func (r *Runtime) awaitEnd(ctx context.Context, id string, run int) (int, error) {
	tick := time.NewTicker(endPoll)
	defer tick.Stop()
	var seen fs.FileInfo
	var due time.Time // when it ends by itself; zero: never
	for looks := 0; ; looks++ {
		info, err := os.Stat(filepath.Join(r.dir, worldFile))
		if err != nil || seen == nil || !same(info, seen) || looks%endRead == 0 || !due.IsZero() && !time.Now().Before(due) {
			code, ended, ends, err := r.lookAt(ctx, id, run)
			if err != nil || ended {
				return code, err
			}
			seen, due = info, ends
		}
		var over <-chan time.Time
		if !due.IsZero() {
			over = time.After(time.Until(due))
		}
		select {
		case <-tick.C:
		case <-over:
		case <-ctx.Done():
			return -1, ctx.Err()
		}
	}
}

// same tells whether a file was not written in between. The number of a file that was replaced may be given out again.
func same(a, b fs.FileInfo) bool { return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) }

// lookAt tells whether a run has ended, and how, or when it is going to end by itself. It changes nothing: an end by time
// is one for everybody who looks.
func (r *Runtime) lookAt(ctx context.Context, id string, run int) (code int, ended bool, ends time.Time, err error) {
	code = -1
	err = r.use(ctx, adapter.OpInspectContainer, id, func(w *World, _ time.Time) error {
		c := w.Containers[id]
		switch {
		case c == nil || c.Runs < run: // deleted, and perhaps made anew
			code, ended = KilledCode, true
		case c.Ended == run:
			code, ended = c.ExitCode, true
		case c.Runs > run:
			return Fail(adapter.Unknown, adapter.OpStartContainer, id, "the container was started again before its end was seen")
		default:
			if at, ok := c.Ends(); ok {
				ends = at
			}
		}
		return nil
	})
	return code, ended, ends, err
}
