package orchestrate

import "time"

// FollowRequest asks for what the containers of services do from now on. One-off containers are never followed.
type FollowRequest struct {
	Ref      ProjectRef `json:"ref"`
	Services []string   `json:"services"`
	// Silent are those of Services of which only starts and exits are given, no lines.
	Silent []string `json:"silent,omitempty"`
}

// OutputKind tells what an Output is.
type OutputKind string

// The kinds of output. Ready comes once and first: whatever is started after it is followed from its first byte.
// Started, lines and Exited of one run of a container come in this order.
const (
	OutputReady   OutputKind = "ready"
	OutputStarted OutputKind = "started" // a run began; for a container that runs already, it comes at once
	OutputLine    OutputKind = "line"
	OutputExited  OutputKind = "exited"
)

// Output is one thing that a followed container did. Service and Container are empty for OutputReady.
type Output struct {
	Kind      OutputKind `json:"kind"`
	Service   string     `json:"service,omitempty"`
	Container string     `json:"container,omitempty"`
	Line      *LogLine   `json:"line,omitempty"` // of OutputLine
	Exit      *RunExit   `json:"exit,omitempty"` // of OutputExited
	// Following are the containers that there are to begin with, by name; of OutputReady.
	Following []Followed `json:"following,omitempty"`
}

// Followed is a container that is followed.
type Followed struct {
	Container string `json:"container"`
	Service   string `json:"service"`
}

// RunExit is how a run of a container ended.
type RunExit struct {
	// Code is the process's exit code, -1 when it is not Known.
	Code  int  `json:"code"`
	Known bool `json:"known"`
	// StartFailed is true when the process never ran.
	StartFailed bool      `json:"startFailed,omitempty"`
	Finished    time.Time `json:"finished,omitzero"`
}
