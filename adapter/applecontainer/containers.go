package applecontainer

import (
	"context"
	"time"

	"github.com/hostwright/compose/adapter"
)

// ListContainers is `list --all`.
func (a *Adapter) ListContainers(ctx context.Context) ([]adapter.Container, error) {
	c := call{op: adapter.OpListContainers, args: listContainersArgs, total: a.limits.Control}
	return read(ctx, a, c, decodeContainers)
}

// InspectContainer is `inspect`.
func (a *Adapter) InspectContainer(ctx context.Context, id string) (adapter.Container, error) {
	c := call{op: adapter.OpInspectContainer, resource: id, args: inspectArgs(id), total: a.limits.Control}
	list, err := read(ctx, a, c, decodeContainers)
	if err != nil {
		return adapter.Container{}, err
	}
	for _, container := range list {
		if container.ID == id {
			return container, nil
		}
	}
	return adapter.Container{}, &adapter.Error{
		Kind: adapter.NotFound, Op: c.op, Resource: id, Words: "container not found: " + id,
	}
}

// CreateContainer is `create`. Sensitive values travel in a private file that is gone when it returns.
func (a *Adapter) CreateContainer(ctx context.Context, r adapter.CreateRequest) error {
	if err := a.checkTmpfs(ctx, r); err != nil {
		return err
	}
	c := call{op: adapter.OpCreateContainer, resource: r.ID, total: a.limits.Create}
	env, err := newEnvironment(c.op, r.ID, r.Env)
	if err != nil {
		return err
	}
	options, done, err := env.withFile(a.options.TempDir)
	if err != nil {
		return err
	}
	defer done()
	c.env, c.secrets = env.child, secretsOf(r.Env)
	if c.args, err = createArgs(r, options); err != nil {
		return err
	}
	_, err = a.run(ctx, c)
	return err
}

// StartAttached is `start --attach`. What the command itself says about a failed start becomes the error and is not
// copied to Stderr.
func (a *Adapter) StartAttached(ctx context.Context, r adapter.StartRequest) (int, error) {
	c := call{op: adapter.OpStartContainer, resource: r.ID, args: startArgs(r)}
	return a.attach(ctx, c, stdio{in: r.Stdin, out: r.Stdout, err: r.Stderr})
}

// StopContainer is `stop --time`; the grace period is rounded up to whole seconds.
func (a *Adapter) StopContainer(ctx context.Context, id, signal string, grace time.Duration) error {
	_, err := a.run(ctx, call{
		op: adapter.OpStopContainer, resource: id, args: stopArgs(id, signal, grace),
		total: time.Duration(wholeSeconds(grace))*time.Second + a.limits.Control,
	})
	return err
}

// KillContainer is `kill`.
func (a *Adapter) KillContainer(ctx context.Context, id, signal string) error {
	_, err := a.run(ctx, call{op: adapter.OpKillContainer, resource: id, args: killArgs(id, signal), total: a.limits.Control})
	return err
}

// DeleteContainer is `delete`.
func (a *Adapter) DeleteContainer(ctx context.Context, id string, force bool) error {
	_, err := a.run(ctx, call{
		op: adapter.OpDeleteContainer, resource: id, args: deleteContainerArgs(id, force), total: a.limits.Control,
	})
	return err
}

// ContainerStats is `stats --no-stream`, which samples for two seconds.
func (a *Adapter) ContainerStats(ctx context.Context, ids []string) ([]adapter.Stats, error) {
	c := call{op: adapter.OpStats, args: statsArgs(ids), total: statsSampling + a.limits.Control}
	list, err := read(ctx, a, c, decodeStats)
	taken := time.Now()
	for i := range list {
		list[i].Taken = taken
	}
	return list, err
}

// statsSampling lies between the two samples of `stats`.
const statsSampling = 2 * time.Second

// Exec is `exec`. With TTY, or when they are files, the streams are handed to the command as they are.
func (a *Adapter) Exec(ctx context.Context, r adapter.ExecRequest) (int, error) {
	c := call{op: adapter.OpExec, resource: r.ID}
	if len(r.Command) == 0 {
		return -1, refused(c.op, r.ID, "no command to run")
	}
	env, err := newEnvironment(c.op, r.ID, r.Env)
	if err != nil {
		return -1, err
	}
	options, done, err := env.withFile(a.options.TempDir)
	if err != nil {
		return -1, err
	}
	defer done()
	c.env, c.secrets, c.args = env.child, secretsOf(r.Env), execArgs(r, options)
	if r.Detach {
		c.total = a.limits.Create
		if _, err := a.run(ctx, c); err != nil {
			return -1, err
		}
		return 0, nil
	}
	streams := stdio{out: r.Stdout, err: r.Stderr}
	if r.Interactive {
		streams.in = r.Stdin
	}
	if r.TTY && !isTerminal(r.Stdin) {
		return -1, refused(c.op, r.ID, "a terminal is asked for, but the input is none")
	}
	return a.attach(ctx, c, streams)
}
