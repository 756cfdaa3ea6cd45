package view

import (
	"fmt"
	"io"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// ComposeResource names Compose itself as the resource of an event, such as that everything is being stopped.
var ComposeResource = plan.Resource{Kind: "Compose"}

// BesideLogs gives the function that shows the events of an operation between the log lines of an attached one: a line
// an event. On a terminal starts are left out, since the logs show them, and what Compose itself says is red and goes
// to status.
func BesideLogs(mode Mode, s *Streams, colours Colours, status io.Writer) func(orchestrate.Event) {
	if mode == Auto && s.ErrTerminal {
		mode = TTY
	}
	if mode != TTY {
		return NewProgress(mode, s, colours).Event
	}
	return func(e orchestrate.Event) {
		switch {
		case e.Resource == ComposeResource:
			_, _ = fmt.Fprintln(status, colours.paint(red, Safe(e.Details)))
		case e.Text == "Starting" || e.Text == "Started" || e.Text == "Running":
		default:
			_, _ = fmt.Fprintln(s.Err, plainEvent(e))
		}
	}
}
