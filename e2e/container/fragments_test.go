//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// The tests of this file are the rows of reference 6.2: texts that front ends classify errors by.

func TestFragmentNotFoundContainer(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.refused(1, []string{`(cause: "notFound: "container with ID no-such not found"")`}, "stop", "no-such")
	m.refused(1, []string{`(cause: "notFound: "container with ID no-such not found"")`}, "kill", "no-such")
	m.refused(1, []string{`(cause: "notFound: "container with ID no-such not found"")`}, "delete", "no-such")
	m.refused(1, []string{"container with ID no-such not found"}, "logs", "no-such")
	m.refused(1, []string{"Error: get failed: container no-such not found\n"}, "start", "no-such")
	m.refused(1, []string{"Error: get failed: container no-such not found\n"}, "exec", "no-such", "true")
	m.refused(1, []string{"Error: container not found: no-such\n"}, "inspect", "no-such")
}

func TestFragmentNotFoundNetwork(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.refused(1, []string{"Error: network no-such not found\n"}, "create", "--network", "no-such", busybox)
	m.refused(1, []string{"Error: network no-such not found\n"}, "run", "--network", "no-such", busybox)
	m.refused(1, []string{"Error: network not found: no-such\n"}, "network", "inspect", "no-such")
	m.refused(1, []string{`Error: failed to delete one or more networks: ["no-such"]`}, "network", "delete", "no-such")
}

func TestFragmentNotFoundVolume(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.refused(1, []string{"Error: volume not found: no-such\n"}, "volume", "inspect", "no-such")
	m.refused(1, []string{`Error: failed to delete one or more volumes: ["no-such"]`}, "volume", "delete", "no-such")
}

func TestFragmentExists(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("web", []string{"--network", "none"}, "true")
	m.refused(1, []string{"Error: container already exists: web\n"}, "create", "--name", "web", busybox)
	m.refused(1, []string{"Error: container with id web already exists\n"}, "run", "--name", "web", "none-such-image")
	m.ok("network", "create", "net1")
	m.refused(1, []string{"Error: network net1 already exists\n"}, "network", "create", "net1")
	m.ok("volume", "create", "vol1")
	m.refused(1, []string{"Error: volume 'vol1' already exists\n"}, "volume", "create", "vol1")
}

func TestFragmentName(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.refused(1, []string{"is not a valid container ID"}, "create", "--name", "-x"[1:], busybox)
	m.refused(1, []string{"invalid network name"}, "network", "create", "a_")
	m.refused(1, []string{"invalid volume name"}, "volume", "create", "_a")
	m.refused(1, []string{"invalid volume name"}, "create", "-v", "_a:/x", busybox)
}

func TestFragmentWrongState(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("web", []string{"--network", "none"}, "sleep", "1000")
	m.refused(1, []string{"container web is not running"}, "exec", "web", "true")
	m.refused(1, []string{"no runtime client exists"}, "kill", "web")
	m.ok("start", "web")
	m.refused(1, []string{"container web is running and can not be deleted"}, "delete", "web")
	m.refused(1, []string{"attach is currently unsupported on already running containers"}, "start", "-a", "web")
}

func TestFragmentInUse(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "net1")
	m.create("web", []string{"--network", "net1", "-v", "vol1:/x"}, "true")
	m.refused(1, []string{"is currently in use and cannot be accessed", "delete failed for one or more"}, "volume", "delete", "vol1")
	m.refused(1, []string{"with referring containers", "delete failed for one or more"}, "network", "delete", "net1")
}

func TestFragmentBuiltin(t *testing.T) {
	t.Parallel()
	newMac(t).refused(1, []string{"cannot delete a builtin network"}, "network", "delete", "default")
}

func TestFragmentPort(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	refused := map[string][]string{
		"invalid publish":           {"80", ":80", "127.0.0.1::80", "localhost:80:80", "0:80", "1:80", "80:0", "80:80/sctp", "::1:80:80", "[::1:80:80", "80-90:80-89x"},
		"invalid publish value: ":   {"80", "1:2:3:4"},
		"invalid publish protocol":  {"80:80/sctp"},
		"invalid publish IPv4":      {"localhost:80:80", "1.2.3:80:80"},
		"invalid publish IPv6":      {"[::g]:80:80", "[127.0.0.1]:80:80"},
		"invalid publish host port": {"65536:80", "x:80"},
		"counts are not equal":      {"80-82:80-81"},
	}
	for fragment, values := range refused {
		for _, value := range values {
			m.refused(1, []string{fragment}, "create", "-p", value, busybox)
		}
	}
	m.refused(1, []string{"may not overlap"}, "create", "-p", "127.0.0.1:8080:80", "-p", "[::1]:8080:80", busybox)
	m.refused(1, []string{"may not overlap"}, "create", "-p", "8080-8090:80-90", "-p", "8085:1000", busybox)
	m.ok("create", "-p", "8080:80", "-p", "8080:80/udp", busybox)
}

