//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/hostwright/compose/e2e/container/argv"
	"golang.org/x/sys/unix"
)

func main() {
	closeInheritedOnExec()
	if isBuilderProgram(os.Args[0]) {
		os.Exit(builderMain())
	}
	if os.Getenv(relayVariable) != "" {
		os.Exit(relayMain())
	}
	os.Exit(runCommand(context.Background(), os.Args[1:]))
}

// runCommand runs one command line and gives its exit code.
func runCommand(ctx context.Context, words []string) int {
	if file := os.Getenv("STANDIN_RECORD"); file != "" {
		if err := recordCall(file, words); err != nil {
			fmt.Fprintln(os.Stderr, "Error:", err)
			return 1
		}
	}
	c, err := newCall(ctx, words)
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		return 1
	}
	rules, err := c.faults()
	if err == nil {
		err = c.faultBefore(rules)
	}
	if err == nil {
		err = c.dispatch()
		err = errors.Join(err, c.faultAfter(rules))
	}
	return c.report(err)
}

// report prints what an error comes to, and gives the exit code of reference 1.3.
func (c *call) report(err error) int {
	var status exitStatus
	var help *argv.Help
	var refused *argv.UsageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &help):
		fmt.Fprintln(c.stdout, help.Text)
		return 0
	case errors.As(err, &refused):
		fmt.Fprintln(c.stderr, refused.Error())
		return argv.ExitUsage
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintln(c.stderr, "Error: "+errorText(err))
	return 1
}

// closeInheritedOnExec keeps descriptors of the caller out of the processes started here: a relay outlives this call, and
// must not hold a lock or a pipe of the caller open.
func closeInheritedOnExec() {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, entry := range entries {
		if number, err := strconv.Atoi(entry.Name()); err == nil && number > 2 {
			unix.CloseOnExec(number)
		}
	}
}
