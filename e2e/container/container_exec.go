//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// execAsk is the command line of exec.
type execAsk struct {
	id                       string
	command                  []string
	detach, interactive, tty bool
	env, envFiles            []string
	user, workdir            string
	uid, gid                 *uint32
}

// execFailure is how Docker begins the text that it writes into the stream when the process cannot be started.
const execFailure = "OCI runtime exec failed"

// execInContainer runs a process in a running container; what is not given is inherited from the init process. The exit
// code is the process's; one that cannot be started is a failure, exit 1.
func (c *call) execInContainer(ask execAsk) error {
	if err := c.awaitAgent(ask.id); err != nil {
		return err
	}
	record, running, err := c.known(ask.id)
	if err != nil {
		return err
	}
	if record == nil {
		return fail(codeNotFound, "get failed: container %s not found", ask.id)
	}
	if !running {
		return fail(codeInvalidState, "container %s is not running", ask.id)
	}
	if ask.tty && ask.interactive && !term.IsTerminal(int(c.stdin.Fd())) {
		return fail(codeInvalidState, "failed to create terminal").because(errors.New("Inappropriate ioctl for device")) //lint:ignore ST1005 the system's text
	}
	options, err := c.execOptions(record, ask)
	if err != nil {
		return err
	}
	docker, err := c.engine()
	if err != nil {
		return err
	}
	made, err := docker.ContainerExecCreate(c.ctx, record.DockerID, options)
	if err != nil {
		return c.execError(ask, err)
	}
	if ask.detach {
		return c.execDetached(docker, made.ID, ask)
	}
	stream, err := docker.ContainerExecAttach(c.ctx, made.ID, container.ExecAttachOptions{Tty: ask.tty})
	if err != nil {
		return c.execError(ask, err)
	}
	defer stream.Close()
	return c.execFollow(docker, made.ID, stream, ask)
}

func (c *call) execOptions(record *containerRecord, ask execAsk) (container.ExecOptions, error) {
	environment, err := c.environmentFlags(ask.envFiles, ask.env)
	if err != nil {
		return container.ExecOptions{}, err
	}
	process := record.Configuration.InitProcess
	user := process.dockerUser()
	if ask.user != "" || ask.uid != nil {
		given, _ := planUser(ask.user, ask.uid, ask.gid, "")
		user = processConfig{User: given}.dockerUser()
		if user == "" {
			user = "0:0"
		}
	}
	workdir := ask.workdir
	if workdir == "" {
		workdir = process.WorkingDirectory
	}
	return container.ExecOptions{
		User: user, Tty: ask.tty, AttachStdin: ask.interactive, AttachStdout: !ask.detach, AttachStderr: !ask.detach,
		Env: environment, WorkingDir: workdir, Cmd: ask.command,
	}, nil
}

// execError gives the runtime's words for a process that could not be started.
func (c *call) execError(ask execAsk, err error) error {
	text := err.Error()
	switch {
	case errors.Is(c.engineError(err), errDaemonDown):
		return errDaemonDown
	case strings.Contains(text, "is not running"):
		return fail(codeInvalidState, "container %s is not running", ask.id)
	case isNotFound(err) && strings.Contains(text, "No such container"):
		return fail(codeNotFound, "get failed: container %s not found", ask.id)
	}
	return execStartError(ask.command[0], text)
}

func execStartError(executable, text string) error {
	failed := fail(codeInternalError, "failed to start process")
	if strings.Contains(text, "executable file not found") || strings.Contains(text, "no such file or directory") && strings.Contains(text, "exec:") {
		return failed.because(fail(codeInternalError, "failed to find target executable %s", executable))
	}
	return failed.because(fail(codeInternalError, "%s", strings.TrimSpace(text)))
}

// execDetached prints the container's ID, not the process's.
func (c *call) execDetached(docker *client.Client, exec string, ask execAsk) error {
	if err := docker.ContainerExecStart(c.ctx, exec, container.ExecStartOptions{Detach: true, Tty: ask.tty}); err != nil {
		return c.execError(ask, err)
	}
	c.print(ask.id)
	return nil
}

// execFollow carries the streams until the process has ended.
func (c *call) execFollow(docker *client.Client, exec string, stream types.HijackedResponse, ask execAsk) error {
	gaveUp := c.watchSignals()
	if ask.interactive {
		if ask.tty {
			restore, err := rawTerminal(c.stdin)
			if err != nil {
				return err
			}
			defer restore()
		}
		go func() {
			_, _ = io.Copy(stream.Conn, c.stdin) // ends with the process, or with the caller's input
			_ = stream.CloseWrite()
		}()
	}
	if ask.tty && term.IsTerminal(int(c.stdin.Fd())) {
		c.followTerminal(func(size container.ResizeOptions) error { return docker.ContainerExecResize(c.ctx, exec, size) })
	}
	output := &execOutput{to: c.stdout}
	copied := make(chan error, 1)
	go func() {
		if ask.tty {
			_, err := io.Copy(output, stream.Reader)
			copied <- err
			return
		}
		_, err := stdcopy.StdCopy(output, c.stderr, stream.Reader)
		copied <- err
	}()
	select {
	case <-gaveUp:
		return exitStatus(1)
	case err := <-copied:
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, unix.EPIPE) {
			return fmt.Errorf("read output: %w", err)
		}
	}
	return c.execResult(docker, exec, output, ask)
}

// execResult waits for the exit code, which Docker may have only a moment after the end of the output.
func (c *call) execResult(docker *client.Client, exec string, output *execOutput, ask execAsk) error {
	wait := time.Millisecond
	for {
		found, err := docker.ContainerExecInspect(c.ctx, exec)
		if isNotFound(err) {
			return exitStatus(128 + int(unix.SIGKILL)) // the container went, and its processes with it
		}
		if err != nil {
			return c.engineError(err)
		}
		if !found.Running {
			if text := output.held(); text != "" && found.Pid == 0 {
				return execStartError(ask.command[0], text)
			}
			if err := output.release(); err != nil {
				return err
			}
			return exitStatus(found.ExitCode).orNil()
		}
		time.Sleep(wait)
		wait = min(2*wait, 100*time.Millisecond)
	}
}

// execOutput passes output on, but holds back what may be Docker's own text about a process that did not start.
type execOutput struct {
	to     io.Writer
	first  bytes.Buffer
	passed bool
}

// Write is the io.Writer of the process's standard output.
func (o *execOutput) Write(data []byte) (int, error) {
	if o.passed {
		return o.to.Write(data)
	}
	o.first.Write(data)
	known := min(o.first.Len(), len(execFailure))
	if string(o.first.Bytes()[:known]) == execFailure[:known] {
		return len(data), nil
	}
	return len(data), o.release()
}

// held gives Docker's text, if that is what was held back.
func (o *execOutput) held() string {
	if !o.passed && strings.HasPrefix(o.first.String(), execFailure) {
		return o.first.String()
	}
	return ""
}

// release passes on what was held back.
func (o *execOutput) release() error {
	if o.passed {
		return nil
	}
	o.passed = true
	_, err := o.to.Write(o.first.Bytes())
	return err
}