func TestFragmentPortBelow1024(t *testing.T) {
	t.Parallel()
	assert.Error(t, bindError(unix.EACCES, 80),
		"Permission denied while binding to host port 80. Binding to ports below 1024 requires root privileges.")
	assert.Error(t, bindError(unix.EADDRINUSE, 80), "bind(descriptor:ptr:bytes:): Address already in use (errno: 48)")
}

func TestFragmentVolumeBusy(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("w1", "-v", "data:/x")
	m.create("w2", []string{"--network", "none", "-v", "data:/x"}, "true")
	m.refused(1, []string{"storage device attachment is invalid"}, "start", "w2")
	m.refused(1, []string{"storage device attachment is invalid"}, "run", "--name", "w3", "--network", "none", "-v", "data:/x", busybox, "true")
}

func TestFragmentMount(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	file := filepath.Join(m.dir, "file")
	assert.NilError(t, os.WriteFile(file, nil, 0o600))
	m.refused(1, []string{"path './none' does not exist"}, "create", "-v", "./none:/x", busybox)
	m.refused(1, []string{"path '/none' does not exist"}, "create", "--mount", "type=bind,source=/none,target=/x", busybox)
	m.refused(1, []string{"is not a directory"}, "create", "--mount", "type=bind,source="+file+",target=/x", busybox)
	m.refused(1, []string{"unknown directive"}, "create", "--mount", "type=bind,bind-propagation=rshared", busybox)
	m.refused(1, []string{"invalid directive format missing value"}, "create", "--mount", "type=bind,source=", busybox)
	m.refused(1, []string{"cannot specify source for tmpfs mount"}, "create", "--mount", "type=tmpfs,source=/x,target=/y", busybox)
	m.refused(1, []string{"invalid volume format"}, "create", "-v", "a:b:c:d", busybox)
	folder := filepath.Join(m.dir, "folder")
	assert.NilError(t, os.Mkdir(folder, 0o700))
	m.create("web", []string{"--network", "none", "-v", "./folder:/x"}, "true")
	assert.NilError(t, os.Remove(folder))
	m.refused(1, []string{"mount source path '" + folder + "' does not exist"}, "start", "web")
}

func TestFragmentProcess(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("web", []string{"--network", "none"}, "none-such")
	m.refused(1, []string{"failed to find target executable"}, "start", "web")
	m.refused(1, []string{"failed to find target executable"}, "run", "--network", "none", busybox, "none-such")
	m.refused(1, nil, "run", "--network", "none", "-u", "nobody-here", busybox, "true")
}

func TestFragmentLimits(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.refused(1, []string{"minimum memory amount allowed is 200 MiB"}, "create", "-m", "199m", busybox)
	m.refused(1, []string{"volume size too small: minimum 1MiB"}, "volume", "create", "-s", "1000k", "v1")
	args := []string{"create"}
	for i := range 65 {
		args = append(args, "-p", strings.Replace("9N:80", "N", string(rune('0'+i/10))+string(rune('0'+i%10)), 1))
	}
	m.refused(1, []string{"cannot exceed more than 64 port publish descriptors"}, append(args, busybox)...)
}

func TestFragmentDaemon(t *testing.T) {
	t.Parallel()
	// An engine that does not answer is a daemon that is down.
	m := engineless(t)
	for _, args := range [][]string{{"list"}, {"create", busybox}, {"start", "web"}, {"stop", "web"}, {"network", "create", "net1"}, {"volume", "create", "v1"}} {
		got := m.refused(1, []string{"interrupted: \"XPC connection error: Connection invalid\"", "stand-in: "}, args...)
		assert.Assert(t, strings.Index(got.stderr, "stand-in: ") < strings.Index(got.stderr, "Error: "), "%v", args)
	}
	m.refused(1, nil, "system", "status")
}

func TestFragmentPlugin(t *testing.T) {
	t.Parallel()
	m := engineless(t)
	m.refused(64, []string{"Plugin 'container-compose' not found"}, "compose", "up")
	m.env = append(m.env, "STANDIN_DOWN=1")
	m.refused(64, []string{"Plugins are unavailable"}, "compose", "up")
}

func TestFragmentUsage(t *testing.T) {
	t.Parallel()
	m := engineless(t)
	m.refused(64, []string{"Unknown option '--nope'"}, "list", "--nope")
	m.refused(64, []string{"Missing expected argument '"}, "network", "create")
	m.refused(64, []string{"Missing value for '"}, "create", "--name")
	m.refused(64, []string{"Unexpected argument '"}, "list", "extra")
	m.refused(64, []string{"The value 'x' is invalid for '"}, "stop", "-t", "x", "web")
	m.refused(64, []string{"is invalid for '"}, "network", "create", "--subnet", "10.0.0.0", "net1")
}

