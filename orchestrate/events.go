package orchestrate

import (
	"time"

	"github.com/hostwright/compose/orchestrate/plan"
)

// ProjectEvent is something that happened to a project, whoever did it. It is seen and kept by hostwrightd.
type ProjectEvent struct {
	Time time.Time `json:"time"`
	// Type is what it happened to: "container", or the kind of resource that has drifted.
	Type   string      `json:"type"`
	Action EventAction `json:"action"`
	// Name is the resource's. Service is empty for what belongs to none.
	Name    string `json:"name"`
	Service string `json:"service,omitempty"`
	// Attributes are words about it, such as exitCode. They hold no value of the environment.
	Attributes map[string]string `json:"attributes,omitempty"`
}

// EventAction says what happened. The first ones are Docker's words, the others Hostwright's own.
type EventAction string

// The actions. Of one run, start comes before kill, and kill before die.
const (
	EventCreate  EventAction = "create"
	EventStart   EventAction = "start"
	EventKill    EventAction = "kill" // the user stopped or killed it; attribute signal
	EventDie     EventAction = "die"  // attributes exitCode (-1: not known), startFailed
	EventDestroy EventAction = "destroy"
	EventHealth  EventAction = "health_status" // attribute status
	// EventRestarting: its policy restarts it; attributes restarts, delay.
	EventRestarting EventAction = "restarting"
	// EventGaveUp: its policy has restarted it as often as it may.
	EventGaveUp EventAction = "gave_up"
	// EventBlocked: a published port resets connections although a process listens behind it; attributes port, hint.
	EventBlocked EventAction = "blocked"
	// EventInterrupted: the runtime went away and took it along; EventResumed: it is back.
	EventInterrupted EventAction = "interrupted"
	EventResumed     EventAction = "resumed"
	// EventDrift: it changed behind Hostwright's back; attributes drift, message. EventSettled: it is right again.
	EventDrift   EventAction = "drift"
	EventSettled EventAction = "settled"
)

// EventsRequest selects events. Zero times: from now on, and without end. No service means all.
type EventsRequest struct {
	Ref      ProjectRef `json:"ref"`
	Services []string   `json:"services,omitempty"`
	Since    time.Time  `json:"since,omitzero"`
	Until    time.Time  `json:"until,omitzero"`
}

// Drift is one thing that is not as Hostwright left it, though Hostwright did not change it.
type Drift struct {
	Kind     DriftKind     `json:"kind"`
	Resource plan.Resource `json:"resource"`
	Service  string        `json:"service,omitempty"`
	Message  string        `json:"message"`
	// Hint says what to do.
	Hint string `json:"hint,omitempty"`
}

// DriftKind names a kind of drift.
type DriftKind string

// The kinds of drift.
const (
	DriftGone     DriftKind = "gone"      // the ledger lists it, the runtime does not
	DriftForeign  DriftKind = "foreign"   // something else has its name
	DriftStopped  DriftKind = "stopped"   // ended by a signal that Hostwright did not send
	DriftStarted  DriftKind = "started"   // runs without a recorder: its output and exit code are not kept
	DriftTagMoved DriftKind = "tag moved" // its image's name means another image now
)
