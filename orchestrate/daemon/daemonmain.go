package daemon

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/orchestrate/supervise"
)

// defaultIdle is how long hostwrightd stays when nothing is left to watch.
const defaultIdle = 10 * time.Second

// Hostwrightd is the program: it takes the arguments after its name and gives the process's exit code.
func Hostwrightd(args []string) int {
	switch {
	case len(args) > 0 && args[0] == "record":
		return record.Main(args[1:], OpenAdapter)
	case len(args) > 0 && args[0] == "serve":
		return Main(args[1:], BuildVersion())
	}
	fmt.Fprintln(os.Stderr, "usage: hostwrightd serve|record [options]\n\nhostwrightd is started by hostwright; `hostwright daemon start` does it by hand. See docs/hostwrightd.md.")
	return 2
}

// Main is `hostwrightd serve`: it takes the arguments after the word serve and gives the process's exit code.
func Main(args []string, version string) int {
	f := flag.NewFlagSet("hostwrightd serve", flag.ContinueOnError)
	ready := f.Int("ready-fd", 0, "descriptor on which to say that requests are answered")
	idle := f.Duration("idle", defaultIdle, "how long to stay when nothing is left to watch")
	if f.Parse(args) != nil || f.NArg() > 0 {
		return 2
	}
	teller := newTeller(*ready)
	err := serveHere(version, *idle, teller)
	teller.end(err)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// BuildVersion is the version that this program was built from.
func BuildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func serveHere(version string, idle time.Duration, t *teller) error {
	state, err := StateDir(os.LookupEnv)
	if err != nil {
		return err
	}
	rt, err := OpenAdapter(os.LookupEnv)
	if err != nil {
		return err
	}
	self, err := recorder()
	if err != nil {
		return err
	}
	startRuntime, err := startsRuntime(os.LookupEnv)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	signal.Ignore(syscall.SIGHUP) // its terminal is none of ours
	log := &daemonLog{path: logPath(state), now: time.Now}
	o := ServeOptions{Executable: self, StartRuntime: startRuntime, Orchestrator: here(rt, state), Options: supervise.Options{
		State: state, Adapter: rt, Recorders: supervise.Processes(recorder), Now: time.Now, Version: version, PID: os.Getpid(),
		Idle: idle, Log: log.printf, Listen: supervise.ListenFile,
	}}
	o.Ready = func() {
		log.printf("hostwrightd %s watches, pid %d", version, os.Getpid())
		t.end(nil)
	}
	err = Serve(ctx, o)
	if !errors.Is(err, ErrServed) {
		log.printf("hostwrightd leaves, pid %d", os.Getpid())
	}
	return err
}

// teller says once, to whoever started this process, how it went.
type teller struct{ to io.WriteCloser }

func newTeller(fd int) *teller {
	if fd <= 2 {
		return &teller{}
	}
	syscall.CloseOnExec(fd)
	return &teller{os.NewFile(uintptr(fd), "ready")}
}

func (t *teller) end(err error) {
	if t.to == nil {
		return
	}
	line := readyWord
	switch {
	case errors.Is(err, ErrServed):
		line = ErrServed.Error()
	case err != nil:
		line = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	_, _ = fmt.Fprintln(t.to, line)
	_ = t.to.Close()
	t.to = nil
}
