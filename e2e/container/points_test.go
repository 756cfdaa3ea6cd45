//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// The tests of this file are the points of reference 10.2, by number: what adapters trip over.

func TestPoint01ArgumentGrammar(t *testing.T) {
	t.Parallel()
	m := engineless(t)
	m.refused(64, []string{"Error: Unknown option '--restart'", "Usage: container create", "See 'container create --help'"},
		"create", "--restart", "always", "busybox")
	m.refused(64, []string{"Error: Missing expected argument '<image>'"}, "create", "--name", "web")
	m.refused(64, []string{"Missing value for '--name <name>'"}, "create", "--name", "-web", "busybox")
	m.refused(64, []string{"Invalid option: ---"}, "create", "busybox", "echo", "---")
	m.refused(64, []string{"Missing expected argument '<container-id>'"}, "start")
	m.refused(64, []string{"Missing expected argument"}, "exec", "web")
	m.refused(64, []string{"is invalid for '--format <format>'"}, "list", "--format", "xml")
	m.refused(64, []string{"does not take any value"}, "create", "--rm=true", "busybox")
	// "--name=" takes the next element as its value, so the image is missing.
	m.refused(64, []string{"Missing expected argument '<image>'"}, "create", "--name=", "busybox")
}

func TestPoint01EverythingAfterTheImageIsTheProcess(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("create", "--name", "c1", "--network", "none", "--", busybox, "echo", "---", "--rm", "-x=", "--")
	m.ok("create", "--name", "c2", "--network", "none", busybox, "echo", "--", "-n")
	shown := m.containers()
	assert.DeepEqual(t, shown["c1"].Configuration.InitProcess.Arguments, []string{"---", "--rm", "-x=", "--"})
	assert.DeepEqual(t, shown["c2"].Configuration.InitProcess.Arguments, []string{"--", "-n"})
	m.sleeper("c3")
	assert.Equal(t, m.ok("exec", "--", "c3", "echo", "---", "-i"), "--- -i\n")
	m.refused(1, []string{"failed to find target executable --"}, "exec", "c3", "--", "echo")
}

func TestPoint02DockersFlagsAreRefused(t *testing.T) {
	t.Parallel()
	m := engineless(t)
	missing := []string{
		"--hostname", "--add-host", "--restart", "--health-cmd", "--health-interval", "--health-retries", "--health-timeout", "--no-healthcheck",
		"--privileged", "--device", "--gpus", "--sysctl", "--stop-signal", "--stop-timeout", "--network-alias", "--ip", "--ip6", "--link", "--pid",
		"--ipc", "--uts", "--userns", "--cgroup-parent", "--security-opt", "--group-add", "--pull", "--log-driver", "--log-opt", "--label-file",
		"--annotation", "--oom-kill-disable", "--oom-score-adj", "--memory-swap", "--memory-reservation", "--cpu-shares", "--cpuset-cpus",
		"--pids-limit", "--volumes-from", "--volume-driver", "--expose", "--isolation", "--attach", "--sig-proxy", "--quiet", "-P",
	}
	for _, option := range missing {
		for _, command := range []string{"create", "run"} {
			m.refused(64, []string{"Error: Unknown option '" + option + "'"}, command, option, "x", "busybox")
		}
	}
}

func TestPoint03JSON(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	assert.Equal(t, m.ok("list", "--format", "json"), "[]\n")
	assert.Equal(t, m.ok("volume", "list", "--format", "json"), "[]\n")
	m.create("c1", []string{"-e", "NAME=größe/ü"}, "true")
	line := m.ok("list", "-a", "--format", "json")
	assert.Equal(t, strings.Count(line, "\n"), 1, "list is one line")
	assert.Assert(t, cmp.Contains(line, `"NAME=größe/ü"`), "non-ASCII is raw, slashes are plain from 1.4.1")
	assert.Assert(t, !strings.Contains(line, "null"), "an absent optional is left out")
	assert.Assert(t, !strings.Contains(line, "startedDate"))
	assertSortedKeys(t, line)
	pretty := m.ok("inspect", "c1")
	assert.Assert(t, cmp.Contains(pretty, "[\n  {\n    \"configuration\" : {\n      \"capAdd\" : [\n\n      ],"))
	assert.Assert(t, cmp.Regexp(`"creationDate" : "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"`, pretty), "whole seconds, UTC")

	m.env = append(m.env, "STANDIN_VERSION=1.2.2")
	assert.Assert(t, cmp.Contains(m.ok("list", "-a", "--format", "json"), `"NAME=größe\/ü"`), "slashes are escaped up to 1.3.1")
}

