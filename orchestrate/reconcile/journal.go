package reconcile

import (
	"fmt"
	"sync"

	"github.com/hostwright/compose/ledger"
)

// journal is the one writer of an operation's ledger. Changes that are ready at the same time go into one write: a
// sync is slow, on macOS above all.
type journal struct {
	save func(*ledger.Ledger) error

	mu      sync.Mutex
	current *ledger.Ledger
	waiting []chan error // of changes that no write contains yet
	writing bool
}

func newJournal(l *ledger.Ledger, save func(*ledger.Ledger) error) *journal {
	return &journal{current: l, save: save}
}

// change applies fn to the ledger and returns when a write that contains it is on disk.
func (j *journal) change(fn func(*ledger.Ledger)) error {
	done := make(chan error, 1)
	j.mu.Lock()
	fn(j.current)
	j.waiting = append(j.waiting, done)
	if !j.writing {
		j.writing = true
		go j.write()
	}
	j.mu.Unlock()
	if err := <-done; err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	return nil
}

// write saves until nobody waits. One runs at a time.
func (j *journal) write() {
	for {
		j.mu.Lock()
		waiting := j.waiting
		j.waiting = nil
		if len(waiting) == 0 { // the ledger is not looked at: it may belong to the next operation by now
			j.writing = false
			j.mu.Unlock()
			return
		}
		l := j.current.Clone()
		j.mu.Unlock()
		err := j.save(l)
		j.mu.Lock()
		j.current.Serial = l.Serial // Save counts it up
		j.mu.Unlock()
		for _, w := range waiting {
			w <- err
		}
	}
}

// read gives fn the ledger; fn must not keep it.
func (j *journal) read(fn func(*ledger.Ledger)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	fn(j.current)
}
