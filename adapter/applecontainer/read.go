package applecontainer

import (
	"context"
	"errors"
	"fmt"

	"github.com/hostwright/compose/adapter"
)

// errDecode is what every answer that is not understood wraps. An answer is understood or an error: a decoder that
// shrugs makes an `up` that pulls every image again.
var errDecode = errors.New("the runtime's answer is not understood")

// read makes a call that changes nothing and decodes its answer. It is repeated once when the runtime's own time-out
// hit: that of `network list` is 1 s, which a loaded machine exceeds.
func read[T any](ctx context.Context, a *Adapter, c call, decode func([]byte) (T, error)) (T, error) {
	var none T
	output, err := a.run(ctx, c)
	if isServerTimeout(err) && ctx.Err() == nil {
		output, err = a.run(ctx, c)
	}
	if err != nil {
		return none, err
	}
	value, err := decode(output)
	if err != nil {
		return none, a.explain(ctx, c, &adapter.Error{
			Kind: adapter.Unknown, Op: c.op, Resource: c.resource, Err: fmt.Errorf("%w: %w", errDecode, err),
			Hint: "this version of Apple container may not be supported: see `hostwright compose version`",
		})
	}
	return value, nil
}

// isServerTimeout tells whether the runtime's server did not answer its client in time. Past a deadline of ours the
// exit code is -1.
func isServerTimeout(err error) bool {
	var e *adapter.Error
	return errors.As(err, &e) && e.Kind == adapter.Timeout && e.ExitCode > 0
}
