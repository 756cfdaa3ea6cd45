package reconcile

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/hostwright/compose/ledger"
	"gotest.tools/v3/assert"
)

func TestJournalReturnsOnlyWhenAWriteHasTheChange(t *testing.T) {
	var mu sync.Mutex
	var onDisk *ledger.Ledger
	writes := 0
	j := newJournal(&ledger.Ledger{}, func(l *ledger.Ledger) error {
		mu.Lock()
		defer mu.Unlock()
		writes++
		l.Serial++
		onDisk = l.Clone()
		return nil
	})
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			name := fmt.Sprintf("c%02d", i)
			assert.Check(t, j.change(func(l *ledger.Ledger) { l.Put(ledger.Entry{Kind: ledger.Container, Name: name}) }))
			mu.Lock()
			_, ok := onDisk.Entry(ledger.Container, name)
			mu.Unlock()
			assert.Check(t, ok, "%s is not on disk", name)
		})
	}
	wg.Wait()
	assert.Equal(t, len(onDisk.Entries), 50)
	assert.Equal(t, onDisk.Serial, uint64(writes))
	j.read(func(l *ledger.Ledger) { assert.Equal(t, l.Serial, uint64(writes)) })
}

func TestJournalTellsEveryoneWhoseWriteFailed(t *testing.T) {
	full := errors.New("no space left")
	j := newJournal(&ledger.Ledger{}, func(*ledger.Ledger) error { return full })
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { assert.Check(t, errors.Is(j.change(func(*ledger.Ledger) {}), full)) })
	}
	wg.Wait()
}
