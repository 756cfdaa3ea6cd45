//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docker/docker/client"
	gocmp "github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
)

// asCommandVariable makes the test binary act as the command itself, so that tests drive real processes.
const asCommandVariable = "STANDIN_TEST_AS_COMMAND"

// skipped counts the tests that were left out because no engine answers; TestMain prints the number.
var skipped atomic.Int32

func TestMain(m *testing.M) {
	if os.Getenv(relayVariable) != "" || os.Getenv(asCommandVariable) != "" || isBuilderProgram(os.Args[0]) {
		main()
	}
	code := m.Run()
	if n := skipped.Load(); n > 0 {
		fmt.Fprintf(os.Stderr, "%d tests skipped: no Docker engine answers at DOCKER_HOST (make lab brings one up)\n", n)
	}
	os.Exit(code)
}

// mac is one pretend Mac of a test: a STANDIN_ROOT of its own, destroyed at the end.
type mac struct {
	t    *testing.T
	root string
	env  []string // added to the environment of each call
	dir  string   // working directory of each call
}

// result is what a call came to.
type result struct {
	stdout string
	stderr string
	code   int
}

// newMac makes a pretend Mac; it needs the engine.
func newMac(t *testing.T, env ...string) *mac {
	t.Helper()
	needEngine(t)
	m := &mac{t: t, root: filepath.Join(t.TempDir(), "root"), env: env, dir: t.TempDir()}
	t.Cleanup(func() {
		destroyed := (&mac{t: t, root: m.root, dir: m.dir}).run(destroyCommand)
		if destroyed.code != 0 {
			t.Errorf("destroy: %s", destroyed.stderr)
		}
	})
	return m
}

// engineless is a pretend Mac for calls that must not reach the engine.
func engineless(t *testing.T, env ...string) *mac {
	t.Helper()
	env = append([]string{"DOCKER_HOST=unix:///nonexistent/docker.sock"}, env...)
	return &mac{t: t, root: filepath.Join(t.TempDir(), "root"), env: env, dir: t.TempDir()}
}

// needEngine skips the test when no engine answers, and fails it when the end-to-end part is required.
func needEngine(t *testing.T) {
	t.Helper()
	err := pingEngine()
	if err == nil {
		return
	}
	if os.Getenv("HOSTWRIGHT_E2E") == "required" {
		t.Fatalf("HOSTWRIGHT_E2E=required, but no Docker engine answers: %v", err)
	}
	skipped.Add(1)
	t.Skipf("no Docker engine answers (make lab brings one up): %v", err)
}

func pingEngine() error {
	if os.Getenv("DOCKER_HOST") == "" {
		return errors.New("DOCKER_HOST is not set")
	}
	docker, err := client.NewClientWithOpts(client.FromEnv)
	if err != nil {
		return err
	}
	defer docker.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err = docker.Ping(ctx)
	return err
}

// command makes a call that is not started yet.
func (m *mac) command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	assert.NilError(m.t, err)
	command := exec.Command(self, args...)
	command.Dir = m.dir
	// Under the race detector each process would wait a second at its end, for reports that nobody misses.
	command.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", asCommandVariable+"=1", "STANDIN_ROOT="+m.root, "STANDIN_RECORD=", "STANDIN_FAULT=", "STANDIN_VERSION=", "STANDIN_SERVER_VERSION=", "STANDIN_BAD_DAY=")
	command.Env = append(command.Env, m.env...)
	return command
}

// run makes a call and gives what it came to. Calls have a minute.
func (m *mac) run(args ...string) result {
	m.t.Helper()
	return m.runWith(nil, args...)
}

// runWith is run with a standard input.
func (m *mac) runWith(input io.Reader, args ...string) result {
	m.t.Helper()
	var stdout, stderr bytes.Buffer
	command := m.command(args...)
	command.Stdin, command.Stdout, command.Stderr = input, &stdout, &stderr
	assert.NilError(m.t, command.Start())
	timer := time.AfterFunc(time.Minute, func() { _ = command.Process.Kill() })
	defer timer.Stop()
	err := command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatalf("container %s: %v", strings.Join(args, " "), err)
	}
	return result{stdout: stdout.String(), stderr: stderr.String(), code: command.ProcessState.ExitCode()}
}

// ok makes a call that must succeed, and gives its output.
func (m *mac) ok(args ...string) string {
	m.t.Helper()
	got := m.run(args...)
	if got.code != 0 {
		m.t.Fatalf("container %s: exit %d\nstdout: %s\nstderr: %s", strings.Join(args, " "), got.code, got.stdout, got.stderr)
	}
	return got.stdout
}

// refused makes a call that must fail with an exit code, and with all fragments on stderr.
func (m *mac) refused(code int, fragments []string, args ...string) result {
	m.t.Helper()
	got := m.run(args...)
	if got.code != code {
		m.t.Errorf("container %s: exit %d, want %d\nstdout: %s\nstderr: %s", strings.Join(args, " "), got.code, code, got.stdout, got.stderr)
	}
	for _, fragment := range fragments {
		if !strings.Contains(got.stderr, fragment) {
			m.t.Errorf("container %s: %q is not in stderr:\n%s", strings.Join(args, " "), fragment, got.stderr)
		}
	}
	return got
}

// containers gives `list --all`, by ID.
func (m *mac) containers() map[string]managedContainer {
	m.t.Helper()
	var listed []managedContainer
	assert.NilError(m.t, json.Unmarshal([]byte(m.ok("list", "--all", "--format", "json")), &listed))
	byID := map[string]managedContainer{}
	for _, each := range listed {
		byID[each.ID] = each
	}
	return byID
}

// busybox is the image that the lab has for tests.
const busybox = "busybox"

// create registers a container of the busybox image.
func (m *mac) create(id string, flags []string, words ...string) {
	m.t.Helper()
	args := append([]string{"create", "--name", id}, flags...)
	m.ok(append(append(args, "--", busybox), words...)...)
}

// sleeper creates and starts a container that runs until it is stopped, and stops at once. It has no network unless the flags
// name one, or publish a port: networks are what takes the engine long.
func (m *mac) sleeper(id string, flags ...string) {
	m.t.Helper()
	if !slices.Contains(flags, "--network") && !slices.Contains(flags, "-p") {
		flags = append([]string{"--network", "none"}, flags...)
	}
	m.create(id, flags, "sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done")
	m.ok("start", id)
}

// compareResults lets DeepEqual look into results.
var compareResults = gocmp.AllowUnexported(result{})

// eventually waits for a condition, for 10 seconds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for wait := time.Millisecond; !condition(); wait = min(2*wait, 100*time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 seconds: %s", what)
		}
		time.Sleep(wait)
	}
}
