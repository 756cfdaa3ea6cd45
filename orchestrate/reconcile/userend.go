package reconcile

import (
	"strings"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/record"
)

// markUserEnd remembers that what follows ends a container because the user wants it: no restart policy applies. A
// mark that cannot be written is told and stops nothing.
func (e *run) markUserEnd(id, signal string) {
	if err := record.MarkUserEnd(e.Project.Container(id), signal, e.Now()); err != nil {
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
