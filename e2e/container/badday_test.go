//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// The tests of this file are the troubles of STANDIN_BAD_DAY, one each.

func TestBadDayWords(t *testing.T) {
	t.Parallel()
	day, err := parseBadDay("no-chown, dns-dead\nlist-lags=3s\n")
	assert.NilError(t, err)
	assert.Assert(t, day.has(troubleNoChown) && day.has(troubleDNSDead) && day.has(troubleListLags) && !day.has(troubleCopyHangs))
	assert.Equal(t, day.lag, 3*time.Second)
	for _, bad := range []string{"no-such", "no-chown=1", "list-lags=", "list-lags=x", "list-lags=-1s"} {
		_, err := parseBadDay(bad)
		assert.Assert(t, cmp.ErrorContains(err, "STANDIN_BAD_DAY: "), bad)
	}
	m := engineless(t, "STANDIN_BAD_DAY=no-such")
	m.refused(1, []string{`unknown trouble "no-such"; there are no-chown, `}, "--version")
	m.env = append(m.env, "STANDIN_BAD_DAY=")
	m.ok("--version")
	assert.NilError(t, os.WriteFile(filepath.Join(m.root, badDayFile), []byte("macos-15\n"), 0o600))
	m.refused(64, []string{"Plugin 'container-network' not found"}, "network", "list")
}

func TestBadDayDNSDead(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	query := []string{"sh", "-c", `nslookup localhost.test "$(sed -n 's/nameserver //p' /etc/resolv.conf)" 2>&1; cat /etc/resolv.conf`}
	m.sleeper("web", "--network", "default")
	assert.Assert(t, cmp.Contains(m.run(append([]string{"exec", "web"}, query...)...).stdout, "nameserver"))
	answered := m.run("exec", "web", "sh", "-c", "nslookup nothing 2>&1").stdout
	assert.Assert(t, cmp.Contains(answered, "NXDOMAIN"))
	m.ok("delete", "-f", "web")
	m.env = []string{"STANDIN_BAD_DAY=dns-dead"}
	m.sleeper("web", "--network", "default")
	got := m.run("exec", "web", "sh", "-c", "nslookup nothing 2>&1")
	assert.Assert(t, got.code != 0)
	assert.Assert(t, !strings.Contains(got.stdout, "NXDOMAIN"), got.stdout)
	// Numbers and /etc/hosts go on working, and --dns names another server.
	m.ok("exec", "web", "ping", "-c", "1", "web")
	m.sleeper("other", "--network", "default", "--dns", "192.0.2.53")
	assert.Assert(t, cmp.Contains(m.ok("exec", "other", "cat", "/etc/resolv.conf"), "192.0.2.53"))
}

func TestBadDayPortsReset(t *testing.T) {
	t.Parallel()
	m := newMac(t, "STANDIN_BAD_DAY=ports-reset")
	port := freePort(t)
	m.create("web", []string{"-p", fmt.Sprintf("127.0.0.1:%d:80", port)}, "sh", "-c", "echo ok > /tmp/index.html; httpd -f -h /tmp")
	m.ok("start", "web")
	eventually(t, "the process listens", func() bool {
		return m.run("exec", "web", "wget", "-qO-", "http://127.0.0.1/index.html").stdout == "ok\n"
	})
	for range 3 {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		assert.NilError(t, err, "the port accepts")
		assert.NilError(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
		_, err = conn.Read(make([]byte, 1))
		assert.Assert(t, errors.Is(err, syscall.ECONNRESET), "%v", err)
		assert.NilError(t, conn.Close())
	}
	// With the permission granted, and a restart, it works.
	m.env = nil
	m.ok("system", "stop")
	m.ok("system", "start")
	m.ok("start", "web")
	eventually(t, "the page is served", func() bool { return httpGet(port) == "ok\n" })
}

func httpGet(port int) string {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return ""
	}
	defer conn.Close()
	_, _ = fmt.Fprint(conn, "GET /index.html HTTP/1.0\r\n\r\n")
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	answer := make([]byte, 4096)
	total := 0
	for {
		n, err := conn.Read(answer[total:])
		total += n
		if err != nil {
			break
		}
	}
	_, body, _ := strings.Cut(string(answer[:total]), "\r\n\r\n")
	return body
}

