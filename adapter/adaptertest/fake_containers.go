package adaptertest

import (
	"context"
	"slices"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/rehearsal"
)

// killedCode is the exit code of a killed process, 128 and SIGKILL.
const killedCode = rehearsal.KilledCode

// ListContainers gives every container, sorted.
func (f *Fake) ListContainers(ctx context.Context) ([]adapter.Container, error) {
	if err := f.enter(ctx, adapter.OpListContainers, ""); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	list := slices.DeleteFunc(f.snapshot().Containers, func(c adapter.Container) bool { return f.hidden[c.ID] })
	clear(f.hidden)
	return list, nil
}

// InspectContainer gives one container.
func (f *Fake) InspectContainer(ctx context.Context, id string) (adapter.Container, error) {
	c, err := f.find(ctx, adapter.OpInspectContainer, id)
	if err != nil {
		return adapter.Container{}, err
	}
	defer f.mu.Unlock()
	return c.Shown(), nil
}

// find is enter for a call about one container.
func (f *Fake) find(ctx context.Context, op, id string) (*fakeContainer, error) {
	if err := f.enter(ctx, op, id); err != nil {
		return nil, err
	}
	if _, err := f.world.Container(op, id); err != nil {
		f.mu.Unlock()
		return nil, err
	}
	return f.containers[id], nil
}

// StartAttached runs the container's program to its end. When ctx ends first, the container goes on without a client
// and what it still prints is lost.
func (f *Fake) StartAttached(ctx context.Context, r adapter.StartRequest) (int, error) {
	c, err := f.find(ctx, adapter.OpStartContainer, r.ID)
	if err != nil {
		return -1, err
	}
	run, err := f.boot(c, r)
	f.mu.Unlock()
	if err != nil {
		return -1, err
	}
	defer run.output.detach() // a program that ignores its end writes no more once the client has gone
	select {
	case <-run.done:
		return run.code, nil
	case <-ctx.Done():
		return -1, ctx.Err()
	}
}

// StopContainer sends the signal, waits for grace, then kills.
func (f *Fake) StopContainer(ctx context.Context, id, signal string, grace time.Duration) error {
	c, err := f.find(ctx, adapter.OpStopContainer, id)
	if err != nil {
		return err
	}
	run := c.run
	if c.State == adapter.StateStopped {
		f.mu.Unlock()
		return nil
	}
	if signal == "" {
		signal = c.Image.StopSignal
	}
	run.signal(signal)
	f.mu.Unlock()

	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-run.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end(run, killedCode)
	return nil
}

// KillContainer sends a signal, SIGKILL when it is empty.
func (f *Fake) KillContainer(ctx context.Context, id, signal string) error {
	c, err := f.find(ctx, adapter.OpKillContainer, id)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	if c.State != adapter.StateRunning {
		return rehearsal.Fail(adapter.WrongState, adapter.OpKillContainer, id, "no runtime client exists: container is stopped")
	}
	if signal == "" || rehearsal.SignalName(signal) == "SIGKILL" {
		f.end(c.run, killedCode)
		return nil
	}
	c.run.signal(signal)
	return nil
}

// DeleteContainer removes a container.
func (f *Fake) DeleteContainer(ctx context.Context, id string, force bool) error {
	c, err := f.find(ctx, adapter.OpDeleteContainer, id)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	run := c.run
	if err := f.world.Delete(c.Container, force); err != nil {
		return err
	}
	f.end(run, killedCode)
	delete(f.containers, id)
	f.notify()
	return nil
}
