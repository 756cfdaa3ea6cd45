package record

import (
	"errors"
	"time"

	"github.com/hostwright/compose/adapter"
)

// attempt is one attached start that has come back.
type attempt struct {
	before time.Time // the container's Started before the call
	called time.Time
	code   int
	err    error
	words  string // the end of stderr
}

// look is what an inspect after the attempt showed.
type look struct {
	container adapter.Container
	err       error
}

// needsLook tells whether the attempt alone cannot be judged: an error, or an exit code 1 where the runtime gives 1
// for a failed start too.
func needsLook(a attempt, c adapter.Capabilities) bool {
	return a.err != nil || a.code == 1 && c.StartFailureIsExit1
}

// judge says how a run ended. seen is nil when no look was needed. Run, Called and Finished are the caller's.
//
// The rule: an exit code 1 is a failed start only when the container has no Started newer than before. What the
// runtime itself says about a process that ran, or while it cannot be asked, leaves the code unknown.
func judge(a attempt, seen *look) Exit {
	e := Exit{Code: UnknownCode, Error: errorText(a.err)}
	if seen == nil {
		return known(e, a.code)
	}
	if seen.err != nil {
		if e.Error == "" {
			e.Error = "exit code 1, and the runtime did not say whether the process ran: " + seen.err.Error()
		}
		return e
	}
	if Ran(seen.container, a.before) {
		e.Started = seen.container.Started
		return judgeRan(e, a, seen.container)
	}
	// Started has whole seconds: a start within the second of the one before leaves it as it was, and it cannot be
	// told whether the process ran. The runtime gives a reason for every start that fails.
	if !seen.container.Started.IsZero() && !seen.container.Started.Before(a.called.Truncate(time.Second)) {
		if a.err == nil {
			e.Started = seen.container.Started
			return known(e, a.code)
		}
		return e
	}
	e.StartFailed = true
	if e.Error == "" {
		e.Error = a.words
	}
	if e.Error == "" {
		e.Error = "the runtime did not start the process and gave no reason"
	}
	return e
}

// judgeRan judges an attempt whose process ran.
func judgeRan(e Exit, a attempt, c adapter.Container) Exit {
	if a.err == nil {
		return known(e, a.code)
	}
	// A process whose last words look like the runtime's error ("Error: no such table") and that exits with 1: the
	// words are none that the adapter knows, and the runtime is up and has the container as stopped.
	var ae *adapter.Error
	if errors.As(a.err, &ae) && ae.Kind == adapter.Unknown && ae.ExitCode == 1 && c.State == adapter.StateStopped {
		e.Error = ""
		return known(e, 1)
	}
	return e
}

func known(e Exit, code int) Exit {
	e.Known, e.Code, e.Signal = true, code, signalOf(code)
	return e
}

// Ran tells whether a container's process has been started since a moment at which its Started was before.
func Ran(c adapter.Container, before time.Time) bool {
	return !c.Started.IsZero() && c.Started.After(before)
}

// maxError bounds the text of an error in exit.json.
const maxError = 2000

func errorText(err error) string {
	if err == nil {
		return ""
	}
	s := err.Error()
	if len(s) > maxError {
		s = s[:maxError] + "..."
	}
	return s
}
