//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestBuildThatFails(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.write("Dockerfile", "FROM busybox\nRUN echo before; exit 3\n")
	got := m.refused(1, []string{"before\n", "ERROR: ", `Error: unknown: "failed to solve: `, "exit code: 3"}, "build", "-t", "a", ".")
	assert.Equal(t, got.stdout, "")
	assert.Assert(t, !slices.Contains(m.images(), "a:latest"))
	m.write("Dockerfile", "FORM busybox\n")
	m.refused(1, []string{"failed to solve", "FORM"}, "build", ".")
	m.write("Dockerfile", "FROM busybox AS a\n")
	m.refused(1, []string{"failed to solve", "nosuch"}, "build", "--target", "nosuch", ".")
	m.refused(1, []string{"Error: invalid platform specified beos/x"}, "build", "--platform", "beos/x", ".")
	m.refused(1, []string{"export entry dest=x is invalid: type field is required"}, "build", "-o", "dest=x", ".")
	m.refused(1, []string{"export entry type=docker is invalid: unsupported output type"}, "build", "-o", "type=docker", ".")
	m.refused(1, []string{"export entry type=tar is invalid: dest field is required"}, "build", "-o", "type=tar", ".")
	m.refused(64, []string{"The value 'rawjson' is invalid for '--progress <type>'. Please provide one of 'auto', 'plain' or 'tty'."}, "build", "--progress", "rawjson", ".")
}

func TestBuildIntoFiles(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.write("file", "text")
	m.write("Dockerfile", "FROM scratch\nCOPY file /dir/file\n")
	out := filepath.Join(m.dir, "out")
	assert.Equal(t, m.ok("build", "-q", "-o", "type=local,dest=out", "."), out+"\n")
	data, err := os.ReadFile(filepath.Join(out, "dir/file"))
	assert.NilError(t, err)
	assert.Equal(t, string(data), "text")
	path := filepath.Join(m.dir, "a.tar")
	assert.Equal(t, m.ok("build", "-q", "-o", "type=tar,dest=a.tar", "."), path+"\n")
	archive, err := os.ReadFile(path)
	assert.NilError(t, err)
	assert.Assert(t, cmp.Contains(tarNames(t, archive), "dir/file"))
	m.refused(1, []string{"export entry a.tar is invalid: dest path already exists"}, "build", "-o", "type=tar,dest=a.tar", ".")
	assert.DeepEqual(t, m.images(), []string{})
}

func tarNames(t *testing.T, archive []byte) []string {
	t.Helper()
	var names []string
	reader := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		assert.NilError(t, err)
		names = append(names, header.Name)
	}
}

func TestBuildForSeveralPlatforms(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	own := engineArchitecture(m)
	other := map[string]string{"amd64": "arm64", "arm64": "amd64"}[own]
	m.write("Dockerfile", "FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /file\nLABEL arch=$TARGETARCH\nCMD [\"/file\"]\n")
	m.write("amd64", "for x86\n")
	m.write("arm64", "for ARM\n")
	for i, flags := range [][]string{{"--platform", "linux/amd64,linux/arm64"}, {"--platform", "linux/arm64", "--platform", "linux/amd64"}, {"-a", "amd64,arm64"}} {
		tag := fmt.Sprintf("multi:%d", i)
		assert.Equal(t, m.ok(append(append([]string{"build", "-t", tag}, flags...), ".")...), tag+"\n")
		var found []imageResource
		assert.NilError(t, json.Unmarshal([]byte(m.ok("image", "inspect", tag)), &found))
		assert.Equal(t, len(found[0].Variants), 2)
		for _, variant := range found[0].Variants {
			assert.Equal(t, (*variant.Config.Config.Labels)["arch"], variant.Platform.Architecture)
		}
	}
	// Each container has the files of its platform. The other one's cannot run here, but can be looked into.
	text := map[string]string{"amd64": "for x86\n", "arm64": "for ARM\n"}
	for _, arch := range []string{own, other} {
		m.ok("create", "--name", arch, "--network", "none", "--platform", "linux/"+arch, "--", "multi:0")
		assert.Assert(t, cmp.Contains(m.ok("export", arch), text[arch]))
	}
	// A saved and loaded image is the same, with both.
	m.ok("image", "save", "-o", "multi.tar", "multi:0")
	assert.Assert(t, cmp.Contains(m.ok("image", "load", "-i", "multi.tar"), "multi:0"))
	m.refused(1, []string{"for one platform at a time, got linux/amd64, linux/arm64"}, "build", "--platform", "linux/amd64,linux/arm64", "-o", "type=tar,dest=x.tar", ".")
}