func TestBadDayNewSubnets(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "net1")
	m.ok("network", "create", "--subnet", "10.213.9.0/24", "pinned")
	m.sleeper("web", "--network", "net1", "--network", "pinned")
	subnets := func() map[string]string {
		var listed []networkResource
		assert.NilError(t, json.Unmarshal([]byte(m.ok("network", "list", "--format", "json")), &listed))
		found := map[string]string{}
		for _, each := range listed {
			found[each.ID] = each.Status.IPv4Subnet
		}
		return found
	}
	before, first := subnets(), m.containers()["web"]
	assert.Assert(t, first.Status.StartedDate != nil)
	m.env = []string{"STANDIN_BAD_DAY=new-subnets"}
	m.ok("system", "stop")
	m.ok("system", "start")
	after, stopped := subnets(), m.containers()["web"]
	assert.Assert(t, before["net1"] != after["net1"] && before["default"] != after["default"], "%v %v", before, after)
	assert.Equal(t, after["pinned"], "10.213.9.0/24")
	assert.Assert(t, stopped.Status.StartedDate == nil)
	m.ok("start", "web")
	second := m.containers()["web"]
	assert.Assert(t, second.Status.Networks[0].IPv4Address != first.Status.Networks[0].IPv4Address)
	shown := m.ok("exec", "web", "ip", "addr")
	for _, each := range second.Status.Networks {
		assert.Assert(t, cmp.Contains(shown, each.IPv4Address))
	}
	assert.Assert(t, cmp.Contains(m.ok("exec", "web", "ip", "route"), "default via "+second.Status.Networks[0].IPv4Gateway))
	m.ok("delete", "-f", "web")
	// A start of the services that was killed between the old network and the new one is finished by the next change.
	m.ok("system", "stop")
	current, err := (&store{root: m.root}).read()
	assert.NilError(t, err)
	_, err = m.docker("network", "rm", current.Networks["net1"].DockerName)
	assert.NilError(t, err)
	current.Networks["net1"].Renewing = "10.213.11.0/24"
	assert.NilError(t, (&transaction{store: &store{root: m.root}, state: current}).save())
	assert.NilError(t, os.WriteFile(filepath.Join(m.root, journalFile), nil, 0o600))
	m.env = nil
	m.ok("system", "start")
	m.ok("volume", "create", "any")
	assert.Equal(t, subnets()["net1"], "10.213.11.0/24")
	m.sleeper("web", "--network", "net1")
	m.ok("delete", "-f", "web")
	m.ok("network", "delete", "net1", "pinned")
}

func TestBadDayListLacksNewContainers(t *testing.T) {
	t.Parallel()
	m := newMac(t, "STANDIN_BAD_DAY=list-lags=1h")
	m.sleeper("web")
	assert.Equal(t, len(m.containers()), 0)
	assert.Equal(t, m.ok("list", "-q"), "")
	assert.Assert(t, cmp.Contains(m.ok("inspect", "web"), `"running"`))
	m.refused(1, []string{"container already exists: web"}, "create", "--name", "web", busybox)
	m.env = []string{"STANDIN_BAD_DAY=list-lags=1ms"}
	assert.Equal(t, len(m.containers()), 1)
}

