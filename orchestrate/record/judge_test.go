package record

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"gotest.tools/v3/assert"
)

func TestJudge(t *testing.T) {
	at := func(s int) time.Time { return time.Date(2026, 8, 2, 10, 0, s, 0, time.UTC) }
	apple := adapter.Capabilities{StartFailureIsExit1: true}
	stopped := func(started time.Time) *look {
		return &look{container: adapter.Container{State: adapter.StateStopped, Started: started}}
	}
	running := func(started time.Time) *look {
		return &look{container: adapter.Container{State: adapter.StateRunning, Started: started}}
	}
	down := &look{err: &adapter.Error{Kind: adapter.NotRunning, Op: "inspect container"}}
	words := func(k adapter.Kind, code int) error {
		return &adapter.Error{Kind: k, Op: "start container", Words: "words", ExitCode: code}
	}
	for _, c := range []struct {
		name    string
		attempt attempt
		caps    adapter.Capabilities
		seen    *look // nil: no look is needed
		want    Exit  // without Error
		text    string
	}{
		{"exit 0", attempt{called: at(5)}, apple, nil, Exit{Known: true}, ""},
		{"exit 3", attempt{called: at(5), code: 3}, apple, nil, Exit{Known: true, Code: 3}, ""},
		{"killed by a signal", attempt{called: at(5), code: 137}, apple, nil, Exit{Known: true, Code: 137, Signal: 9}, ""},
		{"255 is no signal", attempt{called: at(5), code: 255}, apple, nil, Exit{Known: true, Code: 255}, ""},
		{"exit 1 where a failed start looks different", attempt{called: at(5), code: 1}, adapter.Capabilities{}, nil, Exit{Known: true, Code: 1}, ""},
		{"exit 1 of a first run", attempt{called: at(5), code: 1}, apple, stopped(at(5)), Exit{Known: true, Code: 1, Started: at(5)}, ""},
		{"exit 1 of a later run", attempt{before: at(2), called: at(5), code: 1}, apple, stopped(at(6)), Exit{Known: true, Code: 1, Started: at(6)}, ""},
		{"exit 1 of a run in the second of the one before", attempt{before: at(5), called: at(5).Add(time.Millisecond), code: 1}, apple, stopped(at(5)), Exit{Known: true, Code: 1, Started: at(5)}, ""},
		{"exit 1 and never started", attempt{called: at(5), code: 1}, apple, stopped(time.Time{}), Exit{Code: -1, StartFailed: true}, "the runtime did not start the process and gave no reason"},
		{"exit 1 and not started again", attempt{before: at(2), called: at(5), code: 1}, apple, stopped(at(2)), Exit{Code: -1, StartFailed: true}, "the runtime did not start the process and gave no reason"},
		{"exit 1 while the runtime is down", attempt{called: at(5), code: 1}, apple, down, Exit{Code: -1}, "exit code 1, and the runtime did not say whether the process ran: inspect container: not running"},
		{"the runtime refuses to start", attempt{called: at(5), err: words(adapter.PortInUse, 1)}, apple, stopped(time.Time{}), Exit{Code: -1, StartFailed: true}, "start container: words"},
		{"the runtime refuses in the second of the run before", attempt{before: at(5), called: at(5).Add(time.Millisecond), err: words(adapter.PortInUse, 1)}, apple, stopped(at(5)), Exit{Code: -1}, "start container: words"},
		{"the runtime's error about a process that ran", attempt{called: at(5), err: words(adapter.WrongState, 1)}, apple, stopped(at(5)), Exit{Code: -1, Started: at(5)}, "start container: words"},
		{"the runtime's error while it is down", attempt{called: at(5), err: words(adapter.NotRunning, 1)}, apple, down, Exit{Code: -1}, "start container: words"},
		{"the process's own words look like an error", attempt{called: at(5), err: words(adapter.Unknown, 1)}, apple, stopped(at(5)), Exit{Known: true, Code: 1, Started: at(5)}, ""},
		{"such words of a client that left the process running", attempt{called: at(5), err: words(adapter.Unknown, 1)}, apple, running(at(5)), Exit{Code: -1, Started: at(5)}, "start container: words"},
		{"a client that was killed", attempt{called: at(5), err: words(adapter.Unknown, -1)}, apple, running(at(5)), Exit{Code: -1, Started: at(5)}, "start container: words"},
		{"any other error", attempt{called: at(5), err: errors.New("lost")}, apple, stopped(at(5)), Exit{Code: -1, Started: at(5)}, "lost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, needsLook(c.attempt, c.caps), c.seen != nil)
			c.want.Error = c.text
			assert.DeepEqual(t, judge(c.attempt, c.seen), c.want)
		})
	}
}

func TestErrorTextIsBounded(t *testing.T) {
	assert.Equal(t, len(errorText(errors.New(strings.Repeat("x", 1<<20)))), maxError+3)
}

func TestSuccess(t *testing.T) {
	assert.Assert(t, (&Exit{Known: true}).Success())
	assert.Assert(t, !(&Exit{Known: true, Code: 1}).Success())
	assert.Assert(t, !(&Exit{}).Success(), "an unknown code is no success")
	assert.Assert(t, !(*Exit)(nil).Success())
}
