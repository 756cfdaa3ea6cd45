package cli

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/orchestrate"
)

func endedWith(code int) orchestrate.RunExit { return orchestrate.RunExit{Code: code, Known: true} }

// begun is an attachment whose containers run.
func begun(o *upOptions, containers ...string) *attachment {
	a := newAttachment(o)
	a.started = true
	for _, c := range containers {
		a.running[c] = true
	}
	return a
}

func TestContainersThatEndByThemselvesAreASuccess(t *testing.T) {
	a := begun(&upOptions{}, "web-1", "db-1")
	assert.Assert(t, !a.exited("web", "web-1", endedWith(3)))
	assert.Assert(t, !a.over())
	assert.Assert(t, !a.exited("db", "db-1", endedWith(0)))
	assert.Assert(t, a.over())
	assert.Equal(t, a.exitCode(), 0)
}

func TestItIsNotOverBeforeWhatIsStartedHasEnded(t *testing.T) {
	a := newAttachment(&upOptions{})
	a.expected["web-1"] = true
	a.started = true
	assert.Assert(t, !a.over(), "web-1 was started, and nobody saw it yet")
	a.running["web-1"] = true
	a.exited("web", "web-1", endedWith(0))
	assert.Assert(t, a.over())
	a.started = false
	assert.Assert(t, !a.over(), "others are still to be started")
}

func TestWhichExitStopsEverythingAndGivesTheCode(t *testing.T) {
	type exit struct {
		service string
		exit    orchestrate.RunExit
	}
	web3, db0, db7 := exit{"web", endedWith(3)}, exit{"db", endedWith(0)}, exit{"db", endedWith(7)}
	for _, c := range []struct {
		name  string
		flags upOptions
		exits []exit
		stops int // which exit does, from 1; 0 none
		code  int
	}{
		{"the first exit", upOptions{abortOnExit: true}, []exit{db0, web3}, 1, 0},
		{"the first exit, with its code", upOptions{abortOnExit: true}, []exit{web3, db0}, 1, 3},
		{"the first failure", upOptions{abortOnFailure: true}, []exit{db0, web3}, 2, 3},
		{"no failure", upOptions{abortOnFailure: true}, []exit{db0}, 0, 0},
		{"another's exit, the code of the one asked for", upOptions{exitCodeFrom: "db"}, []exit{web3, db7}, 1, 7},
		{"its own exit", upOptions{exitCodeFrom: "db"}, []exit{db7, web3}, 1, 7},
		{"another's failure, the code of the one asked for", upOptions{exitCodeFrom: "db", abortOnFailure: true}, []exit{web3, db0}, 1, 0},
		{"with failures only, an exit of the one asked for", upOptions{exitCodeFrom: "db", abortOnFailure: true}, []exit{db0}, 0, 0},
		{"the first of two replicas", upOptions{exitCodeFrom: "db"}, []exit{db7, db0}, 1, 7},
		{"a code that nobody saw is a failure", upOptions{abortOnFailure: true}, []exit{{"web", orchestrate.RunExit{Code: -1}}}, 1, 1},
		{"a start that failed is none", upOptions{abortOnExit: true}, []exit{{"web", orchestrate.RunExit{Code: -1, StartFailed: true}}}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := begun(&c.flags)
			stops := 0
			for i, e := range c.exits {
				if a.exited(e.service, e.service+"-1", e.exit) {
					assert.Equal(t, stops, 0, "stopped twice")
					stops = i + 1
				}
			}
			assert.Equal(t, stops, c.stops)
			assert.Equal(t, a.exitCode(), c.code)
		})
	}
}

func TestSignalsStopThenKillThenLeave(t *testing.T) {
	a := begun(&upOptions{}, "web-1")
	assert.Equal(t, a.interrupted(), stopGently)
	assert.Equal(t, a.interrupted(), killAll)
	assert.Equal(t, a.interrupted(), leave)
	assert.Assert(t, !a.over(), "the stop has not returned")
	a.stopped = true
	assert.Assert(t, !a.over(), "its last lines are to come")
	assert.Assert(t, !a.exited("web", "web-1", endedWith(137)))
	assert.Assert(t, a.over())
	assert.Equal(t, a.exitCode(), exitInterrupted)
}

func TestASignalDuringAnAbortGivesItsCode(t *testing.T) {
	a := begun(&upOptions{abortOnExit: true}, "web-1", "db-1")
	assert.Assert(t, a.exited("web", "web-1", endedWith(4)))
	assert.Equal(t, a.interrupted(), stopGently)
	assert.Equal(t, a.exitCode(), exitInterrupted)
}

func TestAFailedStartWaitsForLastWordsOnly(t *testing.T) {
	a := begun(&upOptions{}, "web-1", "job-1")
	a.failed, a.last = true, map[string]bool{"job-1": true}
	assert.Assert(t, !a.over())
	a.exited("job", "job-1", endedWith(1))
	assert.Assert(t, a.over(), "web-1 runs on")
	a.last["job-2"] = true
	a.gaveUp = true
	assert.Assert(t, a.over())
}
