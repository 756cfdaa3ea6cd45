package health

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/translate/declared"
)

// Executor is the part of an adapter that a probe needs.
type Executor interface {
	Exec(ctx context.Context, r adapter.ExecRequest) (int, error)
}

// Probe runs an effective check once. A check that cannot be run, or not within its timeout, is a failure like any
// other, with ExitCode -1; its client is ended. The error is ErrGone when the container does not run any more, or
// ctx's; then there is no result.
func Probe(ctx context.Context, rt Executor, id string, check declared.Healthcheck) (Result, error) {
	out := &output{}
	r := Result{Start: time.Now()}
	limited, cancel := context.WithTimeout(ctx, check.Timeout)
	defer cancel()
	code, err := rt.Exec(limited, adapter.ExecRequest{ID: id, Command: command(check.Test), Stdout: out, Stderr: out})
	r.End, r.ExitCode, r.Output = time.Now(), code, out.String()
	switch {
	case ctx.Err() != nil:
		return Result{}, ctx.Err()
	case limited.Err() != nil:
		r.ExitCode = -1
		r.Output = fmt.Sprintf("Health check exceeded timeout (%v)", check.Timeout)
		if text := out.String(); text != "" {
			r.Output += ": " + text
		}
	case adapter.Is(err, adapter.NotFound), adapter.Is(err, adapter.WrongState):
		return Result{}, fmt.Errorf("probe %s: %w: %w", id, ErrGone, err)
	case err != nil:
		r.ExitCode = -1
		r.Output = "Health check error: " + err.Error()
	}
	return r, nil
}

// ErrGone says that a container stopped running while it was probed.
var ErrGone = errors.New("container is not running")
