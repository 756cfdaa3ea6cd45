//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage: lab up | down [--keep-images] | env | status`

// errIncomplete is what status returns when it has already printed what is
// missing.
var errIncomplete = errors.New("the lab is not up")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(64)
	default:
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New(usage)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	l, err := layoutFor(os.Getenv("HOSTWRIGHT_LAB_DIR"))
	if err != nil {
		return err
	}
	flags := flag.NewFlagSet("lab", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	keep := flags.Bool("keep-images", false, "")
	if err := flags.Parse(args[1:]); err != nil || flags.NArg() > 0 || (*keep && args[0] != "down") {
		return errUsage
	}
	switch args[0] {
	case "up":
		return withLock(l, stderr, func() error { return up(ctx, l, recipes, newProgress(stderr)) })
	case "down":
		return withLock(l, stderr, func() error { return down(ctx, l, *keep, newProgress(stderr)) })
	case "env":
		return printEnv(stdout, l)
	case "status":
		return status(ctx, l, stdout)
	default:
		return errUsage
	}
}

// withLock runs f while no other lab command changes the same lab. Whoever
// comes second waits, and then mostly finds its work done.
func withLock(l layout, stderr io.Writer, f func() error) error {
	if os.Geteuid() != 0 {
		return errors.New("the lab starts a Docker Engine and needs root: run it as root")
	}
	if err := os.MkdirAll(l.run, 0o755); err != nil {
		return err
	}
	lock, err := os.OpenFile(l.lockFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		fmt.Fprintln(stderr, "lab: another lab command is at work; waiting for it")
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", l.lockFile(), err)
	}
	return f()
}
