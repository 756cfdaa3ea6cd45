//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// attachedClient is a client attached to a container's process.
type attachedClient struct {
	call        *call
	docker      *client.Client
	dockerID    string
	terminal    bool
	interactive bool
	stream      types.HijackedResponse
	exited      <-chan container.WaitResponse
	failed      <-chan error
	cancel      context.CancelFunc
}

// attachClient attaches to a container before it is started. A start without -i only attaches the input, and ends it: the
// process then reads an end of file, as with the runtime.
func (c *call) attachClient(record *containerRecord, ask startAsk) (*attachedClient, error) {
	docker, err := c.engine()
	if err != nil {
		return nil, err
	}
	s := &attachedClient{
		call: c, docker: docker, dockerID: record.DockerID, terminal: record.Configuration.InitProcess.Terminal,
		interactive: ask.interactive,
	}
	if s.interactive && s.terminal && !term.IsTerminal(int(c.stdin.Fd())) {
		return nil, fail(codeInvalidState, "failed to create terminal").because(errors.New("Inappropriate ioctl for device")) //lint:ignore ST1005 the system's text
	}
	options := container.AttachOptions{Stream: true, Stdin: true, Stdout: ask.foreground(), Stderr: ask.foreground()}
	if s.stream, err = docker.ContainerAttach(c.ctx, record.DockerID, options); err != nil {
		return nil, fmt.Errorf("attach: %w", c.engineError(err))
	}
	if !s.interactive && !s.terminal {
		if err := s.stream.CloseWrite(); err != nil {
			s.stream.Close()
			return nil, fmt.Errorf("close input: %w", err)
		}
	}
	condition := container.WaitConditionNextExit
	if record.AutoRemove {
		condition = container.WaitConditionRemoved
	}
	ctx, cancel := context.WithCancel(c.ctx)
	s.cancel = cancel
	if ask.foreground() {
		s.exited, s.failed = docker.ContainerWait(ctx, record.DockerID, condition)
	}
	return s, nil
}

func (s *attachedClient) close() {
	s.stream.Close()
	s.cancel()
}

// follow carries the streams until the process has ended, and gives its exit code. Three SIGINT or SIGTERM give up, and
// leave the container running (reference 1.3).
func (s *attachedClient) follow() error {
	defer s.close()
	gaveUp := s.watchSignals()
	restore, err := s.forwardInput()
	if err != nil {
		return err
	}
	defer restore()
	copied := make(chan error, 1)
	go func() { copied <- s.copyOutput() }()
	select {
	case <-gaveUp:
		return exitStatus(1)
	case err := <-copied:
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, unix.EPIPE) {
			return fmt.Errorf("read output: %w", err)
		}
	}
	select {
	case <-gaveUp:
		return exitStatus(1)
	case result := <-s.exited:
		if result.Error != nil {
			return fail(codeInternalError, "failed to wait for container").because(errors.New(result.Error.Message))
		}
		return exitStatus(int(result.StatusCode)).orNil()
	case err := <-s.failed:
		return fmt.Errorf("wait for container: %w", s.call.engineError(err))
	}
}

// orNil makes exit code 0 no error.
func (s exitStatus) orNil() error {
	if s == 0 {
		return nil
	}
	return s
}

func (s *attachedClient) copyOutput() error {
	if s.terminal {
		_, err := io.Copy(s.call.stdout, s.stream.Reader)
		return err
	}
	_, err := stdcopy.StdCopy(s.call.stdout, s.call.stderr, s.stream.Reader)
	return err
}

// forwardInput copies the caller's input, with the terminal in raw mode for -t.
func (s *attachedClient) forwardInput() (restore func(), err error) {
	restore = func() {}
	if !s.interactive {
		return restore, nil
	}
	if s.terminal {
		if restore, err = rawTerminal(s.call.stdin); err != nil {
			return restore, err
		}
		s.followSize()
	}
	go func() {
		_, _ = io.Copy(s.stream.Conn, s.call.stdin) // ends with the process, or with the caller's input
		_ = s.stream.CloseWrite()
	}()
	return restore, nil
}

// followSize keeps the process's terminal as large as the caller's.
func (s *attachedClient) followSize() {
	resize := func(size container.ResizeOptions) error {
		return s.docker.ContainerResize(s.call.ctx, s.dockerID, size)
	}
	s.call.followTerminal(resize)
}

// followTerminal reports the size of the caller's terminal now and whenever it changes.
func (c *call) followTerminal(resize func(container.ResizeOptions) error) {
	report := func() {
		if width, height, err := term.GetSize(int(c.stdin.Fd())); err == nil {
			_ = resize(container.ResizeOptions{Width: uint(width), Height: uint(height)}) // the process may have ended
		}
	}
	changes := make(chan os.Signal, 1)
	signal.Notify(changes, unix.SIGWINCH)
	go func() {
		report()
		for range changes {
			report()
		}
	}()
}

func rawTerminal(file *os.File) (restore func(), err error) {
	number := int(file.Fd())
	before, err := term.MakeRaw(number)
	if err != nil {
		return func() {}, fmt.Errorf("prepare terminal: %w", err)
	}
	return func() { _ = term.Restore(number, before) }, nil
}

// watchSignals counts SIGINT and SIGTERM, which are not forwarded in 1.0.0 to 1.4.1 (reference 2.2).
func (s *attachedClient) watchSignals() <-chan struct{} { return s.call.watchSignals() }

func (c *call) watchSignals() <-chan struct{} {
	gaveUp := make(chan struct{})
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM)
	var count atomic.Int32
	go func() {
		for range signals {
			c.log("failed to send signal: %s", swiftMetadata(map[string]string{"error": `invalidArgument: "missing signal in xpc message"`}))
			if count.Add(1) == 3 {
				close(gaveUp)
				return
			}
		}
	}()
	return gaveUp
}
