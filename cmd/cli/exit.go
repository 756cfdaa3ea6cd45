package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/compose"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/translate/finding"
)

// Exit codes, as Docker Compose has them. docs/exit-codes.md says when each comes.
const (
	exitOK          = 0
	exitFailure     = 1
	exitInterrupted = 130
)

// exitCode ends a command with the code of a process that ran for it; nothing is printed about it.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError is a command line that asks for something that cannot be.
type usageError struct{ message, hint string }

func (e *usageError) Error() string { return e.message }

// refusedError says that findings forbid what was asked for.
type refusedError struct {
	message, hint string
	findings      finding.List
}

func (e *refusedError) Error() string { return e.message }

// exit prints what err means to the user and gives the exit code: the one place that knows both.
func (c *composeCommand) exit(ctx context.Context, err error) int {
	var process exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &process):
		return int(process)
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.Is(err, syscall.EPIPE):
		// The reader of our output has gone: that is its right.
		return exitFailure
	}
	p := problem(err)
	p.Where, p.Findings = c.app.near(p.Where), c.app.nearby(p.Findings)
	w := c.app.Streams.Err
	if c.progressMode == view.JSON {
		_ = p.RenderJSON(w)
	} else {
		_ = p.Render(w, c.colours)
	}
	return exitFailure
}

// problem gives an error's parts: what, where, what to do.
func problem(err error) view.Problem {
	p := view.Problem{What: err.Error()}
	var usage *usageError
	var refused *refusedError
	var file *compose.Error
	var operation *orchestrate.Error
	var runtime *adapter.Error
	if errors.As(err, &runtime) {
		p = runtimeProblem(err, runtime)
	}
	switch {
	case errors.As(err, &usage):
		p.Hint = usage.hint
	case errors.As(err, &refused):
		p.Hint, p.Findings = refused.hint, refused.findings
	case errors.As(err, &file):
		p.What, p.Hint, p.Where = file.Message, file.Hint, file.Position
		if strings.HasPrefix(strings.TrimSpace(p.What), file.Position.String()) {
			p.Where = finding.Position{} // said already
		}
	case errors.As(err, &operation):
		p.Findings = operation.Findings
		if operation.Hint != "" {
			p.Hint = operation.Hint
		}
	case strings.HasPrefix(p.What, "unknown flag"), strings.HasPrefix(p.What, "unknown shorthand flag"):
		p.Hint = "`hostwright compose COMMAND --help` lists the flags; flags of compose itself (-f, -p, ...) stand before the command"
	}
	return p
}

// runtimeProblem words the errors of a runtime that is not there, does not run, is too old or hangs; all others keep
// their own words.
func runtimeProblem(err error, e *adapter.Error) view.Problem {
	p := view.Problem{What: err.Error(), Hint: e.Hint}
	hint := func(text string) {
		if p.Hint == "" {
			p.Hint = text
		}
	}
	switch e.Kind {
	case adapter.Missing:
		p.What = "Apple container is not installed: there is no `container` command on PATH"
		p.Hint = "install it with `brew install container`, or with the signed installer package from " +
			"https://github.com/apple/container/releases, then run `container system start`"
	case adapter.NotRunning:
		p.What = "Apple container is installed, but its services do not run"
		if e.Words != "" {
			p.What += ": " + e.Words
		}
		hint("start them with `container system start`")
	case adapter.TooOld:
		if e.Words != "" {
			p.What = e.Words
		}
		hint("Hostwright needs Apple container 1.0.0 or later: `brew upgrade container`, or the installer package from " +
			"https://github.com/apple/container/releases")
	case adapter.Timeout:
		hint("see `container system status`; services that hang come back with `container system stop` and `container system start`")
	}
	return p
}
