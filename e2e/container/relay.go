//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"golang.org/x/sys/unix"
)

// relayVariable, when set in the environment, makes this program a relay: the forwarder of one started container's ports,
// sockets and DNS queries, in a session of its own. Docker publishes nothing: a relay is what the runtime has (reference 5.7). It listens
// before the container's process does, on the address asked for only, in the caller's network namespace, and ends when
// the container stops.
const relayVariable = "STANDIN_RELAY"

// relaySpec is what a relay is told on its standard input, as one JSON line. A second line "started" tells that the
// container was started; the end of the input without it, that the starter died or gave up.
type relaySpec struct {
	Container string            `json:"container"` // Docker ID
	Ports     []publishedPort   `json:"ports"`
	Sockets   []publishedSocket `json:"sockets"`
	IPv4      string            `json:"ipv4"`      // the first network's address
	IPv6      string            `json:"ipv6"`      // the first network's, if it has one
	Resolver  string            `json:"resolver"`  // gateway to answer DNS queries at, "" for none
	Namespace string            `json:"namespace"` // network namespace to dial from, "" for the own
	Shares    []share           `json:"shares"`
	Reset     bool              `json:"reset"` // accept and reset, whatever the container does
}

const relayStarted = "started"

// relayHandle is a relay whose container is not started yet.
type relayHandle struct {
	spec    relaySpec
	id      processID
	command *exec.Cmd
	input   *os.File
	status  *os.File
}

// spawnRelay starts a relay that does not listen yet, so that its process can be written down first: whoever comes after a
// killed start must be able to end it, and have its ports.
func spawnRelay(spec relaySpec) (*relayHandle, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start relay: %w", err)
	}
	childInput, input, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start relay: %w", err)
	}
	defer childInput.Close()
	status, childStatus, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start relay: %w", err), input.Close())
	}
	defer childStatus.Close()
	handle := &relayHandle{spec: spec, command: exec.Command(self), input: input, status: status}
	handle.command.Env = append(os.Environ(), relayVariable+"=1")
	handle.command.Dir = "/"
	handle.command.Stdin = childInput
	handle.command.ExtraFiles = []*os.File{childStatus}
	handle.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := handle.command.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start relay: %w", err), input.Close(), status.Close())
	}
	if handle.id, err = identify(handle.command.Process.Pid); err != nil {
		return nil, errors.Join(err, handle.abandon())
	}
	return handle, nil
}

// listen tells the relay what to forward, and returns when it listens, or with the reason why it cannot.
func (h *relayHandle) listen() error {
	if err := json.NewEncoder(h.input).Encode(h.spec); err != nil {
		return fmt.Errorf("start relay: %w", err)
	}
	answer, err := bufio.NewReader(h.status).ReadString('\n')
	if err != nil {
		return fmt.Errorf("start relay: no answer: %w", err)
	}
	if answer = strings.TrimSpace(answer); answer != "ok" {
		return fail(codeUnknown, "%s", answer)
	}
	return nil
}

// started tells the relay that its container runs; it lives on by itself.
func (h *relayHandle) started() error {
	_, err := h.input.WriteString(relayStarted + "\n")
	return errors.Join(err, h.input.Close(), h.status.Close(), h.command.Process.Release())
}

// abandon ends the relay, since its container was not started. Without its input it ends by itself.
func (h *relayHandle) abandon() error {
	return errors.Join(h.input.Close(), h.status.Close(), ignoreExit(h.command.Wait()))
}

func ignoreExit(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

// relayMain is the whole life of a relay.
func relayMain() int {
	status := os.NewFile(3, "status")
	input := bufio.NewReader(os.Stdin)
	line, err := input.ReadBytes('\n')
	if err != nil {
		return 1
	}
	var spec relaySpec
	if err := json.Unmarshal(line, &spec); err != nil {
		fmt.Fprintln(status, err)
		return 1
	}
	unix.CloseOnExec(3)
	defer func() {
		for _, each := range spec.Shares {
			_ = each.unmount() // the next start, or whoever deletes the container, does it again
		}
	}()
	docker, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err == nil {
		forwarder := &relay{spec: spec, docker: docker}
		if err = forwarder.listen(); err == nil {
			err = forwarder.serveNames()
		}
	}
	if err != nil {
		fmt.Fprintln(status, strings.ReplaceAll(err.Error(), "\n", " "))
		return 1
	}
	fmt.Fprintln(status, "ok")
	status.Close()
	word, _ := input.ReadString('\n')
	if strings.TrimSpace(word) != relayStarted {
		// The starter was killed. Its container may have started all the same.
		found, err := docker.ContainerInspect(context.Background(), spec.Container)
		if err != nil || !found.State.Running {
			return 0
		}
	}
	stopped, failed := docker.ContainerWait(context.Background(), spec.Container, container.WaitConditionNotRunning)
	select {
	case <-stopped:
	case <-failed: // removed, or the engine is gone
	}
	for _, socket := range spec.Sockets {
		_ = os.Remove(socket.HostPath) // what a listener that is closed properly does
	}
	return 0
}

// bindError gives the runtime's words for a port that cannot be had (reference 5.7); the numbers are macOS's.
func bindError(err error, port int) error {
	switch {
	case errors.Is(err, unix.EADDRINUSE):
		return errors.New("bind(descriptor:ptr:bytes:): Address already in use (errno: 48)")
	case errors.Is(err, unix.EACCES):
		//lint:ignore ST1005 the runtime's text
		return fmt.Errorf("Permission denied while binding to host port %d. Binding to ports below 1024 requires root privileges.", port)
	case errors.Is(err, unix.EADDRNOTAVAIL):
		return errors.New("bind(descriptor:ptr:bytes:): Can't assign requested address (errno: 49)")
	}
	return fmt.Errorf("bind port %d: %w", port, err)
}

func hostPort(address string, port int) string { return net.JoinHostPort(address, strconv.Itoa(port)) }
