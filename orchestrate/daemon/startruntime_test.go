package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"gotest.tools/v3/assert"
)

func TestTheRuntimeIsStartedOnlyWhenItDoesNotRun(t *testing.T) {
	fake := adaptertest.NewFake()
	calls := adaptertest.NewCalls(fake)
	startRuntime(t.Context(), calls, t.Logf)
	assert.Equal(t, calls.Count(adapter.OpStartServices), 0)

	fake.SetDown(true)
	startRuntime(t.Context(), calls, t.Logf)
	assert.Equal(t, calls.Count(adapter.OpStartServices), 1)
	assert.NilError(t, fake.Ping(t.Context()))
}

// refusing cannot start its services.
type refusing struct{ *adaptertest.Fake }

func (refusing) StartServices(context.Context) error { return errors.New("no") }

func TestARuntimeThatCannotBeStartedIsLogged(t *testing.T) {
	fake := adaptertest.NewFake()
	fake.SetDown(true)
	var log strings.Builder
	startRuntime(t.Context(), refusing{fake}, func(format string, args ...any) { fmt.Fprintf(&log, format+"\n", args...) })
	assert.Assert(t, strings.Contains(log.String(), "could not be started: no"), log.String())
}

func TestStartRuntimeVariable(t *testing.T) {
	for value, want := range map[string]bool{"": false, "off": false, "on": true} {
		got, err := startsRuntime(func(string) (string, bool) { return value, true })
		assert.NilError(t, err)
		assert.Equal(t, got, want)
	}
	_, err := startsRuntime(func(string) (string, bool) { return "yes", true })
	assert.ErrorContains(t, err, `HOSTWRIGHT_START_RUNTIME is "yes"`)
}
