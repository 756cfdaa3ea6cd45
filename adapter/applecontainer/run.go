package applecontainer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/hostwright/compose/adapter"
)

// maxOutput bounds what is kept of a listing (bytes).
const maxOutput = 256 << 20

// Why a call of ours was cut off.
var (
	errDeadline = errors.New("past its deadline")
	errSilence  = errors.New("silent for too long")
)

// call is one call of the command.
type call struct {
	op       string
	resource string
	args     []string
	env      []string // added to the command's environment
	in       io.Reader
	out      io.Writer // nil: kept and returned
	log      io.Writer // gets a copy of standard error
	total    time.Duration
	silence  time.Duration
	secrets  secrets // never shown in an error
}

// run makes a call and gives its standard output. A failure is an *adapter.Error, or the error of ctx when that was
// cancelled.
func (a *Adapter) run(ctx context.Context, c call) ([]byte, error) {
	output, err := a.runOnce(ctx, c)
	if err == nil {
		return output, nil
	}
	return nil, a.explain(ctx, c, err)
}

func (a *Adapter) runOnce(ctx context.Context, c call) ([]byte, error) {
	limited, cancel, alive := c.limit(ctx)
	defer cancel()
	var kept boundedBuffer
	text := &errorText{}
	streams := stdio{in: c.in, out: &kept, err: text}
	if c.out != nil {
		streams.out = c.out
	}
	if c.log != nil {
		streams.err = io.MultiWriter(text, c.log)
	}
	p, err := a.start(ctx, c, streams, alive)
	if err != nil {
		return nil, err
	}
	cut, err := p.wait(limited)
	if cut {
		return nil, c.cutOff(ctx, limited)
	}
	code, finished := exitCode(err)
	switch {
	case !finished:
		return nil, &adapter.Error{Kind: adapter.Unknown, Op: c.op, Resource: c.resource, ExitCode: -1, Err: err}
	case code < 0:
		return nil, &adapter.Error{
			Kind: adapter.Unknown, Op: c.op, Resource: c.resource, ExitCode: -1, Err: err, Words: "the command was killed",
		}
	case code != 0:
		return nil, c.failure(code, text)
	case kept.overflowed:
		return nil, &adapter.Error{Kind: adapter.Unknown, Op: c.op, Resource: c.resource, Words: "the output is too long"}
	}
	return kept.Bytes(), nil
}

// limit applies the deadlines of a call; alive puts the deadline for silence off.
func (c call) limit(ctx context.Context) (limited context.Context, cancel func(), alive func()) {
	alive = func() {}
	limited, stop := context.WithCancelCause(ctx)
	cancel = func() { stop(nil) }
	if c.total > 0 {
		timer := time.AfterFunc(c.total, func() { stop(errDeadline) })
		cancel = func() { timer.Stop(); stop(nil) }
	}
	if c.silence > 0 {
		timer := time.AfterFunc(c.silence, func() { stop(errSilence) })
		alive = func() { timer.Reset(c.silence) }
		former := cancel
		cancel = func() { former(); timer.Stop() }
	}
	return limited, cancel, alive
}

// cutOff is the error of a call that was ended before it answered. What it did is not known.
func (c call) cutOff(ctx, limited context.Context) error {
	e := &adapter.Error{Kind: adapter.Timeout, Op: c.op, Resource: c.resource, ExitCode: -1, Err: context.Cause(limited)}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("%s: %w", strings.TrimSpace(c.op+" "+c.resource), ctx.Err())
	case errors.Is(e.Err, errSilence):
		e.Words = fmt.Sprintf("no sign of life from the runtime for %s", c.silence)
	case errors.Is(e.Err, errDeadline):
		e.Words = fmt.Sprintf("no answer from the runtime within %s", c.total)
	default:
		e.Words = "no answer from the runtime in time"
	}
	e.Hint = "if `container system status` hangs too, restart the runtime with `container system stop` and `container system start`"
	return e
}

// start starts the command of a call.
func (a *Adapter) start(ctx context.Context, c call, s stdio, alive func()) (*process, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.TrimSpace(c.op+" "+c.resource), err)
	}
	path, err := a.command(ctx, c.op)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, c.args...)
	cmd.Env = childEnvironment(adapter.Environ(ctx, a.environ()), c.env)
	if lock := adapter.Inherited(ctx); lock != nil && adapter.Mutates(c.op) {
		cmd.ExtraFiles = []*os.File{lock}
	}
	p, err := startProcess(cmd, s, a.limits.Kill, alive)
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, os.ErrNotExist):
		a.forget()
		return nil, missing(c.op, err)
	case errors.Is(err, syscall.E2BIG):
		return nil, &adapter.Error{
			Kind: adapter.Refused, Op: c.op, Resource: c.resource, ExitCode: -1, Err: err,
			Words: "the command line is longer than the system allows",
			Hint:  "move large environment values, labels or arguments into a file that the container reads",
		}
	}
	return nil, &adapter.Error{Kind: adapter.Unknown, Op: c.op, Resource: c.resource, ExitCode: -1, Err: err}
}

// childEnvironment gives the command's environment: what it has, without the variable that would change the meaning
// of a call, and what the call adds.
func childEnvironment(base, added []string) []string {
	env := slices.DeleteFunc(slices.Clone(base), func(entry string) bool {
		return strings.HasPrefix(entry, "CONTAINER_DEFAULT_PLATFORM=")
	})
	return append(env, added...)
}

// failure is the error of a call that exited with a code. Where the error text is of the general kind, the log before it
// says what happened.
func (c call) failure(code int, said *errorText) *adapter.Error {
	e := &adapter.Error{Op: c.op, Resource: c.resource, ExitCode: code}
	text, log := said.parts()
	e.Kind, e.Hint = classify(code, text)
	if e.Kind == adapter.Unknown && log != "" {
		e.Kind, e.Hint = classify(code, log)
	}
	e.Words = words(text, c.secrets)
	if text == "" || general(text) {
		e.Words = shorten(strings.Trim(lastWords(log, c.secrets)+"; "+e.Words, "; "))
	}
	if e.Words == "" {
		e.Words = fmt.Sprintf("the command exited with code %d and said nothing", code)
	}
	return e
}

// explain looks twice at errors that may be another one in disguise. Both looks read only.
func (a *Adapter) explain(ctx context.Context, c call, err error) error {
	var e *adapter.Error
	if !errors.As(err, &e) || c.op == adapter.OpPing || c.op == adapter.OpVersion {
		return err
	}
	switch {
	case e.Kind == adapter.NotRunning && e.Hint == hintStart:
		// The helper of one network that cannot start gives the same text as services that are down.
		if a.Ping(ctx) == nil {
			e.Kind, e.Hint = adapter.Unknown, ""
		}
	case e.ExitCode == usageCode || errors.Is(err, errDecode):
		// An old command does not know the options, or speaks another JSON.
		if _, old := a.Version(ctx); adapter.Is(old, adapter.TooOld) {
			return old
		}
	}
	return err
}

// boundedBuffer keeps up to maxOutput bytes.
type boundedBuffer struct {
	bytes.Buffer
	overflowed bool
}

// Write never fails.
func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxOutput {
		b.overflowed = true
		return len(p), nil
	}
	return b.Buffer.Write(p)
}
