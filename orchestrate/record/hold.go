package record

import (
	"bufio"
	"context"
	"io"
	"os"
	"time"

	"github.com/hostwright/compose/adapter"
)

// The words that a spawner writes to its recorder.
const (
	wordStarted = "started"
	wordFailed  = "failed"
)

// lookInterval is how often a recorder whose spawner is gone asks whether the container runs.
const lookInterval = 500 * time.Millisecond

// hold keeps the operation lock until the start is known to have worked or failed, so that no other operation looks
// at a container that is half-way up: until the spawner says so; when it is gone, until an inspect shows it; at most
// until the deadline; and not longer than ctx, which ends with the run. Then it closes the lock. lock may be nil.
func hold(ctx context.Context, lock *os.File, stdin io.Reader, o options, rt adapter.RuntimeAdapter) {
	if lock == nil {
		return
	}
	defer lock.Close()
	ctx, cancel := context.WithTimeout(ctx, o.lockDeadline)
	defer cancel()

	told := make(chan bool, 1) // false: the pipe broke without a word
	go func() { told <- confirmed(stdin) }()
	select {
	case <-ctx.Done():
		return
	case ok := <-told:
		if ok {
			return
		}
	}
	awaitStart(ctx, rt, o)
}

// confirmed reads the spawner's pipe to its first word.
func confirmed(stdin io.Reader) bool {
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		if w := lines.Text(); w == wordStarted || w == wordFailed {
			return true
		}
	}
	return false
}

// awaitStart asks the runtime until the container has been started. A start that fails ends the run, and ctx with it.
func awaitStart(ctx context.Context, rt adapter.RuntimeAdapter, o options) {
	tick := time.NewTicker(lookInterval)
	defer tick.Stop()
	for {
		c, err := rt.InspectContainer(ctx, o.id)
		if err == nil && Ran(c, o.before) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
