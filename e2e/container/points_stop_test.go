//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

func TestPoint09Logs(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("job", []string{"--network", "none"}, "sh", "-c", "echo; echo run $(cat /n 2>/dev/null); echo 1 >> /n; echo; echo end; echo err >&2; echo")
	m.refused(1, []string{"failed to open container logs: "}, "logs", "job")
	m.refused(1, []string{"failed to open container logs", "container with ID none-such not found"}, "logs", "none-such")
	m.run("start", "-a", "job")
	assert.Equal(t, sortedLines(m.ok("logs", "job")), "|end|err|run", "leading and trailing newlines are trimmed, inner ones kept")
	assert.Equal(t, sortedLines(m.ok("logs", "-n", "10", "job")), "end|err|run", "empty lines are dropped with -n")
	m.run("start", "-a", "job")
	assert.Equal(t, sortedLines(m.ok("logs", "-n", "10", "job")), "end|err|run 1", "truncated at start")
	assert.Equal(t, strings.Count(m.ok("logs", "-n", "1", "job"), "\n"), 1)
	assert.Equal(t, m.ok("logs", "-n", "0", "job"), "")
	m.create("binary", []string{"--network", "none"}, "printf", `\377\n`)
	m.run("start", "-a", "binary")
	m.refused(1, []string{"failed to convert container logs to utf8"}, "logs", "binary")
	m.create("quiet", []string{"--network", "none"}, "true")
	m.run("start", "-a", "quiet")
	assert.Equal(t, m.ok("logs", "-f", "quiet"), "", "following an empty log without -n returns at once")
	m.ok("delete", "job")
	m.refused(1, []string{"failed to open container logs"}, "logs", "job")
}

func sortedLines(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	sort.Strings(lines)
	return strings.Join(slices.Compact(lines), "|")
}

func TestPoint09FollowDoesNotEnd(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("job", []string{"--network", "none"}, "sh", "-c", "echo begin; while [ ! -e /stop ]; do sleep 0.05; done; rm /stop; echo end")
	m.ok("start", "job")
	output := filepath.Join(t.TempDir(), "out")
	file, err := os.Create(output)
	assert.NilError(t, err)
	defer file.Close()
	follower := m.command("logs", "-n", "10", "-f", "job")
	follower.Stdout = file
	assert.NilError(t, follower.Start())
	ended := make(chan error, 1)
	go func() { ended <- follower.Wait() }()
	printed := func() string {
		data, err := os.ReadFile(output)
		assert.NilError(t, err)
		return string(data)
	}
	eventually(t, "the tail is printed", func() bool { return printed() == "begin\n" })
	m.run("exec", "job", "touch", "/stop") // may be killed with the container, which ends as soon as it sees the file
	eventually(t, "the end is printed", func() bool { return printed() == "begin\nend\n" })
	eventually(t, "the container has stopped", func() bool { return m.containers()["job"].Status.State == "stopped" })
	m.ok("start", "job")
	eventually(t, "it goes on over a restart", func() bool { return printed() == "begin\nend\nbegin\n" })
	m.ok("delete", "-f", "job")
	select {
	case err := <-ended:
		t.Errorf("the follower ended by itself: %v", err)
	case <-time.After(500 * time.Millisecond): // the time in which it must not end
		assert.NilError(t, follower.Process.Kill())
		<-ended
	}
}

func TestPoint10StopAndStates(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("deaf", []string{"--network", "none"}, "sleep", "1000") // PID 1 without a handler
	m.ok("start", "deaf")
	begun := time.Now()
	assert.Equal(t, m.ok("stop", "deaf"), "deaf\n")
	assert.Assert(t, time.Since(begun) >= 5*time.Second, "SIGKILL comes after 5 seconds")
	assert.Equal(t, m.ok("stop", "deaf"), "deaf\n", "idempotent")
	m.refused(1, []string{"container deaf is not running"}, "exec", "deaf", "true")
	m.refused(1, []string{"failed to kill container", "no runtime client exists: container is stopped"}, "kill", "deaf")
	assert.Equal(t, m.ok("start", "deaf"), "deaf\n")
	assert.Equal(t, m.ok("start", "deaf"), "deaf\n", "idempotent")
	m.refused(1, []string{"attach is currently unsupported on already running containers"}, "start", "-a", "deaf")
	m.refused(1, []string{"attach is currently unsupported on already running containers"}, "start", "-i", "deaf")
	m.refused(1, []string{"container deaf is running and can not be deleted"}, "delete", "deaf")
	assert.Equal(t, m.ok("kill", "deaf"), "deaf\n")
	assert.Equal(t, m.containers()["deaf"].Status.State, "stopped", "KILL waits for the end")
	m.ok("start", "deaf")
	assert.Equal(t, m.ok("delete", "--force", "deaf"), "deaf\n")
	m.refused(1, []string{"container with ID deaf not found"}, "delete", "deaf")
	m.refused(1, []string{"no containers specified and --all not supplied"}, "stop")
}

func TestPoint10StopSignals(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	script := "trap 'exit 11' HUP; trap 'exit 12' USR1; touch /ready; while :; do sleep 1000 & wait; done"
	for signal, code := range map[string]int{"SIGHUP": 11, "usr1": 12, "10": 12} {
		id := "sig-" + strings.ToLower(signal)
		m.create(id, []string{"--network", "none"}, "sh", "-c", script)
		attached := m.command("start", "-a", id)
		assert.NilError(t, attached.Start())
		// The trap is set a moment after the start.
		eventually(t, "the trap is set", func() bool { return m.run("exec", id, "test", "-e", "/ready").code == 0 })
		m.ok("stop", "-s", signal, id)
		_ = attached.Wait()
		assert.Equal(t, attached.ProcessState.ExitCode(), code)
	}
	m.sleeper("any")
	m.refused(1, []string{"invalid signal: NOPE"}, "stop", "-s", "NOPE", "any")
	m.ok("kill", "-s", "TERM", "any")
	eventually(t, "it stops", func() bool { return m.containers()["any"].Status.State == "stopped" })
}

func TestPoint11RemoveAtExit(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("create", "--rm", "--name", "once", "--network", "none", "-v", "data:/data", busybox, "sleep", "1000")
	assert.Equal(t, m.containers()["once"].Status.State, "stopped")
	m.ok("start", "once")
	m.ok("stop", "-t", "0", "once")
	eventually(t, "it is gone", func() bool { return len(m.containers()) == 0 })
	m.refused(1, []string{"container with ID once not found"}, "stop", "once")
	m.refused(1, []string{"container with ID once not found"}, "delete", "once")
	m.ok("create", "--name", "once", "--network", "none", busybox)
	m.ok("volume", "inspect", "data")
	got := m.run("run", "--rm", "--network", "none", busybox, "sh", "-c", "echo hi; exit 4")
	assert.DeepEqual(t, got, result{stdout: "hi\n", code: 4}, compareResults)
	assert.Equal(t, len(m.containers()), 1)
}
