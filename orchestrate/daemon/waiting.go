package daemon

import (
	"strings"
	"time"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/supervise"
)

// shortWait is how long a command waits for hostwrightd without a word: its actions are short.
const shortWait = 2 * time.Second

// waitTeller tells whom a command waits for. It is used by one goroutine.
type waitTeller struct {
	tell  func(orchestrate.Holder) // may be nil
	timer *time.Timer
}

// waiting takes the present holder.
func (w *waitTeller) waiting(h ledger.Holder) {
	w.over()
	if w.tell == nil {
		return
	}
	holder := orchestrate.Holder{PID: h.PID, Command: h.Command, Since: h.Since}
	if strings.HasPrefix(h.Command, supervise.HolderPrefix) {
		w.timer = time.AfterFunc(shortWait, func() { w.tell(holder) })
		return
	}
	w.tell(holder)
}

// over ends a wait: nothing is told any more.
func (w *waitTeller) over() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
