package daemon

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
)

// startPatience bounds the wait for a hostwrightd that is being started.
const startPatience = 15 * time.Second

// readyFD is the descriptor on which a hostwrightd that was started by a command says how it went: the first after the
// standard ones.
const readyFD = 3

// readyWord is the line of a hostwrightd that answers; any other is an error.
const readyWord = "ready"

// Ensure gives the hostwrightd of the state folder and makes it look: the one that runs, or one that it starts from the
// program at executable. One of another build is replaced: what it watches goes on meanwhile, and the next one takes it
// over. It is an error when that one carries out a command.
func Ensure(ctx context.Context, state statedir.Dir, executable, version string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	r := Remote{State: state}
	for replaced := false; ; {
		status, err := r.Status(ctx)
		switch {
		case err == nil && (replaced || status.current(executable, version)):
			if err = r.Look(ctx); err == nil {
				return nil
			}
			// It is leaving: the next one takes its place.
		case err == nil:
			replaced = true
			if len(status.Operations) > 0 {
				return busyError(status.Version, status.Operations)
			}
			if err := r.StopIdle(ctx); err != nil {
				return err
			}
		case !errors.Is(err, ErrNotRunning):
			return err
		}
		err = spawnDaemon(ctx, state, executable)
		if err != nil && !errors.Is(err, ErrServed) {
			return err
		}
		if err != nil { // another command is starting one, or one is leaving
			select {
			case <-ctx.Done():
				return fmt.Errorf("start hostwrightd: %w", ctx.Err())
			case <-time.After(lockPoll):
			}
		}
	}
}

// current tells whether a hostwrightd is of the build that the executable is now. One from another place counts by its
// version, so that two installations do not replace each other for ever.
func (s Status) current(executable, version string) bool {
	if s.Executable == executable {
		return s.Build == buildOf(executable)
	}
	return s.Version == version
}

// buildOf tells one build of a program from the next.
func buildOf(executable string) string {
	info, err := os.Stat(executable)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d-%d", info.Size(), info.ModTime().UnixNano())
}

// spawnDaemon starts hostwrightd in a session of its own and returns when it is ready. Its words are the error when it
// is not; it is ErrServed when another one was faster.
func spawnDaemon(ctx context.Context, state statedir.Dir, executable string) error {
	if err := statedir.MakePrivate(state.Daemon()); err != nil {
		return err
	}
	told, tell, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start hostwrightd: %w", err)
	}
	defer told.Close()
	words, err := os.OpenFile(filepath.Join(state.Daemon(), "stderr"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return errors.Join(fmt.Errorf("start hostwrightd: %w", err), tell.Close())
	}
	defer words.Close()
	cmd := exec.Command(executable, "serve", fmt.Sprintf("--ready-fd=%d", readyFD))
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", words, words
	cmd.ExtraFiles = []*os.File{tell}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	_ = tell.Close()
	if err != nil {
		return fmt.Errorf("start hostwrightd: %w", err)
	}
	go func() { _ = cmd.Wait() }() // reaped while this process lives
	if deadline, ok := ctx.Deadline(); ok {
		_ = told.SetReadDeadline(deadline)
	}
	line, err := bufio.NewReader(told).ReadString('\n')
	line = strings.TrimSpace(line)
	switch {
	case line == readyWord:
		return nil
	case line == ErrServed.Error():
		return ErrServed
	case line != "":
		return fmt.Errorf("start hostwrightd: %s", line)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("start hostwrightd: not ready within %s; %s says more", startPatience, logPath(state))
	}
	return fmt.Errorf("start hostwrightd: it ended at once; %s says more", words.Name())
}
