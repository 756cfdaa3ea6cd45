package cli

import "github.com/hostwright/compose/orchestrate"

// attachment is what an attached "up" knows of its containers, and what follows from it. It has no effects.
type attachment struct {
	// onExit stops everything when a container ends, onFailure only when it ends badly.
	onExit, onFailure bool
	// codeFrom is the service whose first exit gives the exit code; "" the one that made everything stop.
	codeFrom string

	expected map[string]bool // containers that are being started, and whose exit was not seen yet
	running  map[string]bool // containers that were seen to run
	last     map[string]bool // after a failed start: containers that have ended and whose exit was not seen yet

	started  bool // the start phase is over
	failed   bool // it failed
	stopping bool // everything is to be stopped
	stopped  bool // and was
	gaveUp   bool // waiting for last lines is over

	interrupts int
	code       int
	codeSeen   bool // of codeFrom
}

func newAttachment(o *upOptions) *attachment {
	return &attachment{
		onExit:    o.abortOnExit || o.exitCodeFrom != "" && !o.abortOnFailure,
		onFailure: o.abortOnFailure, codeFrom: o.exitCodeFrom,
		expected: map[string]bool{}, running: map[string]bool{}, last: map[string]bool{},
	}
}

// exited notes an exit and tells whether it is a reason to stop everything.
func (a *attachment) exited(service, container string, e orchestrate.RunExit) (stop bool) {
	delete(a.expected, container)
	delete(a.running, container)
	delete(a.last, container)
	if e.StartFailed {
		return false // the start phase says so itself
	}
	code := e.Code
	if !e.Known {
		code = exitFailure
	}
	if service == a.codeFrom && !a.codeSeen {
		a.code, a.codeSeen = code, true
	}
	if a.stopping || !a.onExit && !(a.onFailure && code != 0) {
		return false
	}
	if a.stopping = true; !a.codeSeen {
		a.code = code
	}
	return true
}

// interruption is what a signal of the user asks for.
type interruption int

const (
	stopGently interruption = iota
	killAll
	leave
)

// interrupted notes a signal and gives what it asks for.
func (a *attachment) interrupted() interruption {
	a.interrupts++
	a.stopping = true
	switch a.interrupts {
	case 1:
		return stopGently
	case 2:
		return killAll
	}
	return leave
}

// over tells whether there is nothing more to wait for.
func (a *attachment) over() bool {
	switch {
	case a.gaveUp:
		return true
	case a.stopping:
		return a.stopped && len(a.running) == 0
	case a.failed:
		return len(a.last) == 0
	}
	return a.started && len(a.expected) == 0 && len(a.running) == 0
}

// exitCode is the command's, when nothing went wrong: containers that end by themselves are a success whatever their
// codes are, as with Docker Compose.
func (a *attachment) exitCode() int {
	switch {
	case a.interrupts > 0:
		return exitInterrupted
	case a.stopping, a.codeFrom != "":
		return a.code
	}
	return exitOK
}
