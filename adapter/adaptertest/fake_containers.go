package adaptertest

import (
	"context"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
)

// killedCode is the exit code of a killed process, 128 and SIGKILL.
const killedCode = 137

// ListContainers gives every container, sorted.
func (f *Fake) ListContainers(ctx context.Context) ([]adapter.Container, error) {
	if err := f.enter(ctx, adapter.OpListContainers, ""); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	list := []adapter.Container{}
	for _, id := range sortedKeys(f.containers) {
		if !f.hidden[id] {
			list = append(list, f.containers[id].shown())
		}
	}
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
	return c.shown(), nil
}

// find is enter for a call about one container.
func (f *Fake) find(ctx context.Context, op, id string) (*fakeContainer, error) {
	if err := f.enter(ctx, op, id); err != nil {
		return nil, err
	}
	if c := f.containers[id]; c != nil {
		return c, nil
	}
	f.mu.Unlock()
	return nil, fail(adapter.NotFound, op, id, "container with ID %s not found", id)
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
	if c.state == adapter.StateStopped {
		f.mu.Unlock()
		return nil
	}
	if signal == "" {
		signal = c.image.StopSignal
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
	if c.state != adapter.StateRunning {
		return fail(adapter.WrongState, adapter.OpKillContainer, id, "no runtime client exists: container is stopped")
	}
	if signal == "" || signalName(signal) == "SIGKILL" {
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
	if c.state == adapter.StateRunning && !force {
		return fail(adapter.WrongState, adapter.OpDeleteContainer, id, "container %s is running and can not be deleted", id)
	}
	f.end(c.run, killedCode)
	delete(f.containers, id)
	f.notify()
	return nil
}

// signalName completes a signal's name: "term" is "SIGTERM"; empty is SIGTERM too. Numbers stay.
func signalName(s string) string {
	s = strings.ToUpper(s)
	switch {
	case s == "" || s == "15":
		return "SIGTERM"
	case s == "9":
		return "SIGKILL"
	case strings.HasPrefix(s, "SIG") || s[0] >= '0' && s[0] <= '9':
		return s
	}
	return "SIG" + s
}
