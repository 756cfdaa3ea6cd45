package daemon

import (
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/applecontainer"
	"github.com/hostwright/compose/adapter/rehearsal"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/ports"
	"github.com/hostwright/compose/orchestrate/record"
)

// RuntimeVariable is the environment variable that names the runtime.
const RuntimeVariable = "HOSTWRIGHT_RUNTIME"

// TimeoutVariable is the environment variable with the longest time that a control call of the runtime may take, such
// as a listing ("20s"), for a machine that is slower than the default allows.
const TimeoutVariable = "HOSTWRIGHT_RUNTIME_TIMEOUT"

// Rehearsal is the value of RuntimeVariable for the runtime that runs nothing.
const Rehearsal = "rehearsal"

// StateDir gives the state folder for an environment: the user's, or of a rehearsal its own one inside it.
func StateDir(lookup func(string) (string, bool)) (statedir.Dir, error) {
	state, err := statedir.Default(lookup)
	if name, _ := lookup(RuntimeVariable); err == nil && name == Rehearsal {
		return state.Rehearsal(), nil
	}
	return state, err
}

// OpenAdapter gives the adapter of the runtime that HOSTWRIGHT_RUNTIME names: Apple container when it is empty or
// "apple", the one that runs nothing when it is "rehearsal". It does no I/O: whether the runtime is there shows at the
// first call.
func OpenAdapter(lookup func(string) (string, bool)) (adapter.RuntimeAdapter, error) {
	var o applecontainer.Options
	if text, ok := lookup(TimeoutVariable); ok && text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return nil, fmt.Errorf("%s is %q: it takes a duration such as 90s", TimeoutVariable, text)
		}
		o.Deadlines.Control, o.Deadlines.Probe = d, d
	}
	name, _ := lookup(RuntimeVariable)
	switch name {
	case "", "apple":
		return applecontainer.New(o), nil
	case Rehearsal:
		state, err := StateDir(lookup)
		if err != nil {
			return nil, err
		}
		return rehearsal.New(state.Runtime()), nil
	}
	return nil, fmt.Errorf("%s is %q: the runtimes are \"apple\" (Apple container, the default) and \"rehearsal\" (runs nothing)", RuntimeVariable, name)
}

// Here gives the orchestrator in this process, with the machine's own clock, ports and state folder.
func Here(runtime adapter.RuntimeAdapter, lookup func(string) (string, bool), version string) (orchestrate.Client, error) {
	state, err := StateDir(lookup)
	if err != nil {
		return nil, err
	}
	return here(runtime, state)(version, os.Getpid()), nil
}

// here gives orchestrators in this process, which act for a command by its version and process.
func here(runtime adapter.RuntimeAdapter, state statedir.Dir) func(version string, pid int) orchestrate.Client {
	return func(version string, pid int) orchestrate.Client {
		return NewInProcess(Options{
			State: state, Adapter: runtime, Recorder: recorder,
			Listening: ports.Listening, FreePorts: ports.Candidates,
			Now: time.Now, Random: rand.Reader, Version: version, PID: pid,
		})
	}
}

// Program gives the path of hostwrightd, which lies beside this program.
func Program() (string, error) { return recorder() }

// recorder finds hostwrightd beside this program.
func recorder() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return record.FindRecorder(self)
}
