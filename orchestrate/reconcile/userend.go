package reconcile

import (
	"strings"
	"time"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/record"
)

// markUserEnd remembers that what follows ends a container because the user wants it: no restart policy applies. within
// is how long that may take, 0 where the container may go on. A mark that cannot be written is told and stops nothing.
func (e *run) markUserEnd(id, signal string, within time.Duration) {
	mark := record.UserEnd{Signal: signal, Time: e.Now()}
	if within > 0 {
		mark.Until = mark.Time.Add(within)
	}
	if err := record.MarkUserEnd(e.Project.Container(id), mark); err != nil {
		e.report(orchestrate.Event{
			Resource: plan.Resource{Kind: plan.ContainerResource, Name: id}, Status: orchestrate.Warned,
			Text: "Warning", Details: "its restart policy may start it again: " + err.Error(),
		})
	}
}

// meansEnd tells whether a signal of kill is meant to end a container, unlike one that makes it read its files again.
func meansEnd(signal, stopSignal string) bool {
	name := strings.TrimPrefix(strings.ToUpper(signal), "SIG")
	switch name {
	case "KILL", "9", "TERM", "15", "INT", "2", "QUIT", "3":
		return true
	}
	return stopSignal != "" && name == strings.TrimPrefix(strings.ToUpper(stopSignal), "SIG")
}
