//go:build linux

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestUserLabelsAreNoDockerLabels(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "--label", "com.docker.compose.project=x", "net1")
	m.ok("volume", "create", "--label", "com.docker.compose.project=x", "vol1")
	m.create("web", []string{"--network", "net1", "-v", "vol1:/x", "-l", "com.docker.compose.project=x"}, "true")
	for _, args := range [][]string{{"ps", "-a"}, {"network", "ls"}, {"volume", "ls"}} {
		found, err := m.docker(append(args, "-q", "--filter", "label=com.docker.compose.project=x", "--filter", "label="+rootLabel+"="+m.root)...)
		assert.NilError(t, err)
		assert.Equal(t, found, "")
	}
	assert.Equal(t, m.containers()["web"].Configuration.Labels["com.docker.compose.project"], "x")
}

func TestTheDefaultRouteFollowsTheFirstNetwork(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	for _, name := range []string{"aa", "zz"} {
		m.ok("network", "create", name)
	}
	m.ok("network", "create", "--internal", "inner")
	for i, order := range [][]string{{"aa", "zz"}, {"zz", "aa"}, {"inner", "aa"}, {"zz", "inner", "aa"}} {
		id := fmt.Sprintf("c%d", i)
		var flags []string
		for _, name := range order {
			flags = append(flags, "--network", name)
		}
		m.sleeper(id, flags...)
		shown := m.containers()[id].Status.Networks
		assert.Equal(t, len(shown), len(order))
		routes := m.ok("exec", id, "ip", "route")
		assert.Assert(t, cmp.Contains(routes, "default via "+shown[0].IPv4Gateway+" "), "%v", order)
		assert.Equal(t, strings.Count(routes, "default"), 1)
		for j, name := range order {
			assert.Equal(t, shown[j].Network, name)
			assert.Assert(t, cmp.Contains(m.ok("exec", id, "ip", "addr"), shown[j].IPv4Address))
		}
		resolver := m.ok("exec", id, "cat", "/etc/resolv.conf")
		assert.Equal(t, resolver, "nameserver "+shown[0].IPv4Gateway+"\n")
	}
}

func TestNetworksAreApart(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "one")
	m.ok("network", "create", "two")
	m.sleeper("c1", "--network", "one")
	m.sleeper("c2", "--network", "two")
	m.sleeper("c3", "--network", "none")
	address, _, _ := strings.Cut(m.containers()["c2"].Status.Networks[0].IPv4Address, "/")
	assert.Assert(t, m.run("exec", "c1", "ping", "-c", "1", "-W", "1", address).code != 0)
	assert.Equal(t, len(m.containers()["c3"].Status.Networks), 0)
	assert.Assert(t, !strings.Contains(m.ok("exec", "c3", "ip", "addr"), "eth0"))
}

func TestMACAddressIsKept(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web", "--network", "default,mac=02-42-AC-11-00-02")
	assert.Equal(t, m.containers()["web"].Status.Networks[0].MACAddress, "02:42:ac:11:00:02")
	assert.Assert(t, cmp.Contains(m.ok("exec", "web", "ip", "link"), "02:42:ac:11:00:02"))
	m.ok("stop", "web")
	m.ok("start", "web")
	assert.Assert(t, cmp.Contains(m.ok("exec", "web", "ip", "link"), "02:42:ac:11:00:02"))
	// In every network, and the listing says what there is.
	m.ok("network", "create", "net1")
	m.sleeper("both", "--network", "default", "--network", "net1,mac=02:42:ac:11:00:07")
	link := m.ok("exec", "both", "ip", "link")
	for i, each := range m.containers()["both"].Status.Networks {
		assert.Assert(t, cmp.Contains(link, each.MACAddress))
		assert.Equal(t, each.MACAddress == "02:42:ac:11:00:07", i == 1)
	}
	m.ok("exec", "both", "ping", "-c", "1", "-W", "5", m.containers()["both"].Status.Networks[1].IPv4Gateway)
}

func TestIPv6SubnetGivesAnAddress(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "--subnet-v6", "fd12:3456:789a:77::/64", "six")
	assert.Assert(t, cmp.Contains(m.ok("network", "inspect", "six"), `"ipv6Subnet" : "fd12:3456:789a:77::/64"`))
	m.sleeper("web", "--network", "six")
	shown := m.containers()["web"].Status.Networks[0]
	assert.Assert(t, strings.HasPrefix(shown.IPv6Address, "fd12:3456:789a:77:"), shown.IPv6Address)
	assert.Assert(t, cmp.Contains(m.ok("exec", "web", "ip", "addr"), shown.IPv6Address))
}

func TestRelayDialsFromTheEnginesNamespace(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("making a network namespace needs root")
	}
	type namespace struct {
		path     string
		listener net.Listener
		err      error
	}
	made, done := make(chan namespace), make(chan struct{})
	go func() {
		runtime.LockOSThread() // never unlocked: the thread must not be used again
		var n namespace
		if n.err = unix.Unshare(unix.CLONE_NEWNET); n.err == nil {
			n.err = exec.Command("ip", "link", "set", "lo", "up").Run()
		}
		if n.err == nil {
			n.path = fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid())
			n.listener, n.err = net.Listen("tcp4", "127.0.0.1:0")
		}
		made <- n
		<-done // the thread keeps the namespace
	}()
	n := <-made
	defer close(done)
	if n.err != nil {
		t.Skipf("cannot make a network namespace: %v", n.err)
	}
	defer n.listener.Close()
	go serve(n.listener, func() (net.Conn, error) { return net.Dial("tcp", "127.0.0.1:1") })
	address := n.listener.Addr().String()
	conn, err := (&relay{spec: relaySpec{Namespace: n.path}}).dial("tcp", address)
	assert.NilError(t, err)
	conn.Close()
	_, err = (&relay{}).dial("tcp", address)
	assert.Assert(t, err != nil, "the listener is not in this namespace")
}
