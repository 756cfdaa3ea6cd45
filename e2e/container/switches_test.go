//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// The tests of this file are about the stand-in's own switches, and about calls that are killed.

func TestRecordWritesOneLinePerCall(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "calls")
	m := engineless(t, "STANDIN_RECORD="+file)
	m.run("system", "version", "--format", "json")
	m.run("create", "-e", "A=x y\n\"z\"", "--nope")
	m.run()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { m.run("--version") })
	}
	all.Wait()
	data, err := os.ReadFile(file)
	assert.NilError(t, err)
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	assert.Equal(t, len(lines), 23)
	want := [][]string{{"system", "version", "--format", "json"}, {"create", "-e", "A=x y\n\"z\"", "--nope"}, {}}
	for i, line := range lines {
		var call struct {
			Argv []string
			PID  int
		}
		assert.NilError(t, json.Unmarshal([]byte(line), &call))
		assert.Assert(t, call.PID > 1)
		if i < len(want) {
			assert.DeepEqual(t, call.Argv, want[i])
		}
	}
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	rules, err := parseFaults("5:fail; start@2:hang;network create@*:delay=200ms;")
	assert.NilError(t, err)
	assert.Equal(t, len(rules), 3)
	assert.Equal(t, rules[1], faultRule{command: "start", nth: 2, action: faultHang})
	assert.Equal(t, rules[2], faultRule{command: "network create", action: faultDelay, delay: 200 * time.Millisecond})
	for _, bad := range []string{"fail", "x:fail", "0:fail", "-1:fail", "1:explode", "1:delay", "1:delay=x", "1:delay=-1s", "1:hang=5"} {
		_, err := parseFaults(bad)
		assert.Assert(t, cmp.ErrorContains(err, "STANDIN_FAULT: rule"), bad)
	}
}

func TestFaultsAreCountedOverAllProcesses(t *testing.T) {
	t.Parallel()
	m := engineless(t, `STANDIN_FAULT=3:fail=internalError: "third";system version@2:fail=second`)
	m.ok("--version")
	m.ok("system", "version")
	m.refused(1, []string{"Error: internalError: \"third\"\n"}, "--version")
	m.refused(1, []string{"Error: second\n"}, "system", "version")
	m.ok("system", "version")
	assert.NilError(t, os.Remove(filepath.Join(m.root, callsFile)))
	m.ok("--version")
	m.ok("--version")
	m.refused(1, nil, "--version")
	m.env = append(m.env, "STANDIN_FAULT=nonsense")
	m.refused(1, []string{"STANDIN_FAULT"}, "--version")
}

func TestFaultDelayAndHang(t *testing.T) {
	t.Parallel()
	m := engineless(t, "STANDIN_FAULT=1:delay=300ms;2:hang")
	begun := time.Now()
	m.ok("--version")
	assert.Assert(t, time.Since(begun) >= 300*time.Millisecond)
	hung := m.command("--version")
	assert.NilError(t, hung.Start())
	ended := make(chan struct{})
	go func() { _ = hung.Wait(); close(ended) }()
	select {
	case <-ended:
		t.Error("the call did not hang")
	case <-time.After(500 * time.Millisecond):
	}
	assert.NilError(t, hung.Process.Kill())
	<-ended
}

func TestFaultKillsTheVictim(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	for rule, made := range map[string]bool{"kill-before": false, "kill-after": true} {
		victim := exec.Command("sleep", "1000")
		assert.NilError(t, victim.Start())
		pidfile := filepath.Join(t.TempDir(), "pid")
		assert.NilError(t, os.WriteFile(pidfile, fmt.Appendf(nil, "%d\n", victim.Process.Pid), 0o600))
		m.env = []string{"STANDIN_FAULT=volume create@*:" + rule, "STANDIN_FAULT_PIDFILE=" + pidfile}
		m.run("volume", "create", rule)
		err := victim.Wait()
		assert.Assert(t, cmp.ErrorContains(err, "signal: killed"))
		assert.Equal(t, m.run("volume", "inspect", rule).code == 0, made, rule)
	}
}

func TestFaultKillsTheCaller(t *testing.T) {
	t.Parallel()
	m := engineless(t, "STANDIN_FAULT=1:kill-before")
	inner := m.command("--version")
	caller := exec.Command("sh", "-c", `"$0" --version; echo survived; sleep 1000`, inner.Path)
	caller.Env = inner.Env
	output, err := caller.CombinedOutput()
	assert.Assert(t, cmp.ErrorContains(err, "signal: killed"))
	assert.Equal(t, string(output), "")
}

func TestMissingRootIsSaidClearly(t *testing.T) {
	t.Parallel()
	m := engineless(t)
	command := m.command("list")
	command.Env = append(command.Env, "STANDIN_ROOT=")
	output, err := command.CombinedOutput()
	assert.Assert(t, cmp.ErrorContains(err, "exit status 1"))
	assert.Assert(t, cmp.Contains(string(output), "Error: STANDIN_ROOT is not set"))
}

func TestARelayHoldsNothingOfTheCaller(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("web", []string{"-p", fmt.Sprintf("127.0.0.1:%d:80", freePort(t))}, "sleep", "1000")
	reader, writer, err := os.Pipe()
	assert.NilError(t, err)
	defer reader.Close()
	start := m.command("start", "web")
	start.ExtraFiles = []*os.File{nil, nil, writer} // an inherited descriptor
	start.Stdout, start.Stderr = writer, writer
	assert.NilError(t, start.Run())
	assert.NilError(t, writer.Close())
	assert.NilError(t, reader.SetReadDeadline(time.Now().Add(5*time.Second)))
	text, err := io.ReadAll(reader)
	assert.NilError(t, err, "a process that outlives the call holds the caller's pipe")
	assert.Equal(t, string(text), "web\n")
	assert.Equal(t, m.containers()["web"].Status.State, "running")
}

