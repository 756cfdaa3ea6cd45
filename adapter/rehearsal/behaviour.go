package rehearsal

import (
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
)

// KilledCode is the exit code of a killed process, 128 and SIGKILL.
const KilledCode = 137

// Behaviour is what a container was told; by default it runs until it is stopped.
func (c *Container) Behaviour() adapter.Behaviour {
	if c.Request.Behaviour == nil {
		return adapter.Behaviour{}
	}
	return *c.Request.Behaviour
}

// ReadyAt is when the probes of the last run began to succeed, or will.
func (c *Container) ReadyAt() time.Time { return c.Begun.Add(c.Behaviour().ReadyAfter) }

// Ends gives when a running container ends by itself; ok is false for one that does not.
func (c *Container) Ends() (at time.Time, ok bool) {
	b := c.Behaviour()
	return c.Begun.Add(b.RunFor), b.RunFor > 0
}

// Settle ends the containers whose time is over. It tells whether there were any.
func (w *World) Settle(now time.Time) bool {
	some := false
	for _, c := range w.Containers {
		if at, ok := c.Ends(); ok && c.State == adapter.StateRunning && !now.Before(at) {
			c.End(c.Behaviour().ExitCode)
			some = true
		}
	}
	return some
}

// Answer gives the exit code with which a container answers a signal; ends is false when it takes no notice. A server
// (without RunFor) ends well, as most do; what would have ended by itself dies of the signal.
func Answer(b adapter.Behaviour, signal string) (code int, ends bool) {
	signal = SignalName(signal)
	n, known := signals[signal]
	switch {
	case signal == "SIGKILL":
		return KilledCode, true
	case !known:
		return 0, false // SIGWINCH, SIGCHLD and their like end nobody
	case b.RunFor == 0:
		return 0, true
	}
	return 128 + n, true
}

// signals are those that end a process, by the numbers of Linux.
var signals = map[string]int{
	"SIGHUP": 1, "SIGINT": 2, "SIGQUIT": 3, "SIGABRT": 6, "SIGKILL": 9, "SIGUSR1": 10, "SIGUSR2": 12, "SIGTERM": 15,
}

// SignalName completes a signal's name: "term" is "SIGTERM"; empty is SIGTERM too. Numbers of signals that are not known
// stay.
func SignalName(s string) string {
	s = strings.ToUpper(s)
	switch {
	case s == "" || s == "15":
		return "SIGTERM"
	case s == "9":
		return "SIGKILL"
	case strings.HasPrefix(s, "SIG") || s[0] >= '0' && s[0] <= '9':
		return s
	}
	return "SIG" + s
}
