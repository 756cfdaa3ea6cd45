package cli

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/daemon"
	"github.com/hostwright/compose/orchestrate/ports"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/hostmemory"
)

// System gives the App of this process: its streams, environment and directory, the runtime that the environment asks
// for, the orchestrator in this process.
func System() *App {
	dir, err := os.Getwd()
	app := &App{
		Program: filepath.Base(os.Args[0]), Streams: view.System(), Dir: dir, Environ: os.Environ(), Now: time.Now,
		Version: buildVersion(),
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
		return app.inProcess()
	})
	return app
}

func (a *App) inProcess() (orchestrate.Client, error) {
	state, err := statedir.Default(a.lookup)
	if err != nil {
		return nil, err
	}
	runtime, err := a.Adapter()
	if err != nil {
		return nil, err
	}
	return daemon.NewInProcess(daemon.Options{
		State: state, Adapter: runtime, Recorder: recorder,
		Listening: ports.Listening, FreePorts: ports.Candidates,
		Now: a.Now, Random: rand.Reader, Version: a.Version, PID: os.Getpid(),
	}), nil
}

// recorder finds hostwrightd beside this program.
func recorder() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return record.FindRecorder(self)
}

// buildVersion is the version that the program was built from.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
