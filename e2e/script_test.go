package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the scripts of each folder of testdata. A folder is an area, a script one intent. Commands do
// everything in their own process, but in scripts that say otherwise; HOSTWRIGHT_E2E_DAEMON=on makes all of them go
// through hostwrightd.
func TestScripts(t *testing.T) {
	needLab(t)
	if allThrough() {
		runScripts(t, throughDaemon, scripts(t))
		return
	}
	runScripts(t, nil, scripts(t))
}

// TestScriptsThroughHostwrightd runs a part of the scripts, one or two of each area, once more with commands that go
// through hostwrightd.
func TestScriptsThroughHostwrightd(t *testing.T) {
	needLab(t)
	if allThrough() {
		t.Skip("TestScripts takes all of them")
	}
	some := slices.DeleteFunc(scripts(t), func(script string) bool { return !slices.Contains(alwaysThroughDaemon, script) })
	if len(some) != len(alwaysThroughDaemon) {
		t.Errorf("of %v there are only %v", alwaysThroughDaemon, some)
	}
	runScripts(t, throughDaemon, some)
}

// scripts gives the scripts of testdata, each as area/name.
func scripts(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(f), "testdata/"), ".txtar")
	}
	return files
}

// runScripts runs scripts, area by area, in an environment that change changes, which may be nil. Those that cannot be
// run so are skipped by name, and counted.
func runScripts(t *testing.T, change func(*testscript.Env) error, names []string) {
	areas := map[string][]string{}
	skipped := 0
	for _, name := range names {
		area, script, _ := strings.Cut(name, "/")
		if reason := onlyWithout[name]; change != nil && reason != "" {
			skipped++
			t.Run(area+"/"+script, func(t *testing.T) { t.Skip(reason) })
			continue
		}
		areas[area] = append(areas[area], filepath.Join("testdata", area, script+".txtar"))
	}
	for _, area := range slices.Sorted(maps.Keys(areas)) {
		t.Run(area, func(t *testing.T) {
			t.Parallel() // an area may have one script
			testscript.Run(t, testscript.Params{
				Files: areas[area],
				Setup: func(env *testscript.Env) error {
					if err := setup(env); err != nil || change == nil {
						return err
					}
					return change(env)
				},
				RequireExplicitExec: true,
				RequireUniqueNames:  true,
				Condition: func(condition string) (bool, error) {
					if condition == "root" {
						return os.Getuid() == 0, nil
					}
					return false, fmt.Errorf("unknown condition %q", condition)
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"calls":      calls,
					"eventually": eventually,
					"freeport":   freePort,
					"fetch":      fetch,
					"listen":     listen,
					"jsonlines":  jsonLines,
					"signal":     signalProcess,
				},
			})
		})
	}
	if skipped > 0 {
		fmt.Printf("e2e: %d of %d scripts skipped with hostwrightd: they are about commands without it\n", skipped, len(names))
	}
}

// setup gives a script its pretend Mac, which is destroyed at the end, and a state folder.
func setup(env *testscript.Env) error {
	mac, err := os.MkdirTemp("", "mac")
	if err != nil {
		return err
	}
	env.Vars = append(env.Vars, environment(mac, filepath.Join(env.WorkDir, "state"))...)
	root := filepath.Dir(lab.bin)
	env.Vars = append(env.Vars, "STANDIN_RECORD="+filepath.Join(mac, "calls.jsonl"), "ROOT="+root)
	env.Defer(func() { destroy(mac, env.Vars) })
	return nil
}

// environment is what a command needs to use a pretend Mac and a state folder of its own.
func environment(mac, state string) []string {
	path := filepath.Join(lab.bin, "standin") + ":" + lab.bin + ":" + os.Getenv("PATH")
	return append(append([]string(nil), lab.environ...),
		"PATH="+path, "HOME="+filepath.Dir(state), "STANDIN_ROOT="+mac, "HOSTWRIGHT_STATE_DIR="+state, "HOSTWRIGHT_DAEMON=off",
	)
}

