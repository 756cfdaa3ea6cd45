//go:build linux

package main

import (
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestPoint07StatesAndAddresses(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("web", nil, "sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done")
	made := m.containers()["web"]
	assert.Equal(t, made.Status.State, "stopped")
	assert.Assert(t, made.Status.StartedDate == nil)
	assert.Equal(t, len(made.Status.Networks), 0)
	m.ok("start", "web")
	first := m.containers()["web"]
	assert.Equal(t, first.Status.State, "running")
	assert.Equal(t, len(first.Status.Networks), 1)
	assert.Equal(t, first.Status.Networks[0].Hostname, "web")
	assert.Assert(t, cmp.Contains(m.ok("exec", "web", "ip", "addr"), first.Status.Networks[0].IPv4Address))
	assert.Assert(t, cmp.Contains(m.ok("exec", "web", "ip", "addr"), first.Status.Networks[0].MACAddress))
	m.ok("stop", "web")
	stopped := m.containers()["web"]
	assert.Equal(t, stopped.Status.State, "stopped")
	assert.Equal(t, len(stopped.Status.Networks), 0)
	assert.DeepEqual(t, stopped.Status.StartedDate, first.Status.StartedDate)
	m.ok("start", "web")
	second := m.containers()["web"]
	assert.Assert(t, second.Status.Networks[0].IPv4Address != first.Status.Networks[0].IPv4Address, "a new address at each start")
	assert.Assert(t, cmp.Contains(m.ok("exec", "web", "ip", "addr"), second.Status.Networks[0].IPv4Address))
}

func TestPoint07ServicesRestart(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web")
	m.ok("system", "stop")
	for _, args := range [][]string{{"list"}, {"inspect", "web"}, {"stop", "web"}, {"network", "list"}, {"volume", "list"}, {"image", "list"}} {
		m.refused(1, []string{
			"Error: interrupted: \"XPC connection error: Connection invalid\"\nEnsure container system service has been started with `",
		}, args...)
	}
	got := m.refused(1, nil, "system", "status", "--format", "json")
	assert.Equal(t, got.stdout, "{\"status\":\"unregistered\"}\n")
	m.ok("system", "stop")
	m.ok("system", "start")
	m.ok("system", "start")
	web := m.containers()["web"]
	assert.Equal(t, web.Status.State, "stopped")
	assert.Assert(t, web.Status.StartedDate == nil, "dates are gone after a restart of the services")
	m.ok("start", "web")
}

func TestPoint07DaemonDownBySwitch(t *testing.T) {
	t.Parallel()
	m := engineless(t, "STANDIN_DOWN=1")
	m.refused(1, []string{"XPC connection error: Connection invalid"}, "list")
	m.refused(1, nil, "system", "status")
	assert.Equal(t, strings.Count(m.ok("system", "version", "--format", "json"), "appName"), 1, "the client's version only")
	m.env = append(m.env, "STANDIN_VERSION=1.2.2")
	got := m.refused(1, nil, "system", "status", "--format", "json")
	assert.Equal(t, got.stdout, `{"apiServerAppName":"","apiServerBuild":"","apiServerCommit":"","apiServerVersion":"","appRoot":"","installRoot":"","status":"unregistered"}`+"\n")
}

func TestPoint07CrashOfTheServices(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web")
	m.ok(crashCommand)
	web := m.containers()["web"]
	assert.Equal(t, web.Status.State, "stopped")
	assert.Assert(t, web.Status.StartedDate == nil)
	m.ok("stop", "web") // has no effect
	m.refused(1, []string{"no runtime client exists: container is stopped"}, "kill", "web")
	m.refused(1, []string{"expected to be in created state"}, "start", "web")
	m.ok("delete", "web")
	assert.Equal(t, len(m.containers()), 0)
}

func TestPoint08ExitCodes(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	for _, code := range []int{0, 1, 3, 255} {
		id := fmt.Sprintf("c%d", code)
		m.create(id, []string{"--network", "none"}, "sh", "-c", fmt.Sprintf("echo out; echo err >&2; exit %d", code))
		for range 2 { // the second is a restart
			got := m.run("start", "--attach", id)
			assert.DeepEqual(t, got, result{stdout: "out\n", stderr: "err\n", code: code}, compareResults)
		}
		assert.Equal(t, m.run("run", "--rm", "--network", "none", busybox, "sh", "-c", fmt.Sprintf("exit %d", code)).code, code)
	}
	assert.Assert(t, !strings.Contains(strings.ToLower(m.ok("inspect", "c3")), "exit"+"code"), "no exit code in any listing")
	m.create("gone", []string{"--network", "none"}, "/no/such/file")
	m.refused(1, []string{"failed to find target executable /no/such/file"}, "start", "--attach", "gone")
	m.refused(1, []string{"failed to find target executable nope"}, "run", "--network", "none", busybox, "nope")
	m.create("killed", []string{"--network", "none"}, "sleep", "1000")
	attached := m.command("start", "-a", "killed")
	assert.NilError(t, attached.Start())
	eventually(t, "it runs", func() bool { return m.containers()["killed"].Status.State == "running" })
	m.ok("kill", "killed")
	_ = attached.Wait()
	assert.Equal(t, attached.ProcessState.ExitCode(), 128+9)
	m.sleeper("live")
	assert.Equal(t, m.run("exec", "live", "sh", "-c", "exit 9").code, 9)
	assert.Equal(t, m.run("exec", "live", "sh", "-c", "exit 127").code, 127)
	m.refused(1, []string{"failed to find target executable nope"}, "exec", "live", "nope")
	m.refused(1, []string{"failed to find target executable nope"}, "exec", "-d", "live", "nope")
}

func TestPoint08AShortLifeLosesNothing(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("short", []string{"--network", "none"}, "sh", "-c", "echo 1; echo 2 >&2; echo 3; exit 3")
	for range 20 {
		got := m.run("start", "-a", "short")
		assert.DeepEqual(t, got, result{stdout: "1\n3\n", stderr: "2\n", code: 3}, compareResults)
	}
}
