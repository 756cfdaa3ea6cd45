package applecontainer

import (
	"context"
	"io"
	"os"
	"sync/atomic"

	"github.com/hostwright/compose/adapter"
)

// attach runs a call whose command stays as long as a process in a container, and gives the process's exit code. There
// is no deadline.
//
// The command's exit code is the process's own, but also 1 when the command itself failed, with a text on the stream
// that carries the process's stderr. attach takes a text for the command's own only when it is the last thing on
// stderr, says what only the command says, and nothing came from the process before. Otherwise it is the process's.
func (a *Adapter) attach(ctx context.Context, c call, s stdio) (int, error) {
	spoken := &passing{next: s.out}
	held := &holdback{next: forward(s.err)}
	streams := stdio{in: s.in, out: spoken, err: held}
	if f, ok := s.out.(*os.File); ok {
		streams.out = f
	}
	p, err := a.start(ctx, c, streams, func() {})
	if err != nil {
		return -1, err
	}
	cut, err := p.wait(ctx)
	text := string(held.finish())
	if cut {
		held.flush()
		return -1, c.cutOff(ctx, ctx)
	}
	code, finished := exitCode(err)
	if !finished || code < 0 {
		held.flush()
		return -1, &adapter.Error{
			Kind: adapter.Unknown, Op: c.op, Resource: c.resource, ExitCode: -1, Err: err, Words: "the command was killed",
		}
	}
	kind, hint, own := classifyAttached(code, text)
	if own && (kind == adapter.NotRunning || kind == adapter.Timeout || !spoken.used.Load()) {
		e := &adapter.Error{Kind: kind, Op: c.op, Resource: c.resource, Hint: hint, ExitCode: code, Words: words(text, c.secrets)}
		return -1, a.explain(ctx, c, e)
	}
	held.flush()
	return code, nil
}

// forward gives the function that hands bytes to a writer; a writer that failed gets no more.
func forward(w io.Writer) func([]byte) {
	failed := w == nil
	return func(p []byte) {
		if !failed {
			_, err := w.Write(p)
			failed = err != nil
		}
	}
}

// passing notes whether anything was written.
type passing struct {
	next io.Writer
	used atomic.Bool
}

// Write passes on.
func (p *passing) Write(b []byte) (int, error) {
	p.used.Store(true)
	if p.next == nil {
		return len(b), nil
	}
	return p.next.Write(b)
}
