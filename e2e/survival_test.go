package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// restless has services that end all the time and are restarted, steady ones, and one that a user changes.
const restless = `
services:
  quick: {image: busybox, command: [sh, -c, "sleep 0.4; exit 3"], restart: always}
  slow: {image: busybox, command: [sh, -c, "sleep 1.5"], init: true, restart: always, stop_grace_period: 0s}
  steady: {image: busybox, command: [sleep, "10000"], init: true, restart: unless-stopped, stop_grace_period: 0s}
  beside: {image: busybox, command: [sleep, "10000"], init: true, restart: always, stop_grace_period: 0s, depends_on: [steady]}
  changed: {image: busybox, command: [sleep, "10000"], init: true, stop_grace_period: 0s}
  plain: {image: busybox, command: [sleep, "10000"], init: true, stop_grace_period: 0s}
`

// TestKilledAgainAndAgain kills hostwrightd and recorders at random moments while containers end, are restarted and are
// changed by commands. Nothing is lost and nothing is there twice, the ledger and the runtime agree, and of an end that
// nobody saw it is said that its code is not known.
func TestKilledAgainAndAgain(t *testing.T) {
	rounds := 6
	if whole() {
		rounds = 20
	}
	t.Logf("%d of 20 kills", rounds)
	w := newWatched(t, "restless", restless)
	w.compose("up", "-d")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	var user sync.WaitGroup
	enough := make(chan struct{})
	user.Go(func() { w.restlessUser(enough) })
	for range rounds {
		<-time.After(time.Duration(random.IntN(1500)) * time.Millisecond)
		w.killProcess(w.hostwrightd())
		if pids := w.recorders(); len(pids) > 0 && random.IntN(3) == 0 {
			w.killProcess(pids[random.IntN(len(pids))])
		}
		w.compose("ps", "-a") // brings hostwrightd back
	}
	close(enough)
	user.Wait()

	w.eventually("what no command touched is restarted", func() string { return w.allRun("slow") })

	// An end that nobody can have seen: its recorder is killed first.
	w.compose("up", "-d")
	w.killProcess(w.recorderOf("restless-plain-1")) // unless it was killed above
	w.processes()["restless-plain-1"].kill(t)
	w.eventually("the unknown code", func() string {
		if r := w.rows()["restless-plain-1"]; r.State != "exited" || !strings.Contains(r.Status, "unknown") {
			return fmt.Sprintf("%+v", r)
		}
		return ""
	})
	w.compose("up", "-d")
	w.eventually("all run", func() string { return w.allRun("slow", "steady", "beside", "changed", "plain") })
	w.agree()
	w.processes() // none is there twice
	assert.Assert(t, w.recorderOf("restless-plain-1") > 0, "what was started last has no recorder")
	w.compose("down", "-v")
	assert.Equal(t, len(w.processes()), 0)
	assert.DeepEqual(t, w.left(), []string{})
}

// restlessUser does what a user does, whatever comes of it: a command may end with hostwrightd.
func (w *watched) restlessUser(enough <-chan struct{}) {
	for n := 0; ; n++ {
		for _, args := range [][]string{
			{"up", "-d", "--force-recreate", "--no-deps", "changed"}, {"stop", "steady"}, {"start", "steady"}, {"restart", "beside"}, {"up", "-d"},
		} {
			select {
			case <-enough:
				return
			default:
			}
			if out, err := w.try(args...); err != nil && !strings.Contains(out, "hostwrightd") {
				w.t.Errorf("%v: %v\n%s", args, err, out)
			}
		}
	}
}

// killProcess kills a process, unless it has ended meanwhile or there is none: 0 would be our own group.
func (w *watched) killProcess(pid int) {
	w.t.Helper()
	if pid <= 1 {
		return
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); !errors.Is(err, syscall.ESRCH) {
		assert.NilError(w.t, err)
	}
}

// hostwrightd gives its number as the process table has it, 0 when none runs for this state folder.
func (w *watched) hostwrightd() int {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range all {
		argv := commandLine(path)
		environ, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "environ"))
		if len(argv) > 1 && filepath.Base(argv[0]) == "hostwrightd" && argv[1] == "serve" &&
			slices.Contains(strings.Split(string(environ), "\x00"), "HOSTWRIGHT_STATE_DIR="+w.state) {
			return numberOf(path)
		}
	}
	return 0
}

// recorderOf gives the recorder of a container, 0 when it has none.
func (w *watched) recorderOf(container string) int {
	for _, pid := range w.recorders() {
		if slices.ContainsFunc(commandLine(fmt.Sprintf("/proc/%d/cmdline", pid)), func(a string) bool { return strings.Contains(a, container) }) {
			return pid
		}
	}
	return 0
}

// agree checks that the ledger lists the containers that the runtime has, and no others.
func (w *watched) agree() {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, ".hostwright", filepath.Base(w.dir), "ledger.json"))
	assert.NilError(w.t, err)
	var ledger struct {
		Entries []struct{ Kind, Name, State string }
	}
	assert.NilError(w.t, json.Unmarshal(data, &ledger))
	var listed, entered []string
	for _, c := range w.listed() {
		listed = append(listed, c.ID)
	}
	for _, e := range ledger.Entries {
		if e.Kind == "container" {
			entered = append(entered, e.Name)
			assert.Equal(w.t, e.State, "created", e.Name)
		}
	}
	slices.Sort(listed)
	slices.Sort(entered)
	assert.DeepEqual(w.t, entered, listed)
}