func TestBadDayCopyHangs(t *testing.T) {
	t.Parallel()
	m := newMac(t, "STANDIN_BAD_DAY=copy-hangs")
	src := m.share()
	m.sleeper("web")
	m.sleeper("other")
	hung := m.command("copy", src+"/file", "web:/file")
	assert.NilError(t, hung.Start())
	marker := filepath.Join(m.root, runFolder, "*", stuckFile)
	eventually(t, "the copy hangs", func() bool { found, _ := filepath.Glob(marker); return len(found) == 1 })
	exec := m.command("exec", "web", "true")
	assert.NilError(t, exec.Start())
	ended := make(chan error, 1)
	go func() { ended <- exec.Wait() }()
	select {
	case err := <-ended:
		t.Errorf("exec did not hang with the copy: %v", err)
	case <-time.After(500 * time.Millisecond):
	}
	m.ok("exec", "other", "true") // other containers go on
	assert.Equal(t, len(m.containers()), 2)
	assert.NilError(t, hung.Process.Kill())
	_ = hung.Wait()
	assert.NilError(t, <-ended, "killing the client frees the container")
	m.refused(1, nil, "exec", "web", "ls", "/file")
	m.ok("stop", "web")
}

func TestBadDayNoRosetta(t *testing.T) {
	t.Parallel()
	m := newMac(t, "STANDIN_BAD_DAY=no-rosetta", "XDG_CONFIG_HOME="+t.TempDir())
	assert.NilError(t, os.WriteFile(filepath.Join(m.dir, "Dockerfile"), []byte("FROM busybox\nENV A=b\n"), 0o644))
	for range 2 {
		got := m.refused(1, []string{"Error: ", "Rosetta is not installed"}, "build", "-t", "web", ".")
		assert.Equal(t, got.stdout, "")
	}
	m.refused(1, []string{"Rosetta is not installed"}, "builder", "start")
	m.create("x86", []string{"--rosetta", "--network", "none"}, "true")
	m.refused(1, []string{"Rosetta is not installed"}, "start", "x86")
	m.ok("run", "--network", "none", busybox, "true") // everything else works
	// The cure: rosetta = false, which counts after a restart of the services.
	config := strings.TrimPrefix(m.env[1], "XDG_CONFIG_HOME=") + "/container/config.toml"
	assert.NilError(t, os.MkdirAll(filepath.Dir(config), 0o755))
	assert.NilError(t, os.WriteFile(config, []byte("[build]\nrosetta = false\n"), 0o644))
	m.refused(1, []string{"Rosetta is not installed"}, "build", "-t", "web", ".")
	m.ok("system", "stop")
	m.ok("system", "start")
	assert.Equal(t, m.ok("build", "-t", "web", "."), "web:latest\n")
}

func TestBadDayServerOlderThanClient(t *testing.T) {
	t.Parallel()
	m := newMac(t, "STANDIN_SERVER_VERSION=1.3.1")
	var versions []versionInfo
	assert.NilError(t, json.Unmarshal([]byte(m.ok("system", "version", "--format", "json")), &versions))
	assert.Equal(t, versions[0].Version, "1.4.1")
	assert.Equal(t, versions[1].Version, "container-apiserver version 1.3.1 (build: release, commit: 5747d1a)")
	var status nestedStatus
	assert.NilError(t, json.Unmarshal([]byte(m.ok("system", "status", "--format", "json")), &status))
	assert.Equal(t, status.Client.Version, "1.4.1")
	assert.Equal(t, status.Server.Version, versions[1].Version)
	m.sleeper("web")
	m.refused(1, []string{"unknown route"}, "clean", "web")
	// After the restart the server is new, and the container's agent is not.
	m.env = nil
	m.ok("system", "stop")
	m.ok("system", "start")
	m.ok("start", "web")
	m.refused(1, []string{"Requested RPC isn't implemented by this server"}, "clean", "web")
	src := m.share()
	m.ok("copy", src+"/file", "web:/file") // a success that does nothing
	m.refused(1, nil, "exec", "web", "ls", "/file")
	m.refused(1, []string{"copy: path not found"}, "copy", "web:/etc/hosts", src)
}