// askAgent asks the agent at SSH_AUTH_SOCK for its keys and prints the type of its answer.
const askAgent = `import os, socket
s = socket.socket(socket.AF_UNIX)
s.connect(os.environ["SSH_AUTH_SOCK"])
s.sendall(b"\0\0\0\1\x0b")
print("answer", s.makefile("rb").read(5)[4])
`

func TestBuildForwardsTheSSHAgent(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	socket := filepath.Join(m.dir, "agent.sock")
	listener, err := net.Listen("unix", socket)
	assert.NilError(t, err)
	defer listener.Close()
	var asked atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				request := make([]byte, 5) // an agent without keys, that knows one request
				for {
					if _, err := io.ReadFull(conn, request); err != nil || request[4] != 11 {
						return
					}
					asked.Add(1)
					if _, err := conn.Write([]byte{0, 0, 0, 5, 12, 0, 0, 0, 0}); err != nil {
						return
					}
				}
			}()
		}
	}()
	m.env = []string{"SSH_AUTH_SOCK=" + socket}
	m.write("ask.py", askAgent)
	m.write("Dockerfile", "FROM python:3.11\nCOPY ask.py /\nRUN --mount=type=ssh,required=true python3 /ask.py > /text\n"+
		"CMD [\"cat\", \"/text\"]\n# "+nonce())
	m.ok("build", "-q", "--no-cache", "--ssh", "default", "-t", "a", ".")
	assert.Equal(t, m.outputOf("a"), "answer 12\n")
	assert.Equal(t, asked.Load(), int32(1))
	m.refused(1, nil, "build", "-q", "--no-cache", "-t", "b", ".") // it is required, and nothing is forwarded
	assert.Equal(t, asked.Load(), int32(1))
}

func TestBuildInterrupted(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.write("Dockerfile", "FROM busybox\nRUN echo begun && sleep 300 # "+nonce()+"\n")
	command := m.command("build", "-t", "a", ".")
	log := &watchedBuffer{seen: make(chan struct{}), text: " begun\n"}
	command.Stderr = log
	assert.NilError(t, command.Start())
	select {
	case <-log.seen:
	case <-time.After(time.Minute):
		_ = command.Process.Kill()
		_ = command.Wait()
		t.Fatalf("the step did not begin: %s", log.String())
	}
	timer := time.AfterFunc(time.Minute, func() { _ = command.Process.Kill() })
	defer timer.Stop()
	assert.NilError(t, command.Process.Signal(unix.SIGTERM))
	_ = command.Wait()
	assert.Equal(t, command.ProcessState.ExitCode(), 1)
	assert.Assert(t, strings.Contains(lastLine(log.String()), "exiting on signal"), log.String())
}

// watchedBuffer says when a text has been written to it. It hides the buffer's ReadFrom, which would pass Write by.
type watchedBuffer struct {
	all  bytes.Buffer
	text string
	seen chan struct{}
	said bool
}

// String is everything written; only for when nobody writes any more.
func (b *watchedBuffer) String() string { return b.all.String() }

func (b *watchedBuffer) Write(data []byte) (int, error) {
	n, err := b.all.Write(data)
	if !b.said && strings.Contains(b.all.String(), b.text) {
		b.said = true
		close(b.seen)
	}
	return n, err
}
