//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// daemon is a process that outlives the lab command: it has a session of its
// own, no terminal, and its output in a log file.
type daemon struct {
	name  string   // names the log and the pid file
	argv  []string // argv[0] is an absolute path or found on PATH
	mark  string   // an argument that no other process has; tells a live pid from a reused one
	ready func(context.Context) error
}

// startTimeout bounds how long a daemon may take until it is ready.
const startTimeout = time.Minute

// start runs the daemon in the namespace of l and waits until it is ready. A
// daemon that runs already is left alone.
func (l layout) start(ctx context.Context, d daemon) error {
	if l.pid(d) != 0 {
		return l.await(ctx, d, nil)
	}
	// A pid file without its process would keep dockerd from starting.
	if err := os.Remove(l.pidFile(d.name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(l.logFile(d.name)), 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(l.logFile(d.name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	argv := l.inNamespace(d.argv)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, "/"
	cmd.Env = l.daemonEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", d.name, err)
	}
	if err := os.WriteFile(l.pidFile(d.name), []byte(strconv.Itoa(cmd.Process.Pid)+"\n"), 0o644); err != nil {
		return err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	return l.await(ctx, d, exited)
}

// await returns when the daemon is ready, has exited, or the time is over.
func (l layout) await(ctx context.Context, d daemon, exited <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := d.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-exited:
			text, _ := os.ReadFile(l.logFile(d.name))
			return fmt.Errorf("%s ended at once (log: %s)%s", d.name, l.logFile(d.name), lastLines(string(text), 5))
		case <-ctx.Done():
			return fmt.Errorf("%s did not get ready: %w (log: %s)", d.name, err, l.logFile(d.name))
		case <-tick.C:
		}
	}
}

// daemonEnv is the environment of daemons: the proxies of this machine, for
// what the engine pulls, and nothing else of the caller's.
func (l layout) daemonEnv() []string {
	env := []string{"PATH=" + l.daemonPath(), "HOME=/root"}
	for _, name := range proxyVariables {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// pid returns the daemon's process id, or 0 when it does not run.
func (l layout) pid(d daemon) int {
	text, err := os.ReadFile(l.pidFile(d.name))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 1 || !hasArgument(pid, d.mark) {
		return 0
	}
	return pid
}

// hasArgument reports whether the process lives and has mark among its arguments.
func hasArgument(pid int, mark string) bool {
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return false
	}
	for arg := range bytes.SplitSeq(cmdline, []byte{0}) {
		if string(arg) == mark {
			return true
		}
	}
	return false
}

// stop ends the daemon: politely, then by force.
func (l layout) stop(ctx context.Context, d daemon) error {
	if pid := l.pid(d); pid != 0 {
		if err := endProcess(ctx, pid, 20*time.Second); err != nil {
			return fmt.Errorf("stop %s: %w", d.name, err)
		}
	}
	if err := os.Remove(l.pidFile(d.name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// endProcess sends SIGTERM, and SIGKILL after the grace period, and returns
// when the process is gone.
func endProcess(ctx context.Context, pid int, grace time.Duration) error {
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return ignoreGone(err)
	}
	deadline := time.After(grace)
	giveUp := time.After(grace + 10*time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				return ignoreGone(err)
			}
		case <-giveUp:
			return fmt.Errorf("process %d does not end", pid)
		case <-tick.C:
			if !alive(pid) {
				return nil
			}
		}
	}
}

func ignoreGone(err error) error {
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

// alive reports whether the process runs; a zombie, which only waits for its
// parent to look, does not.
func alive(pid int) bool {
	fields := statFields(fmt.Sprintf("/proc/%d/stat", pid))
	return len(fields) > 0 && fields[0] != "Z" && fields[0] != "X"
}

// statFields returns the fields of a proc(5) stat file from the third on, the
// state; the fourth is the parent. It is nil when the process is gone. The
// second, the command's name in parentheses, may contain anything.
func statFields(path string) []string {
	stat, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}
