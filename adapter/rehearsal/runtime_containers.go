package rehearsal

import (
	"context"
	"slices"
	"time"

	"github.com/hostwright/compose/adapter"
)

// ListContainers gives every container, sorted.
func (r *Runtime) ListContainers(ctx context.Context) (list []adapter.Container, err error) {
	err = r.use(ctx, adapter.OpListContainers, "", func(w *World, _ time.Time) error {
		list = w.Snapshot().Containers
		return nil
	})
	return list, err
}

// InspectContainer gives one container.
func (r *Runtime) InspectContainer(ctx context.Context, id string) (shown adapter.Container, err error) {
	err = r.with(ctx, adapter.OpInspectContainer, id, func(_ *World, c *Container, _ time.Time) error {
		shown = c.Shown()
		return nil
	})
	return shown, err
}

// with is use for a call about one container.
func (r *Runtime) with(ctx context.Context, op, id string, f func(w *World, c *Container, now time.Time) error) error {
	return r.use(ctx, op, id, func(w *World, now time.Time) error {
		c, err := w.Container(op, id)
		if err != nil {
			return err
		}
		return f(w, c, now)
	})
}

// CreateContainer registers a container. Values that may be secrets are not kept: nobody here needs them.
func (r *Runtime) CreateContainer(ctx context.Context, c adapter.CreateRequest) error {
	c.Env = slices.Clone(c.Env)
	for i := range c.Env {
		if c.Env[i].Sensitive {
			c.Env[i].Value = ""
		}
	}
	return r.use(ctx, adapter.OpCreateContainer, c.ID, func(w *World, now time.Time) error {
		_, err := w.Create(c, now)
		return err
	})
}

// StopContainer sends the signal. What takes no notice of it is killed after the grace period.
func (r *Runtime) StopContainer(ctx context.Context, id, signal string, grace time.Duration) error {
	var run int
	stopped := false
	err := r.with(ctx, adapter.OpStopContainer, id, func(_ *World, c *Container, _ time.Time) error {
		if signal == "" {
			signal = c.Image.StopSignal
		}
		run = c.Runs
		c.signal(signal)
		stopped = c.State != adapter.StateRunning
		return nil
	})
	if err != nil || stopped {
		return err
	}
	patience, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if _, err := r.awaitEnd(patience, id, run); err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	return r.with(ctx, adapter.OpStopContainer, id, func(_ *World, c *Container, _ time.Time) error {
		if c.Runs == run {
			c.End(KilledCode)
		}
		return nil
	})
}

// signal delivers a signal.
func (c *Container) signal(name string) {
	if code, ends := Answer(c.Behaviour(), name); ends {
		c.End(code)
	}
}

// KillContainer sends a signal, SIGKILL when it is empty.
func (r *Runtime) KillContainer(ctx context.Context, id, signal string) error {
	if signal == "" {
		signal = "SIGKILL"
	}
	return r.with(ctx, adapter.OpKillContainer, id, func(_ *World, c *Container, _ time.Time) error {
		if err := c.MustRun(adapter.OpKillContainer); err != nil {
			return err
		}
		c.signal(signal)
		return nil
	})
}

// DeleteContainer removes a container.
func (r *Runtime) DeleteContainer(ctx context.Context, id string, force bool) error {
	return r.with(ctx, adapter.OpDeleteContainer, id, func(w *World, c *Container, _ time.Time) error { return w.Delete(c, force) })
}

// Exec runs nothing: it succeeds once the container is ready, and fails with 1 before. Hooks, which run before that as a
// rule, succeed.
func (r *Runtime) Exec(ctx context.Context, e adapter.ExecRequest) (code int, err error) {
	code = -1
	err = r.with(ctx, adapter.OpExec, e.ID, func(_ *World, c *Container, now time.Time) error {
		if err := c.MustRun(adapter.OpExec); err != nil {
			return err
		}
		if len(e.Command) == 0 {
			return Fail(adapter.Refused, adapter.OpExec, e.ID, "Missing expected argument")
		}
		code = 0
		if !e.Detach && !e.Hook && now.Before(c.ReadyAt()) {
			code = 1
		}
		return nil
	})
	return code, err
}

// ContainerStats gives made-up readings.
func (r *Runtime) ContainerStats(ctx context.Context, ids []string) (list []adapter.Stats, err error) {
	resource := ""
	if len(ids) > 0 {
		resource = ids[0]
	}
	err = r.use(ctx, adapter.OpStats, resource, func(w *World, now time.Time) (err error) {
		list, err = w.Stats(ids, now)
		return err
	})
	return list, err
}
