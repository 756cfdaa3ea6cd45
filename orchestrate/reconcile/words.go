package reconcile

import (
	"strings"

	"github.com/hostwright/compose/orchestrate/plan"
)

// stopWords are the words of a stop: one that belongs to a restart begins it, and the start ends it.
func stopWords(group string) (begin, end string) {
	if strings.HasPrefix(group, plan.RestartGroup) {
		return "Restarting", ""
	}
	return "Stopping", "Stopped"
}

// startWords are the words of a start. In a restart the stop has said the first one, unless there was none.
func startWords(group string, stopped bool) (begin, end string) {
	if !strings.HasPrefix(group, plan.RestartGroup) {
		return "Starting", "Started"
	}
	if stopped {
		return "", "Started"
	}
	return "Restarting", "Started"
}