func TestARelayEndsWithItsContainer(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	port := freePort(t)
	m.create("web", []string{"-p", fmt.Sprintf("127.0.0.1:%d:80", port)}, "sleep", "0.3")
	m.ok("start", "web")
	relay := m.relay("web")
	assert.Assert(t, relay.alive())
	eventually(t, "the relay ends when the process has ended by itself", func() bool { return !relay.alive() })
	// A start right after the end has the port all the same.
	for range 5 {
		m.ok("start", "web")
		m.ok("stop", "-t", "0", "web")
	}
	m.ok("start", "web")
	relay = m.relay("web")
	m.ok("delete", "-f", "web")
	assert.Assert(t, !relay.alive())
}

// relay gives the relay of a container's last start.
func (m *mac) relay(id string) processID {
	m.t.Helper()
	current, err := (&store{root: m.root}).read()
	assert.NilError(m.t, err)
	return *current.Containers[id].Run.Relay
}

func TestRootsDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	one, two := newMac(t), newMac(t)
	for _, m := range []*mac{one, two} {
		m.ok("network", "create", "net1")
		m.ok("volume", "create", "vol1")
		m.sleeper("web", "--network", "net1", "-v", "vol1:/x")
	}
	one.ok("delete", "-f", "web")
	one.ok("network", "delete", "net1")
	one.ok("volume", "delete", "vol1")
	assert.Equal(t, len(one.containers()), 0)
	assert.Equal(t, two.containers()["web"].Status.State, "running")
	two.ok("exec", "web", "ls", "/x")
}

// TestKilledCallsLeaveAStateToLiveWith kills each kind of mutation at many moments. Afterwards the operation is done or not
// begun, the next one works, and destroying the root leaves nothing in the engine.
func TestKilledCallsLeaveAStateToLiveWith(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	port := fmt.Sprintf("127.0.0.1:%d:80", freePort(t))
	m.ok("network", "create", "net1")
	m.ok("image", "pull", "--progress", "none", busybox)
	killedAfter := func(delay time.Duration, args ...string) {
		command := m.command(args...)
		assert.NilError(t, command.Start())
		timer := time.AfterFunc(delay, func() { _ = command.Process.Kill() })
		_ = command.Wait()
		timer.Stop()
	}
	for i := range 9 {
		delay := time.Duration(3*i*i) * time.Millisecond
		killedAfter(delay, "network", "create", "other")
		m.run("network", "delete", "other")
		killedAfter(delay, "create", "--name", "web", "--network", "net1", "-v", "data:/x", "-p", port, "--", busybox, "sleep", "1000")
		m.run("create", "--name", "web", "--network", "net1", "-v", "data:/x", "-p", port, "--", busybox, "sleep", "1000")
		killedAfter(2*delay, "start", "web")
		m.ok("start", "web")
		web := m.containers()["web"]
		assert.Equal(t, web.Status.State, "running")
		assert.Equal(t, len(web.Status.Networks), 1)
		assert.Assert(t, web.Status.StartedDate != nil)
		assert.Assert(t, m.relay("web").alive())
		killedAfter(delay, "delete", "--force", "web")
		m.run("delete", "--force", "web")
		m.ok("volume", "delete", "data")
		assert.Equal(t, len(m.containers()), 0)
	}
	m.ok("network", "delete", "net1")
	containers, networks, volumes := m.dockerObjects()
	assert.Equal(t, containers+volumes, 0)
	assert.Assert(t, networks <= 1, "the builtin network at most")
}

// dockerObjects counts what the engine has of this root.
func (m *mac) dockerObjects() (containers, networks, volumes int) {
	m.t.Helper()
	count := func(args ...string) int {
		output, err := exec.Command("docker", append(args, "-q", "--filter", "label="+rootLabel+"="+m.root)...).Output()
		assert.NilError(m.t, err)
		return len(strings.Fields(string(output)))
	}
	return count("ps", "-a"), count("network", "ls"), count("volume", "ls")
}

func TestDestroyLeavesNothing(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web", "-v", "data:/x", "-v", "/anonymous", "-p", fmt.Sprintf("127.0.0.1:%d:80", freePort(t)))
	relay := m.relay("web")
	m.ok(destroyCommand)
	containers, networks, volumes := m.dockerObjects()
	assert.Equal(t, containers+networks+volumes, 0)
	assert.Assert(t, !relay.alive())
	_, err := os.Stat(m.root)
	assert.Assert(t, os.IsNotExist(err))
	m.ok(destroyCommand)
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "net1")
	m.ok("image", "pull", "--progress", "none", busybox)
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			id := fmt.Sprintf("c%d", i)
			m.sleeper(id, "--network", "net1", "-v", "vol-"+id+":/x")
			m.ok("exec", id, "true")
		})
	}
	all.Wait()
	addresses := map[string]bool{}
	for _, each := range m.containers() {
		assert.Equal(t, each.Status.State, "running")
		addresses[each.Status.Networks[0].IPv4Address] = true
	}
	assert.Equal(t, len(addresses), 6)
	got := m.ok("stop", "c0", "c1", "c2", "c3", "c4", "c5")
	assert.Equal(t, strings.Count(got, "\n"), 6)
}
