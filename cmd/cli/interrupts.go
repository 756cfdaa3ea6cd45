package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/hostwright/compose/cmd/cli/view"
)

// interrupts are the user's SIGINT and SIGTERM. The first one ends the command's context and the second one the process,
// unless the command takes them: then it acts on all that come. The nil value has none.
type interrupts struct {
	signals chan os.Signal

	mu    sync.Mutex
	taken chan os.Signal
}

// listen begins to receive signals; cancel is called at the first one that nobody has taken.
func listen(app *App, cancel context.CancelFunc) *interrupts {
	i := &interrupts{signals: make(chan os.Signal, 4)}
	signal.Notify(i.signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		again := false
		for s := range i.signals {
			switch {
			case i.hand(s):
			case !again:
				again = true
				cancel()
			default:
				app.leave()
			}
		}
	}()
	return i
}

// leave ends the process at once.
func (a *App) leave() {
	if a.Streams.ErrTerminal {
		_, _ = io.WriteString(a.Streams.Err, view.ShowCursor)
	}
	os.Exit(exitInterrupted)
}

// stop ends the receiving.
func (i *interrupts) stop() {
	signal.Stop(i.signals)
	close(i.signals)
}

// take gives the channel of all signals from now on, and of more kinds than SIGINT and SIGTERM. Only one command runs, so
// only one takes them.
func (i *interrupts) take(more ...os.Signal) <-chan os.Signal {
	if i == nil {
		return nil
	}
	if len(more) > 0 { // with none, Notify takes all there are
		signal.Notify(i.signals, more...)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taken == nil {
		i.taken = make(chan os.Signal, 16)
	}
	return i.taken
}

// hand gives a signal to the one who took them. One that does not look for a while loses what no longer fits.
func (i *interrupts) hand(s os.Signal) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taken == nil {
		return false
	}
	select {
	case i.taken <- s:
	default:
	}
	return true
}
