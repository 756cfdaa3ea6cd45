package supervise

import (
	"slices"
	"time"

	"github.com/hostwright/compose/translate/declared"
)

// Docker's back-off (moby restartmanager): the first restart comes after firstDelay, each next one after twice the
// time up to maxDelay, and a run of settled or more starts anew.
const (
	firstDelay = 100 * time.Millisecond
	maxDelay   = time.Minute
	settled    = 10 * time.Second
)

// The restart policies (Compose specification, restart).
const (
	policyAlways    = "always"
	policyUnless    = "unless-stopped"
	policyOnFailure = "on-failure"
)

// End is how a run of a container ended, as far as a policy asks.
type End struct {
	// Code is the exit code, where it is Known. One that is not known counts as a failure.
	Code  int
	Known bool
	// StartFailed is true for a start that was refused; it counts as a failure.
	StartFailed bool
	// Ran is how long the process ran.
	Ran time.Duration
	// ByUser is true after Hostwright's own stop or kill.
	ByUser bool
}

// Success tells whether the process is known to have ended with 0.
func (e End) Success() bool { return e.Known && !e.StartFailed && e.Code == 0 }

// History is what a policy remembers of a container since the user started it.
type History struct {
	// Restarts counts them; it is what ps and events show.
	Restarts int `json:"restarts,omitempty"`
	// Delay is the latest one, zero before the first restart.
	Delay time.Duration `json:"delay,omitempty"`
	// Attempts are the times of the restarts that count against MaxRetries: the latest MaxRetries of them.
	Attempts []time.Time `json:"attempts,omitempty"`
}

// Decision is what follows from an end.
type Decision struct {
	Restart bool
	After   time.Duration // from now to the restart
	// Exhausted is true when the policy would restart, and has done so as often as it may.
	Exhausted bool
}

// Decide applies a policy to an end and gives the history that belongs to the decision. The rules are Docker's: always
// and unless-stopped restart whatever the code, on-failure unless it is known to be 0, nothing restarts what the user
// stopped. Delay, MaxRetries and Window are those of deploy.restart_policy (Compose specification, deploy): a fixed
// delay instead of the back-off, and a number of restarts within a time, or altogether where there is no window.
func Decide(p declared.Restart, h History, e End, now time.Time) (Decision, History) {
	if e.ByUser || !wants(p, e) {
		return Decision{}, h
	}
	attempts := recent(h.Attempts, p, now)
	if p.MaxRetries > 0 && len(attempts) >= p.MaxRetries {
		return Decision{Exhausted: true}, h
	}
	h.Delay = nextDelay(p, h.Delay, e)
	h.Restarts++
	h.Attempts = nil
	if p.MaxRetries > 0 {
		h.Attempts = append(attempts, now)
	}
	return Decision{Restart: true, After: h.Delay}, h
}

// wants tells whether the policy restarts after such an end, whatever happened before.
func wants(p declared.Restart, e End) bool {
	switch p.Policy {
	case policyAlways, policyUnless:
		return true
	case policyOnFailure:
		return !e.Success()
	}
	return false
}

// recent are the attempts that still count.
func recent(attempts []time.Time, p declared.Restart, now time.Time) []time.Time {
	out := slices.Clone(attempts)
	if p.Window <= 0 {
		return out
	}
	return slices.DeleteFunc(out, func(t time.Time) bool { return now.Sub(t) > p.Window })
}

func nextDelay(p declared.Restart, last time.Duration, e End) time.Duration {
	switch {
	case p.Delay > 0:
		return p.Delay
	case last <= 0 || e.Ran >= settled:
		return firstDelay
	}
	return min(2*last, maxDelay)
}

// Resumes tells whether a container is started when the runtime is back after it was away. interrupted is true for one
// whose run the runtime took with it; byUser for one that the user had stopped. It is what Docker does when its engine
// comes back: always starts even what the user had stopped, unless-stopped does not, and on-failure goes on with what
// was cut off.
func Resumes(p declared.Restart, interrupted, byUser bool) bool {
	switch p.Policy {
	case policyAlways:
		return true
	case policyUnless:
		return !byUser
	case policyOnFailure:
		return interrupted && !byUser
	}
	return false
}
