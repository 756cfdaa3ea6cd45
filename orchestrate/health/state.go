package health

import (
	"time"

	"github.com/hostwright/compose/translate/declared"
)

// Status is a container's health as Docker names it. The zero value is a container without a check.
type Status string

// The statuses.
const (
	Starting  Status = "starting"
	Healthy   Status = "healthy"
	Unhealthy Status = "unhealthy"
)

// Bounds of what is kept, as Docker's (moby daemon/health.go).
const (
	maxResults = 5
	maxOutput  = 4096
)

// Result is one probe.
type Result struct {
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	ExitCode int       `json:"exitCode"` // 0 is healthy; -1: the probe did not end by itself
	Output   string    `json:"output,omitempty"`
}

// State is the health of one run of a container.
type State struct {
	Status Status `json:"status"`
	// Started is when the run began, as the runtime tells it. A state of another Started is of another run.
	Started time.Time `json:"started"`
	// FailingStreak counts the failures since the last success that count.
	FailingStreak int `json:"failingStreak"`
	// Results are the latest probes, oldest first, at most five.
	Results []Result `json:"results,omitempty"`
}

// Begin gives the state of a run that was not probed yet.
func Begin(started time.Time) State { return State{Status: Starting, Started: started} }

// Next gives the state after a probe. check is an effective one. The rules are Docker's: one success is healthy;
// Retries failures in a row are unhealthy; a failure of a probe that began within the start period counts only when
// the container was healthy before.
func (s State) Next(r Result, check declared.Healthcheck) State {
	r.Output = bounded(r.Output)
	n := State{Status: s.Status, Started: s.Started, FailingStreak: s.FailingStreak}
	kept := s.Results[max(0, len(s.Results)+1-maxResults):]
	n.Results = append(append([]Result(nil), kept...), r)
	switch {
	case r.ExitCode == 0:
		n.Status, n.FailingStreak = Healthy, 0
	case s.Status == Starting && r.Start.Sub(s.Started) < check.StartPeriod:
		// It is given the time to start.
	default:
		n.FailingStreak++
		if n.FailingStreak >= check.Retries {
			n.Status = Unhealthy
		}
	}
	return n
}

// Delay gives the time between the end of a probe, or the start of the container, and the next probe: the start
// interval while the container is starting within its start period, else the interval.
func (s State) Delay(check declared.Healthcheck, now time.Time) time.Duration {
	if s.Status == Starting && now.Sub(s.Started) < check.StartPeriod {
		return check.StartInterval
	}
	return check.Interval
}

// Last gives the latest probe.
func (s State) Last() (Result, bool) {
	if len(s.Results) == 0 {
		return Result{}, false
	}
	return s.Results[len(s.Results)-1], true
}

// bounded cuts a probe's output where Docker does.
func bounded(s string) string {
	if len(s) > maxOutput {
		return s[:maxOutput] + "..."
	}
	return s
}
