package applecontainer

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"
)

// process is a started command. Its pipes are read from the start by goroutines of its own: a child that fills a pipe
// while its parent only waits never ends.
type process struct {
	cmd      *exec.Cmd
	group    bool // it leads a process group of its own
	readers  []*os.File
	writers  []*os.File // the child's ends, closed once it runs
	copies   sync.WaitGroup
	drained  chan struct{}
	exited   chan error
	killWait time.Duration
}

// stdio are the streams of a command. A file is handed to the child as it is; nil is /dev/null; anything else is
// copied through a pipe, and a sink that fails is drained all the same.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// startProcess starts a command. Unless its standard input is a terminal it gets a process group of its own, so that
// Ctrl-C reaches Hostwright alone, which then stops things in order. alive is called for every sign of life on a pipe.
func startProcess(cmd *exec.Cmd, s stdio, killWait time.Duration, alive func()) (*process, error) {
	p := &process{cmd: cmd, drained: make(chan struct{}), exited: make(chan error, 1), killWait: killWait}
	p.group = !isTerminal(s.in)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: p.group}
	input, err := p.connect(s, alive)
	if err == nil {
		err = cmd.Start()
	}
	for _, f := range p.writers {
		_ = f.Close()
	}
	if err != nil {
		p.closeReaders()
		if input != nil {
			_ = input.Close()
		}
		p.copies.Wait()
		return nil, err
	}
	if input != nil {
		go feed(input, s.in)
	}
	go func() { p.exited <- cmd.Wait() }()
	go func() { p.copies.Wait(); close(p.drained) }()
	return p, nil
}

// connect makes the pipes and gives the end into which standard input is fed, if there is one.
func (p *process) connect(s stdio, alive func()) (*os.File, error) {
	var err error
	if p.cmd.Stdout, err = p.sink(s.out, alive); err != nil {
		return nil, err
	}
	if p.cmd.Stderr, err = p.sink(s.err, alive); err != nil {
		return nil, err
	}
	if f, ok := s.in.(*os.File); ok || s.in == nil {
		if ok {
			p.cmd.Stdin = f
		}
		return nil, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdin = r
	p.writers = append(p.writers, r)
	return w, nil
}

// sink gives what a child's output stream is to be, and starts the copying.
func (p *process) sink(w io.Writer, alive func()) (io.Writer, error) {
	if f, ok := w.(*os.File); ok {
		return f, nil
	}
	if w == nil {
		return nil, nil
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.readers = append(p.readers, reader)
	p.writers = append(p.writers, writer)
	p.copies.Add(1)
	go func() {
		defer p.copies.Done()
		defer reader.Close()
		drain(reader, w, alive)
	}()
	return writer, nil
}

// drain copies until the end, and goes on reading when the sink no longer takes anything.
func drain(r io.Reader, w io.Writer, alive func()) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			alive()
			if w != nil {
				if _, failed := w.Write(buffer[:n]); failed != nil {
					w = nil
				}
				alive()
			}
		}
		if err != nil {
			return
		}
	}
}

// feed copies standard input to a child. It is not waited for: its source may never end, while the child has.
func feed(w *os.File, r io.Reader) {
	_, _ = io.Copy(w, r)
	_ = w.Close()
}

// wait waits for the command's end and for the end of its output. When ctx ends first the command is ended, what still
// holds its pipes is left behind, and cut is true.
func (p *process) wait(ctx context.Context) (cut bool, err error) {
	select {
	case err = <-p.exited:
	case <-ctx.Done():
		cut, err = true, p.terminate()
	}
	select {
	case <-p.drained:
		return cut, err
	case <-ctx.Done():
	}
	timer := time.NewTimer(p.killWait)
	defer timer.Stop()
	select {
	case <-p.drained:
	case <-timer.C:
		cut = true
		p.closeReaders()
		<-p.drained
	}
	return cut, err
}

// terminate ends the command: SIGTERM, then SIGKILL.
func (p *process) terminate() error {
	p.signal(syscall.SIGTERM)
	timer := time.NewTimer(p.killWait)
	defer timer.Stop()
	select {
	case err := <-p.exited:
		return err
	case <-timer.C:
	}
	p.signal(syscall.SIGKILL)
	return <-p.exited
}

func (p *process) signal(s syscall.Signal) {
	if p.group {
		_ = syscall.Kill(-p.cmd.Process.Pid, s)
		return
	}
	_ = p.cmd.Process.Signal(s)
}

func (p *process) closeReaders() {
	for _, r := range p.readers {
		_ = r.Close()
	}
}

// exitCode gives a finished command's exit code, -1 when a signal ended it.
func exitCode(err error) (int, bool) {
	if err == nil {
		return 0, true
	}
	var e *exec.ExitError
	if errors.As(err, &e) {
		return e.ExitCode(), true
	}
	return -1, false
}

// isTerminal tells whether a stream is a terminal's file.
func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