// assertSortedKeys walks the tokens of a document and checks that the keys of each object come in byte order.
func assertSortedKeys(t *testing.T, document string) {
	t.Helper()
	var keys func(decoder *json.Decoder)
	keys = func(decoder *json.Decoder) {
		token, err := decoder.Token()
		assert.NilError(t, err)
		open, isDelim := token.(json.Delim)
		if !isDelim {
			return
		}
		previous := ""
		for decoder.More() {
			if open == '{' {
				key, err := decoder.Token()
				assert.NilError(t, err)
				assert.Assert(t, previous < key.(string), "%s comes after %s", key, previous)
				previous = key.(string)
			}
			keys(decoder)
		}
		_, err = decoder.Token()
		assert.NilError(t, err)
	}
	keys(json.NewDecoder(strings.NewReader(document)))
}

func TestPoint03ListsAreInRandomOrder(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	for i := range 6 {
		m.create(fmt.Sprintf("c%d", i), []string{"--network", "none"}, "true")
	}
	orders := map[string]bool{}
	for range 20 {
		orders[m.ok("list", "-a", "-q")] = true
	}
	assert.Assert(t, len(orders) > 1, "20 lists of 6 containers had all the same order")
}

func TestPoint04NamesAndLabels(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	assert.Equal(t, m.ok("create", "--name", "Web_1.x", "--network", "none", busybox), "Web_1.x\n")
	assert.Equal(t, m.containers()["Web_1.x"].Configuration.ID, "Web_1.x")
	for _, bad := range []string{"w", "_w", "a b", "wéb", strings.Repeat("x", 64)} {
		m.refused(1, []string{"Error: " + bad + " is not a valid container ID"}, "create", "--name", bad, busybox)
	}
	m.ok("create", "--name", strings.Repeat("x", 63), "--network", "none", busybox)
	m.refused(1, []string{"invalid network name: MyNet"}, "network", "create", "MyNet")
	m.refused(1, []string{"none"}, "network", "create", "none")
	m.refused(1, []string{"invalid volume name 'a b'"}, "volume", "create", "a b")
	m.refused(1, []string{"invalid label format k=a=b"}, "create", "--name", "c2", "-l", "k=a=b", busybox)
	m.refused(1, []string{"label cannot be an empty string"}, "create", "--name", "c2", "-l", "", busybox)
	m.ok("create", "--name", "c3", "--network", "none", "-l", "k=v=", "-l", "k2", "-l", "com.docker.compose.project.working_dir=/x", busybox)
	assert.DeepEqual(t, m.containers()["c3"].Configuration.Labels, map[string]string{
		"k": "v", "k2": "", "com.docker.compose.project.working_dir": "/x",
	})
	m.refused(1, []string{"invalid_label_key_content"}, "network", "create", "--label", "com.docker.compose.project.working_dir=/x", "n1")
	m.ok("network", "create", "--label", "com.docker.compose.project=a=b", "n1")
	m.ok("volume", "create", "--label", "a_B=c=d", "v1")
	assert.Assert(t, cmp.Contains(m.ok("volume", "inspect", "v1"), `"a_B" : "c=d"`))
	// A container without a name has a random UUID.
	assert.Assert(t, cmp.Regexp(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$`, m.ok("create", "--network", "none", busybox)))
	// Before 1.2.0 the text was another, and the length had no limit here.
	m.env = append(m.env, "STANDIN_VERSION=1.0.0")
	m.refused(1, []string{"invalid entity name"}, "create", "--name", "w", busybox)
}

// freePort gives a TCP port of the loopback that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	assert.NilError(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func TestPoint05Ports(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	port := freePort(t)
	publish := fmt.Sprintf("%d:80", port)
	m.sleeper("first", "-p", publish)
	m.create("second", []string{"-p", publish}, "sleep", "100")
	m.refused(1, []string{"bind(descriptor:ptr:bytes:): Address already in use (errno: 48)"}, "start", "second")
	second := m.containers()["second"]
	assert.Equal(t, second.Status.State, "stopped", "create and start keep the container")
	assert.Assert(t, second.Status.StartedDate == nil)
	m.refused(1, []string{"Address already in use"}, "run", "-d", "--name", "third", "-p", publish, "--", busybox, "sleep", "100")
	_, kept := m.containers()["third"]
	assert.Assert(t, !kept, "run deletes the container")
	m.ok("stop", "first")
	m.ok("start", "second")
}

func TestPoint05PortHeldByAnotherProcess(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	listener, err := net.Listen("tcp4", "0.0.0.0:0")
	assert.NilError(t, err)
	defer listener.Close()
	m.create("web", []string{"-p", fmt.Sprintf("%d:80", listener.Addr().(*net.TCPAddr).Port)}, "sleep", "100")
	m.refused(1, []string{"Address already in use"}, "start", "web")
}

func TestPoint05PublishedPortsAreIPv4AndListenBeforeTheProcess(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	port := freePort(t)
	m.create("web", []string{"-p", fmt.Sprintf("%d:80", port)}, "sh", "-c",
		"while [ ! -e /go ]; do sleep 0.05; done; mkdir /www; echo hello > /www/index.html; exec httpd -f -p 80 -h /www")
	m.ok("start", "web")
	address := fmt.Sprintf("127.0.0.1:%d", port)
	early, err := net.Dial("tcp4", address)
	assert.NilError(t, err, "the port is open before the process listens")
	assert.NilError(t, early.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err = early.Read(make([]byte, 1))
	assert.Assert(t, err != nil && !os.IsTimeout(err), "an early client is closed, got %v", err)
	m.ok("exec", "web", "touch", "/go")
	eventually(t, "the page is served", func() bool { return fetch(address) == "hello\n" })
	if conn, err := net.Dial("tcp6", fmt.Sprintf("[::1]:%d", port)); err == nil {
		conn.Close()
		t.Error("the port answers on IPv6 too")
	}
	m.ok("stop", "-t", "0", "web")
	if conn, err := net.Dial("tcp4", address); err == nil {
		conn.Close()
		t.Error("the port is open after stop")
	}
}

// fetch gets a page by hand: the body, or "".
func fetch(address string) string {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprintf(conn, "GET / HTTP/1.0\r\n\r\n")
	var answer strings.Builder
	buffer := make([]byte, 4096)
	for {
		n, err := conn.Read(buffer)
		answer.Write(buffer[:n])
		if err != nil {
			break
		}
	}
	_, body, _ := strings.Cut(answer.String(), "\r\n\r\n")
	return body
}

func TestPoint05UDP(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	port := freePort(t)
	m.ok("run", "-d", "--progress", "none", "--name", "echo", "-p", fmt.Sprintf("127.0.0.1:%d:7/UDP", port), "--", "python:3.11", "python3", "-c",
		"import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('', 7))\nwhile True: s.sendto(*s.recvfrom(99))")
	conn, err := net.Dial("udp4", fmt.Sprintf("127.0.0.1:%d", port))
	assert.NilError(t, err)
	defer conn.Close()
	eventually(t, "a datagram comes back", func() bool {
		_, _ = conn.Write([]byte("ping"))
		_ = conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		answer := make([]byte, 16)
		n, _ := conn.Read(answer)
		return string(answer[:n]) == "ping"
	})
}

func TestPoint06CreateMakesVolumes(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	// The bad port shows after the volume was made.
	got := m.refused(1, []string{"named volume was automatically created", "invalid publish value"},
		"create", "--name", "c1", "-v", "data:/data", "-p", "80", busybox)
	assert.Assert(t, strings.Index(got.stderr, "named volume") < strings.Index(got.stderr, "Error: "))
	inspected := m.ok("volume", "inspect", "data")
	assert.Assert(t, cmp.Contains(inspected, "\"labels\" : {\n\n      }"))
	_, exists := m.containers()["c1"]
	assert.Assert(t, !exists)
	// An anonymous one has a UUID and a label, and says nothing.
	got = m.run("create", "--name", "c2", "--network", "none", "-v", "/data", busybox)
	assert.Equal(t, got.stderr, "")
	name := m.containers()["c2"].Configuration.Mounts[0].Type.Volume.Name
	assert.Equal(t, len(name), 36)
	assert.Assert(t, cmp.Contains(m.ok("volume", "inspect", name), `"com.apple.container.resource.anonymous" : ""`))
	m.ok("delete", "c2")
	m.ok("volume", "inspect", name)
}

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
	m.refused(1, nil, "start", "web")
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
	m.ok("exec", "job", "touch", "/stop")
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

func TestPoint17MemoryAndCPUs(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.refused(1, []string{"minimum memory amount allowed is 200 MiB (got 104857600 bytes)"}, "create", "--name", "c1", "-m", "100m", busybox)
	m.refused(64, []string{"The value '0.5' is invalid for '-c <cpus>'"}, "create", "-c", "0.5", busybox)
	m.sleeper("c1")
	shown := m.containers()["c1"].Configuration.Resources
	assert.Equal(t, shown.CPUs, int64(4))
	assert.Equal(t, shown.MemoryInBytes, uint64(1<<30))
	m.sleeper("c2", "-m", "300.5m", "-c", "1")
	assert.Equal(t, m.containers()["c2"].Configuration.Resources.MemoryInBytes, uint64(300<<20), "whole MiB")
	limit := m.run("exec", "c2", "cat", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
	if limit.code != 0 {
		limit = m.run("exec", "c2", "cat", "/sys/fs/cgroup/memory.max")
	}
	assert.Equal(t, limit.stdout, fmt.Sprintln(300<<20), "the limit is real")
}

func TestPoint18SystemVersion(t *testing.T) {
	t.Parallel()
	for version, server := range map[string]string{
		"1.4.1": "1.4.1",
		"1.2.2": "container-apiserver version 1.2.2 (build: release, commit: 5747d1a)",
		"1.0.0": "container-apiserver version 1.0.0 (build: release, commit: 5747d1a)",
	} {
		m := engineless(t, "STANDIN_VERSION="+version)
		var rows []versionInfo
		assert.NilError(t, json.Unmarshal([]byte(m.ok("system", "version", "--format", "json")), &rows))
		assert.DeepEqual(t, rows, []versionInfo{
			{AppName: "container", BuildType: "release", Commit: buildCommit[:7], Version: version},
			{AppName: "container-apiserver", BuildType: "release", Commit: buildCommit, Version: server},
		})
		assert.Equal(t, m.ok("--version"), "container CLI version "+version+" (build: release, commit: 5747d1a)\n")
	}
}

func TestPoint19InspectOfSeveralWithOneMissing(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("c1", []string{"--network", "none"}, "true")
	got := m.refused(1, []string{"Error: container not found: a9, z9\n"}, "inspect", "c1", "z9", "a9")
	assert.Equal(t, got.stdout, "")
	m.refused(64, []string{"Missing expected argument"}, "inspect")
	m.refused(1, []string{"Error: volume not found: a9, z9\n"}, "volume", "inspect", "z9", "a9")
	m.refused(1, []string{"Error: network not found: z9\n"}, "network", "inspect", "default", "z9")
}

func TestPoint20SeveralTargets(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("c1", []string{"--network", "none"}, "true")
	m.create("c2", []string{"--network", "none"}, "true")
	got := m.refused(1, nil, "delete", "x1", "c1", "x2", "c2", "c1")
	assert.Equal(t, got.stdout, "c1\nc2\n")
	assert.Equal(t, got.stderr, `Error: internalError: "failed to delete container" (cause: "notFound: "container with ID x1 not found"")
internalError: "failed to delete container" (cause: "notFound: "container with ID x2 not found"")
`)
	got = m.refused(1, nil, "stop", "x1")
	assert.Equal(t, got.stderr, `Error: internalError: "failed to stop container" (cause: "notFound: "container with ID x1 not found"")`+"\n")
}
