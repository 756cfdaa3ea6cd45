package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

// App is what commands need of the world around them, as values and functions, so that a test passes its own. The
// functions are called only by commands that need what they give, and give the same at each call.
type App struct {
	// Program is the name by which the program was called, without its folder.
	Program string
	Streams *view.Streams
	// Dir is the current directory, absolute; Environ the environment as os.Environ gives it.
	Dir     string
	Environ []string
	Now     func() time.Time
	// Client reaches projects; Adapter the runtime, for what runs on the user's terminal.
	Client  func() (orchestrate.Client, error)
	Adapter func() (adapter.RuntimeAdapter, error)
	// HostMemory is the machine's physical memory in bytes.
	HostMemory func() (int64, error)
	// Version is this program's, "v0.1.0".
	Version string
	// Export sets a variable for the processes that commands start: recorders and hostwrightd. It may be nil.
	Export func(key, value string) error

	interrupts *interrupts // nil: none come
}

// lookup gives a variable of the environment.
func (a *App) lookup(key string) (string, bool) {
	// The last one wins, as for a process that is started with such a list.
	for i := len(a.Environ) - 1; i >= 0; i-- {
		if k, v, _ := strings.Cut(a.Environ[i], "="); k == key {
			return v, true
		}
	}
	return "", false
}

// setVariable changes the environment, for this command and for what it starts.
func (a *App) setVariable(key, value string) error {
	a.Environ = append(slices.Clip(a.Environ), key+"="+value)
	if a.Export == nil {
		return nil
	}
	return a.Export(key, value)
}

// env gives a variable of the environment, "" when it is not set.
func (a *App) env(key string) string {
	v, _ := a.lookup(key)
	return v
}
