package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// watched is a project of a pretend Mac that a hostwrightd watches.
type watched struct {
	t         *testing.T
	dir       string // of the project
	mac       string
	state     string
	environ   []string
	composeOf []string // the command and its first arguments
}

// whole tells whether the large tests are to be as large as they can be, and not a fixed part.
func whole() bool { return os.Getenv("HOSTWRIGHT_E2E_ALL") != "" }

// newWatched makes a project out of a compose file, in a folder of the given name.
func newWatched(t *testing.T, name, file string) *watched {
	t.Helper()
	needLab(t)
	base := t.TempDir()
	mac, err := os.MkdirTemp("", "mac")
	assert.NilError(t, err)
	w := &watched{
		t: t, dir: filepath.Join(base, name), mac: mac, state: filepath.Join(base, "state"),
		composeOf: []string{filepath.Join(lab.bin, "hostwright"), "compose"},
	}
	w.environ = append(environment(mac, w.state), "HOSTWRIGHT_DAEMON=on")
	assert.NilError(t, os.Mkdir(w.dir, 0o755))
	w.write(file)
	t.Cleanup(func() {
		stopDaemon(w.state, w.environ)
		destroy(mac, w.environ)
	})
	return w
}

func (w *watched) write(file string) {
	assert.NilError(w.t, os.WriteFile(filepath.Join(w.dir, "compose.yaml"), []byte(file), 0o644))
}

// try runs a compose command and gives what it printed on both streams.
func (w *watched) try(args ...string) (string, error) {
	return w.command(append(slices.Clone(w.composeOf), args...)...)
}

func (w *watched) command(argv ...string) (string, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = w.dir, w.environ
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// compose runs a compose command that has to succeed.
func (w *watched) compose(args ...string) string {
	w.t.Helper()
	out, err := w.try(args...)
	assert.NilError(w.t, err, "%v\n%s", args, out)
	return out
}

// container runs the runtime's command.
func (w *watched) container(args ...string) string {
	w.t.Helper()
	out, err := w.command(append([]string{filepath.Join(lab.bin, "standin", "container")}, args...)...)
	assert.NilError(w.t, err, "%v\n%s", args, out)
	return out
}

// eventually waits until a condition holds; it gives why it does not.
func (w *watched) eventually(what string, condition func() string) {
	w.t.Helper()
	var why string
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if why = condition(); why == "" {
			return
		}
	}
	log, _ := os.ReadFile(filepath.Join(w.state, "daemon", "log"))
	w.t.Fatalf("%s: not within ninety seconds: %s\nhostwrightd:\n%s", what, why, log)
}

// processes gives the project's containers as the engine knows them.
func (w *watched) processes() containers {
	w.t.Helper()
	return macContainers(w.t, w.mac, filepath.Base(w.dir))
}

// row is what `ps -a --format json` says of a container.
type row struct {
	Name, Service, State, Status string
	ExitCode, Restarts           int
}

func (w *watched) rows() map[string]row {
	w.t.Helper()
	cmd := exec.Command(w.composeOf[0], append(slices.Clone(w.composeOf[1:]), "ps", "-a", "--format", "json")...)
	cmd.Dir, cmd.Env = w.dir, w.environ
	text, err := cmd.Output()
	assert.NilError(w.t, err, "%s", text)
	rows := map[string]row{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if line == "" {
			continue
		}
		var r row
		assert.NilError(w.t, json.Unmarshal([]byte(line), &r), line)
		rows[r.Name] = r
	}
	return rows
}

// allRun gives why not all of the services' first containers run, "" when they do.
func (w *watched) allRun(services ...string) string {
	rows := w.rows()
	for _, s := range services {
		name := filepath.Base(w.dir) + "-" + s + "-1"
		if rows[name].State != "running" {
			return fmt.Sprintf("%s is %+v", name, rows[name])
		}
	}
	return ""
}

// watchedEvent is one line of `events --json`.
type watchedEvent struct {
	Action, Service string
	Attributes      map[string]string
}

// events gives what has happened to services.
func (w *watched) events(services ...string) []watchedEvent {
	w.t.Helper()
	out := w.compose(append([]string{"events", "--json", "--since", "3h", "--until", "0s"}, services...)...)
	var all []watchedEvent
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var e watchedEvent
		if line != "" && json.Unmarshal([]byte(line), &e) == nil {
			all = append(all, e)
		}
	}
	return all
}

// daemon is what hostwrightd says of itself.
func (w *watched) daemon() (status struct{ PID, Goroutines int }) {
	w.t.Helper()
	out, err := w.command(filepath.Join(lab.bin, "hostwright"), "daemon", "status", "--format", "json")
	assert.NilError(w.t, err, out)
	assert.NilError(w.t, json.Unmarshal([]byte(out), &status), out)
	return status
}

// listedContainer is the part of the runtime's listing that tests look at.
type listedContainer struct {
	ID     string `json:"id"`
	Status struct {
		State    string `json:"state"`
		Networks []struct {
			IPv4Address string `json:"ipv4Address"`
		} `json:"networks"`
	} `json:"status"`
}

func (w *watched) listed() []listedContainer {
	w.t.Helper()
	var out []listedContainer
	text := w.container("list", "--all", "--format", "json")
	assert.NilError(w.t, json.Unmarshal([]byte(text), &out), text)
	return out
}
