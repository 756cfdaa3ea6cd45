//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestPoint12Volumes(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("volume", "create", "data")
	m.sleeper("w1", "-v", "data:/etc/ssl") // a path that the image may have files in
	assert.Equal(t, m.ok("exec", "w1", "ls", "-A", "/etc/ssl"), "lost+found\n", "no copy-up")
	assert.Assert(t, cmp.Regexp(`^drwx------ +\d+ root +root`, m.ok("exec", "w1", "ls", "-ld", "/etc/ssl/lost+found")))
	m.create("w2", []string{"--network", "none", "-v", "data:/data"}, "true")
	m.create("r1", []string{"--network", "none", "-v", "data:/data:ro"}, "sleep", "1000")
	for _, id := range []string{"w2", "r1"} {
		m.refused(1, []string{"The storage device attachment is invalid."}, "start", id)
	}
	m.ok("exec", "w1", "touch", "/etc/ssl/kept")
	m.ok("stop", "w1")
	m.create("r2", []string{"--network", "none", "--mount", "type=volume,source=data,target=/data,readonly"}, "sleep", "1000")
	m.ok("start", "r1")
	m.ok("start", "r2")
	m.refused(1, []string{"The storage device attachment is invalid."}, "start", "w2")
	assert.Equal(t, m.ok("exec", "r2", "ls", "/data"), "kept\nlost+found\n")
	got := m.run("exec", "r2", "touch", "/data/x")
	assert.Assert(t, cmp.Contains(got.stderr, "Read-only file system"))
}

func TestPoint13ReferredNetworksAndVolumesStay(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "net1")
	m.ok("volume", "create", "vol1")
	m.create("c1", []string{"--network", "net1", "-v", "vol1:/x"}, "true") // never started
	m.refused(1, []string{"cannot delete subnet net1 with referring containers", `Error: delete failed for one or more networks: ["net1"]`},
		"network", "delete", "net1")
	m.refused(1, []string{"failed to delete volume: ", "currently in use", `Error: delete failed for one or more volumes: ["vol1"]`},
		"volume", "delete", "vol1")
	m.ok("delete", "c1")
	assert.Equal(t, m.ok("network", "delete", "net1"), "net1\n")
	assert.Equal(t, m.ok("volume", "delete", "vol1"), "vol1\n")
	m.refused(1, []string{"cannot delete a builtin network: default"}, "network", "delete", "default")
	m.ok("volume", "create", "vol2")
	m.refused(1, []string{`failed to delete one or more volumes: ["vol9"]`}, "volume", "delete", "vol2", "vol9")
	m.ok("volume", "inspect", "vol2") // of several with one missing, none is deleted
}

func TestPoint14NetworkListMayTimeOutOnce(t *testing.T) {
	t.Parallel()
	m := newMac(t, `STANDIN_FAULT=network list@1:fail=internalError: "failed to list networks" (cause: "timeout: "XPC timeout for request to com.apple.container.apiserver/networkList"")`)
	m.refused(1, []string{"XPC timeout for request to com.apple.container.apiserver/networkList"}, "network", "list", "--format", "json")
	m.ok("network", "list", "--format", "json")
}

func TestPoint15HostsAndNames(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "net1")
	m.sleeper("db.shop.test", "--network", "net1")
	m.sleeper("peer", "--network", "net1")
	shown := m.containers()["db.shop.test"]
	address, _, _ := strings.Cut(shown.Status.Networks[0].IPv4Address, "/")
	assert.Equal(t, m.ok("exec", "db.shop.test", "cat", "/etc/hosts"), "127.0.0.1 localhost\n"+address+" db\n")
	assert.Equal(t, m.ok("exec", "db.shop.test", "hostname"), "db\n")
	assert.Equal(t, m.ok("exec", "db.shop.test", "cat", "/etc/resolv.conf"), "nameserver "+shown.Status.Networks[0].IPv4Gateway+"\n")
	assert.Equal(t, shown.Status.Networks[0].Hostname, "db.shop.test.")
	for _, name := range []string{"peer", "db", "db.shop.test"} {
		got := m.run("exec", "peer", "ping", "-c", "1", "-w", "1", name)
		if name == "peer" {
			assert.Equal(t, got.code, 0, "its own name: %s%s", got.stdout, got.stderr)
			continue
		}
		assert.Assert(t, got.code != 0, "%s resolves: %s", name, got.stdout)
	}
	assert.Equal(t, m.run("exec", "peer", "ping", "-c", "1", "-w", "2", address).code, 0, "peers are reached by address")
	// Both are written anew at a start.
	m.ok("exec", "peer", "sh", "-c", "echo 1.2.3.4 x >> /etc/hosts; echo search y >> /etc/resolv.conf")
	m.ok("stop", "peer")
	m.ok("start", "peer")
	address, _, _ = strings.Cut(m.containers()["peer"].Status.Networks[0].IPv4Address, "/")
	assert.Equal(t, m.ok("exec", "peer", "cat", "/etc/hosts"), "127.0.0.1 localhost\n"+address+" peer\n")
	assert.Assert(t, !strings.Contains(m.ok("exec", "peer", "cat", "/etc/resolv.conf"), "search"))
}

func TestPoint15ResolverFlags(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("c1", "--network", "default", "--dns", "192.0.2.1", "--dns", "192.0.2.2", "--dns-domain", "shop.test", "--dns-search", "a.test", "--dns-search", "b.test",
		"--dns-option", "ndots:2")
	assert.Equal(t, m.ok("exec", "c1", "cat", "/etc/resolv.conf"),
		"nameserver 192.0.2.1\nnameserver 192.0.2.2\ndomain shop.test\nsearch a.test b.test\noptions ndots:2\n")
	m.sleeper("c2", "--no-dns")
	assert.Equal(t, m.ok("exec", "c2", "cat", "/etc/resolv.conf"), "")
	m.refused(64, []string{"--no-dns"}, "create", "--no-dns", "--dns", "192.0.2.1", busybox)
	m.create("c3", []string{"--dns", "localhost"}, "true")
	m.refused(1, []string{"localhost"}, "start", "c3")
}

func TestPoint15AMountedHostsFileIsLive(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	hosts := filepath.Join(t.TempDir(), "hosts")
	assert.NilError(t, os.WriteFile(hosts, []byte("127.0.0.1 localhost\n"), 0o644))
	m.sleeper("c1", "--network", "default", "-v", hosts+":/etc/hosts")
	m.sleeper("c2", "--network", "default")
	address, _, _ := strings.Cut(m.containers()["c2"].Status.Networks[0].IPv4Address, "/")
	assert.Assert(t, m.run("exec", "c1", "ping", "-c", "1", "-w", "1", "peer").code != 0)
	file, err := os.OpenFile(hosts, os.O_WRONLY|os.O_APPEND, 0)
	assert.NilError(t, err)
	_, err = file.WriteString(address + " peer\n")
	assert.NilError(t, err)
	assert.NilError(t, file.Close())
	assert.Equal(t, m.run("exec", "c1", "ping", "-c", "1", "-w", "2", "peer").code, 0, "an edit in place is seen at once")
	// A rename detaches the mount.
	renamed := hosts + ".new"
	assert.NilError(t, os.WriteFile(renamed, []byte("127.0.0.1 localhost\n"), 0o644))
	assert.NilError(t, os.Rename(renamed, hosts))
	assert.Equal(t, m.run("exec", "c1", "ping", "-c", "1", "-w", "2", "peer").code, 0, "the old file stays mounted")
}
