package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/daemon"
)

// fakeVariable names the folder of a fake orchestrator's answers; without it the command is the real one.
const fakeVariable = "FAKE_ORCHESTRATOR"

func TestMain(m *testing.M) {
	command := func() { os.Exit(Main(scripted(), os.Args[1:])) }
	testscript.Main(m, map[string]func(){
		"hostwright":     command,
		"docker-compose": command,
		"hostwrightd":    func() { os.Exit(daemon.Hostwrightd(os.Args[1:])) },
	})
}

// scripted is the App of the commands in scripts.
func scripted() *App {
	app := System()
	dir, ok := app.lookup(fakeVariable)
	if !ok {
		return app
	}
	client := &fakeClient{dir: dir}
	app.Version = "v0.0.0-test"
	app.Now = func() time.Time { return time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC) }
	app.HostMemory = func() (int64, error) { return 16 << 30, nil }
	app.Client = func() (orchestrate.Client, error) { return client, nil }
	app.Adapter = func() (adapter.RuntimeAdapter, error) { return fakeRuntime(client) }
	return app
}

// TestScripts runs every script of testdata in a folder of its own, with an environment that has nothing of the
// caller's.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	testscript.Run(t, testscript.Params{
		Files:               scripts,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("HOSTWRIGHT_STATE_DIR", filepath.Join(e.WorkDir, "state"))
			e.Setenv("FAKE", filepath.Join(e.WorkDir, "fake"))
			// The commands of these tests come first; a runtime that this machine has is not found.
			own, _, _ := strings.Cut(e.Getenv("PATH"), string(os.PathListSeparator))
			e.Setenv("PATH", strings.Join([]string{own, "/usr/bin", "/bin"}, string(os.PathListSeparator)))
			return os.MkdirAll(filepath.Join(e.WorkDir, "home"), 0o700)
		},
	})
}
