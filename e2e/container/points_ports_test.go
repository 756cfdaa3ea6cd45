//go:build linux

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

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

func TestPublishedSocket(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	socket := filepath.Join(m.dir, "sub", "app.sock")
	m.ok("run", "-d", "--progress", "none", "--name", "app", "--publish-socket", socket+":/run/app.sock", "--", "python:3.11", "python3", "-c",
		"import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind('/run/app.sock')\ns.listen()\nwhile True: s.accept()[0].sendall(b'hello')")
	eventually(t, "the socket answers", func() bool {
		relay := &relay{}
		conn, err := relay.dial("unix", socket)
		if err != nil {
			return false
		}
		defer conn.Close()
		word, _ := bufio.NewReader(conn).ReadString(0)
		return word == "hello"
	})
	// A live socket is refused, any other file there is replaced; a socket goes with its container.
	m.create("second", []string{"--network", "none", "--publish-socket", socket + ":/run/app.sock"}, "sleep", "1000")
	m.refused(1, []string{socket}, "start", "second")
	m.ok("delete", "-f", "app")
	_, err := os.Stat(socket)
	assert.Assert(t, os.IsNotExist(err))
	assert.NilError(t, os.WriteFile(socket, []byte("text"), 0o600))
	m.ok("start", "second")
	info, err := os.Stat(socket)
	assert.NilError(t, err)
	assert.Equal(t, info.Mode().Type(), os.ModeSocket)
	m.refused(1, []string{"containerPath must be absolute"}, "create", "--publish-socket", "/x:y", busybox)
}