// left gives the processes of ours that are left for this state folder, but hostwrightd, which leaves by itself.
func (w *watched) left() []string {
	out := []string{}
	w.eventually("recorders end", func() string {
		out = out[:0]
		for _, pid := range w.recorders() {
			out = append(out, strings.Join(commandLine(fmt.Sprintf("/proc/%d/cmdline", pid)), " "))
		}
		return strings.Join(out, "\n")
	})
	return out
}

// TestRuntimeRestartUnderMany stops and starts the runtime's services under twenty containers: all are back, those that
// others depend on first, names lead to where they are, and nothing counts as a restart.
func TestRuntimeRestartUnderMany(t *testing.T) {
	const row = 5
	n := 10
	if whole() {
		n = 20
	}
	t.Logf("%d of 20 containers", n)
	w := newWatched(t, "churn", churnFile(n, row))
	w.compose("up", "-d")
	w.eventually("all run", func() string { return w.allRun(churnServices(n)...) })
	w.container("system", "stop")
	w.eventually("nothing runs", func() string {
		for name, p := range w.processes() {
			if p.State.Status == "running" {
				return name + " runs"
			}
		}
		return ""
	})
	w.container("system", "start")
	w.eventually("all are back", func() string { return w.allRun(churnServices(n)...) })
	w.eventually("names", func() string { return w.namesRight(n) })
	started := w.processes()
	for i := row; i < n; i++ {
		above, below := started[fmt.Sprintf("churn-s%d-1", i-row)], started[fmt.Sprintf("churn-s%d-1", i)]
		assert.Check(t, above.State.StartedAt.Before(below.State.StartedAt), "s%d was started before s%d", i, i-row)
	}
	for name, r := range w.rows() {
		assert.Check(t, r.Restarts == 0, "%s counts %d restarts", name, r.Restarts)
	}
	w.compose("down")
}

// TestSecretsStayWhereTheyBelong plants marked values in all places where a project may have secrets, and looks for them
// in everything that we write or say, but for the files that containers read.
func TestSecretsStayWhereTheyBelong(t *testing.T) {
	const mark = "planted-7f3a"
	w := newWatched(t, "secretive", `
services:
  web:
    image: busybox
    command: [sleep, "10000"]
    init: true
    restart: always
    stop_grace_period: 0s
    environment:
      DB_PASSWORD: planted-7f3a-environment
      DATABASE_URL: postgres://user:planted-7f3a-url@db/app
      API_TOKEN: ${TOKEN}
    secrets: [given, filed]
    healthcheck: {test: ["CMD", "true"], interval: 1s}
secrets:
  given: {environment: GIVEN}
  filed: {file: ./filed.txt}
`)
	assert.NilError(t, os.WriteFile(filepath.Join(w.dir, "filed.txt"), []byte("planted-7f3a-file\n"), 0o600))
	w.environ = append(w.environ, "GIVEN=planted-7f3a-given", "TOKEN=planted-7f3a-token")
	var said []string
	say := func(args ...string) { said = append(said, strings.Join(args, " ")+": "+w.compose(args...)) }
	say("up", "-d", "--wait")
	assert.Equal(t, strings.TrimSpace(w.compose("exec", "-T", "web", "cat", "/run/secrets/given")), "planted-7f3a-given")
	lines := w.commandLines()
	w.processes()["secretive-web-1"].kill(t)
	w.eventually("restarted", func() string {
		for _, e := range w.events("web") {
			if e.Action == "restarting" {
				return w.allRun("web")
			}
		}
		return "no event"
	})
	w.environ = append(w.environ, "TOKEN=planted-7f3a-another")
	say("plan", "--format", "json")
	say("--verbose", "plan")
	say("--dry-run", "up", "-d")
	say("up", "-d", "--wait")
	say("ps", "-a", "--format", "json")
	say("events", "--json", "--since", "1h", "--until", "0s")
	say("drift")
	say("images", "--format", "json")
	say("restart", "web")
	status, err := w.command(filepath.Join(lab.bin, "hostwright"), "daemon", "status", "--format", "json")
	assert.NilError(t, err)
	log, err := w.command(filepath.Join(lab.bin, "hostwright"), "daemon", "logs")
	assert.NilError(t, err)
	said = append(said, "status: "+status, "log: "+log)
	for _, s := range append(said, lines...) {
		assert.Check(t, !strings.Contains(s, mark), "%s", s)
	}
	for _, root := range []string{w.state, filepath.Join(w.dir, ".hostwright")} {
		_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.Contains(path, "/staged/") { // those are mounted
				return nil
			}
			data, err := os.ReadFile(path)
			assert.Check(t, err != nil || !strings.Contains(string(data), mark), "%s", path)
			return nil
		})
	}
	w.compose("down", "-v")
}

// commandLines gives the command lines of all processes of ours, and what is in the environment of recorders.
func (w *watched) commandLines() (out []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range all {
		if argv := commandLine(path); len(argv) > 0 && strings.HasPrefix(filepath.Base(argv[0]), "hostwright") || len(argv) > 0 && filepath.Base(argv[0]) == "container" {
			out = append(out, strings.Join(argv, " "))
		}
	}
	return out
}

func commandLine(path string) []string {
	data, _ := os.ReadFile(path)
	return strings.Split(strings.TrimRight(string(data), "\x00"), "\x00")
}
