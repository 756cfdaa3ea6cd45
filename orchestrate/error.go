package orchestrate

import (
	"errors"

	"github.com/hostwright/compose/translate/finding"
)

// Error is an error for the user: what, where, and what to do. It crosses the wire whole but for its cause.
type Error struct {
	// Code classes it for those who look, such as "refused", "locked", "ledger", "runtime", "unhealthy".
	Code     Code         `json:"code"`
	Message  string       `json:"message"`
	Hint     string       `json:"hint,omitempty"`
	Findings finding.List `json:"findings,omitempty"`
	Err      error        `json:"-"`
}

// Code classes an Error.
type Code string

// The codes.
const (
	CodeRefused   Code = "refused"   // the plan has findings that forbid it
	CodeLedger    Code = "ledger"    // damaged, newer, moved, not writable
	CodeRuntime   Code = "runtime"   // the runtime's own
	CodeCondition Code = "condition" // a dependency or a wait failed
	CodeProject   Code = "project"   // no such project, service or container
	CodeAmbiguous Code = "ambiguous" // several projects have the name
	CodeDaemon    Code = "daemon"    // hostwrightd ended, is leaving or is of another build
	CodeInternal  Code = "internal"
)

// Error gives the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint gives the hint of the first *Error in err's chain, or "".
func Hint(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}
