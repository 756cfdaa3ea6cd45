package daemon

import (
	"context"
	"fmt"

	"github.com/hostwright/compose/adapter"
)

// StartRuntimeVariable is the environment variable that makes hostwrightd start the runtime's services when they do not
// run as it begins, if it is "on": `hostwright daemon install --start-runtime` sets it for what is started at login.
const StartRuntimeVariable = "HOSTWRIGHT_START_RUNTIME"

// startsRuntime reads the variable.
func startsRuntime(lookup func(string) (string, bool)) (bool, error) {
	v, _ := lookup(StartRuntimeVariable)
	switch v {
	case "", "off":
		return false, nil
	case "on":
		return true, nil
	}
	return false, fmt.Errorf("%s is %q: it takes \"on\" or \"off\" (the default)", StartRuntimeVariable, v)
}

// startRuntime starts the services if they do not run, once: whoever stops them later means it.
func startRuntime(ctx context.Context, a adapter.RuntimeAdapter, log func(string, ...any)) {
	err := a.Ping(ctx)
	if !adapter.Is(err, adapter.NotRunning) {
		return
	}
	log("the runtime's services do not run: starting them")
	switch err := a.StartServices(ctx); {
	case err == nil:
		log("the runtime's services are started")
	case ctx.Err() == nil:
		log("the runtime's services could not be started: %v", err)
	}
}