func TestFragmentNetworkProperties(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.refused(1, []string{"unknown network property 'alias'. Available properties: mac, mtu"}, "create", "--network", "default,alias=y", busybox)
	m.refused(1, []string{"invalid MAC address format"}, "create", "--network", "default,mac=1", busybox)
	m.refused(1, []string{"invalid mtu value"}, "create", "--network", "default,mtu=100", busybox)
	m.refused(1, []string{"no other networks may be created along with network none"}, "create", "--network", "none", "--network", "default", busybox)
}

func TestFragmentSubnets(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "--subnet", "10.213.7.0/24", "net1")
	m.refused(1, []string{"IPv4 subnet 10.213.0.0/16 overlaps an existing network with subnet 10.213.7.0/24"},
		"network", "create", "--subnet", "10.213.0.0/16", "net2")
	assert.Assert(t, cmp.Contains(m.ok("network", "inspect", "net1"), `"ipv4Gateway" : "10.213.7.1"`))
}

func TestFragmentNotFoundAtStart(t *testing.T) {
	t.Parallel()
	// What a container refers to cannot be deleted; only a Mac whose files were damaged comes to this.
	c := &call{}
	record := &containerRecord{Configuration: containerConfiguration{
		Mounts:   []filesystem{{Type: filesystemType{Volume: &volumeTarget{Name: "no-such"}}}},
		Networks: []wantedAttachment{{Network: "no-such"}},
	}}
	current := &state{}
	current.normalise()
	assert.ErrorContains(t, c.checkStart(current, record, nil), "volume 'no-such' not found")
	_, err := c.assignAddresses(current, record, nil)
	assert.ErrorContains(t, err, "no network for id no-such")
}

func TestFragmentNoCommand(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	assert.NilError(t, os.WriteFile(filepath.Join(m.dir, "Dockerfile"), []byte("FROM scratch\nCOPY Dockerfile /\n"), 0o644))
	m.ok("build", "-t", "empty", ".")
	m.refused(1, []string{"Error: command/entrypoint not specified for container process"}, "create", "empty")
	m.refused(1, []string{"command/entrypoint not specified for container process"}, "run", "empty")
	m.ok("create", "--network", "none", "empty", "/anything")
}

func TestFragmentOS(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "net1")
	m.env = []string{"STANDIN_BAD_DAY=macos-15"}
	m.refused(1, []string{"Error: non-default network configuration requires macOS 26 or newer\n"}, "create", "--network", "net1", busybox)
	m.refused(1, []string{"non-default network configuration requires macOS 26 or newer"}, "run", "--network", "default", "--network", "net1", busybox)
	m.refused(64, []string{"Plugin 'container-network' not found"}, "network", "list")
	m.sleeper("web", "--network", "default")
	assert.Assert(t, cmp.Contains(m.ok("system", "status", "--format", "json"), `"operatingSystem":"Version 15.`))
}

func TestFragmentSetUp(t *testing.T) {
	t.Parallel()
	m := newMac(t, "STANDIN_BAD_DAY=no-kernel")
	m.refused(1, []string{"Error: default kernel not configured for architecture "}, "create", busybox)
	m.refused(1, []string{"Error: default kernel not configured for architecture "}, "run", busybox)
	assert.DeepEqual(t, m.images(), []string{"docker.io/library/busybox:latest"}) // only after the pull
	assert.Equal(t, len(m.containers()), 0)
}

// TestFragmentsByFault has the texts that need a race or a fault inside the runtime's server, or that its client says first
// in other words: they come by STANDIN_FAULT only, in the forms of reference 6.1.
func TestFragmentsByFault(t *testing.T) {
	t.Parallel()
	for text, args := range map[string][]string{
		`failed to create exec (cause: "invalidState: "cannot exec: container is not running"")`:                       {"exec", "web", "true"},
		`internalError: "failed to delete container" (cause: "invalidState: "container web has a pending operation"")`: {"delete", "web"},
		`Net_1 is not a valid name`:                {"network", "create", "Net_1"},
		`cannot delete builtin network default`:    {"network", "delete", "default"},
		`default kernel not found`:                 {"create", busybox},
		`unable to retrieve application data root`: {"build", "."},
	} {
		m := engineless(t, "STANDIN_FAULT="+args[0]+"@1:fail="+text)
		got := m.refused(1, nil, args...)
		assert.Equal(t, got.stderr, "Error: "+text+"\n")
		assert.Equal(t, got.stdout, "")
	}
}
