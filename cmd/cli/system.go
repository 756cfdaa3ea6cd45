package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/daemon"
	"github.com/hostwright/compose/translate/hostmemory"
)

// System gives the App of this process: its streams, environment and directory, the runtime that the environment asks
// for, the orchestrator in hostwrightd or in this process.
func System() *App {
	dir, err := os.Getwd()
	app := &App{
		Program: filepath.Base(os.Args[0]), Streams: view.System(), Dir: dir, Environ: os.Environ(), Now: time.Now,
		Version: daemon.BuildVersion(), Export: os.Setenv,
		HostMemory: func() (int64, error) {
			if n := hostmemory.Total(); n > 0 {
				return int64(n), nil
			}
			return 0, errors.New("the operating system does not say how much memory it has")
		},
	}
	app.Adapter = sync.OnceValues(func() (adapter.RuntimeAdapter, error) { return daemon.OpenAdapter(app.lookup) })
	app.Client = sync.OnceValues(func() (orchestrate.Client, error) {
		if err != nil {
			return nil, err // no current directory
		}
		return app.orchestrator()
	})
	return app
}

// orchestrator gives the client that goes through hostwrightd where that is not switched off.
func (a *App) orchestrator() (orchestrate.Client, error) {
	runtime, err := a.Adapter()
	if err != nil {
		return nil, err
	}
	client, err := daemon.Here(runtime, a.lookup, a.Version)
	if err != nil {
		return nil, err
	}
	off, err := daemon.Off(a.lookup)
	if err != nil || off {
		return client, err
	}
	state, err := daemon.StateDir(a.lookup)
	if err != nil {
		return nil, err
	}
	return daemon.Watched(client, daemon.WatchedOptions{State: state, Version: a.Version, Environment: a.passedOn(), Failed: a.warn}), nil
}

// warn says what the command goes on without.
func (a *App) warn(err error) {
	text := "warning: " + view.Safe(err.Error())
	if hint := orchestrate.Hint(err); hint != "" {
		text += "\nhint: " + view.Safe(hint)
	}
	_, _ = fmt.Fprintln(a.Streams.Err, text)
}