// stopDaemon ends the hostwrightd of a state folder, where there was one.
func stopDaemon(state string, environ []string) {
	if _, err := os.Stat(filepath.Join(state, "daemon")); err != nil {
		return
	}
	cmd := exec.Command(filepath.Join(lab.bin, "hostwright"), "daemon", "stop")
	cmd.Env = environ
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "e2e: stop hostwrightd of %s: %v\n%s", state, err, out)
	}
}

// destroy stops hostwrightd and removes all containers, networks and volumes of a pretend Mac, whoever made them.
func destroy(mac string, environ []string) {
	for _, e := range environ {
		if state, ok := strings.CutPrefix(e, "HOSTWRIGHT_STATE_DIR="); ok {
			stopDaemon(state, environ)
		}
	}
	cmd := exec.Command(filepath.Join(lab.bin, "standin", "container"), "--standin-destroy")
	cmd.Env = environ
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "e2e: destroy %s: %v\n%s", mac, err, out)
	}
	_ = os.RemoveAll(mac)
}

// ping asks the engine whether it is there.
func ping() error {
	for _, e := range lab.environ {
		socket, ok := strings.CutPrefix(e, "DOCKER_HOST=unix://")
		if !ok {
			continue
		}
		conn, err := net.DialTimeout("unix", socket, 2*time.Second)
		if err != nil {
			return errors.New("the lab's engine does not answer")
		}
		return conn.Close()
	}
	return errors.New("`make lab-env` names no engine")
}

// call is one recorded call of the runtime's command.
type call struct {
	Argv []string `json:"argv"`
}

// calls prints the recorded calls of the runtime since the last `calls -reset`, one a line: the command's words and its
// target, without options, sorted. `calls -reset` forgets them.
func calls(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.Getenv("STANDIN_RECORD")
	if len(args) == 1 && args[0] == "-reset" {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			ts.Fatalf("%v", err)
		}
		return
	}
	if neg || len(args) != 0 {
		ts.Fatalf("usage: calls [-reset]")
	}
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		ts.Fatalf("%v", err)
	}
	var made []string
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if line == "" {
			continue
		}
		var c call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			ts.Fatalf("%s: %v", path, err)
		}
		made = append(made, strings.Join(words(c.Argv), " "))
	}
	slices.Sort(made) // some are made side by side
	for _, m := range made {
		fmt.Fprintln(ts.Stdout(), m)
	}
}

// words gives the command of an argv: its first words, up to the first option.
func words(argv []string) []string {
	for i, a := range argv {
		if strings.HasPrefix(a, "-") {
			return argv[:i]
		}
	}
	return argv
}

// eventually repeats a command until it succeeds (or, negated, fails), for at most thirty seconds.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := ts.Exec(args[0], args[1:]...)
		if (err == nil) != neg {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s: not within thirty seconds: %v", strings.Join(args, " "), err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// signalProcess kills the process whose pid is in a file: signal FILE.
func signalProcess(ts *testscript.TestScript, _ bool, args []string) {
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(syscall.Kill(pid, syscall.SIGKILL))
}

// freePort puts a free TCP port into a variable.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	ts.Check(l.Close())
}

// fetch prints what a URL answers; negated, it must not answer. It tries for thirty seconds.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	client := &http.Client{Timeout: 5 * time.Second}
	deadline := time.Now().Add(30 * time.Second)
	for {
		body, err := get(client, args[0])
		if neg {
			if err != nil {
				return
			}
			ts.Fatalf("%s answered", args[0])
		}
		if err == nil {
			fmt.Fprint(ts.Stdout(), body)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s: %v", args[0], err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// listen holds a TCP port, on all addresses, until the script ends.
func listen(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp4", args[0])
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
}

// jsonLines prints fields of a file that has one JSON object a line: jsonlines FILE FIELD...
func jsonLines(ts *testscript.TestScript, _ bool, args []string) {
	for _, line := range strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n") {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			ts.Fatalf("%s: %v: %s", args[0], err, line)
		}
		var values []string
		for _, field := range args[1:] {
			values = append(values, fmt.Sprint(object[field]))
		}
		fmt.Fprintln(ts.Stdout(), strings.Join(values, " "))
	}
}
