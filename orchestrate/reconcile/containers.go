package reconcile

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// createContainer stages the files that the container mounts, then registers it. A replacement reports the end of the
// recreation that stopping the old one began.
func (e *run) createContainer(ctx context.Context, a plan.CreateContainer, replacement bool) error {
	s, ok := e.service(a.Service)
	if !ok {
		return fmt.Errorf("create container %s: service %q is not declared", a.ID, a.Service)
	}
	begin, end := "Creating", "Created"
	if replacement {
		begin, end = "Recreate", "Recreated"
	}
	return e.progress(a.Resource(), begin, end, func() error {
		request, err := createRequest(e.Declared, s, a, s.Image, e.Project, e.volumePath)
		if err != nil {
			return err
		}
		if err := e.stage(s, a.ID); err != nil {
			return err
		}
		if err := e.writeOwnHosts(a.ID, a.Labels); err != nil {
			return err
		}
		err = e.create(ctx, a.Entry,
			func() error { return e.Adapter.CreateContainer(ctx, request) },
			func() (map[string]string, error) { return e.containerLabels(ctx, a.ID) })
		if err != nil {
			return err
		}
		e.world.created(newContainer(request, e.Now()))
		return nil
	})
}

func (e *run) service(name string) (*declared.Service, bool) {
	if e.Declared == nil {
		return nil, false
	}
	return e.Declared.Service(name)
}

func (e *run) containerLabels(ctx context.Context, id string) (map[string]string, error) {
	c, err := e.Adapter.InspectContainer(ctx, id)
	switch {
	case adapter.Is(err, adapter.NotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return c.Labels, nil
}

// newContainer is what the world knows of a container that was just created, before any listing shows it.
func newContainer(r adapter.CreateRequest, now time.Time) adapter.Container {
	c := adapter.Container{ID: r.ID, State: adapter.StateStopped, Created: now, Labels: r.Labels, TTY: r.TTY, Mounts: r.Mounts, Ports: r.Ports}
	for _, n := range r.Networks {
		c.Networks = append(c.Networks, n.Network)
	}
	return c
}

// startContainer starts a container through a recorder and returns when a listing shows it running, or when its
// process has ended. Then every peer learns its address, and its hooks run.
func (e *run) startContainer(ctx context.Context, a plan.StartContainer, group string) error {
	begin, end := startWords(group, e.world.stoppedHere(a.ID))
	return e.progress(a.Resource(), begin, end, func() error {
		if err := e.boot(ctx, a); err != nil {
			return err
		}
		return e.postStart(ctx, a)
	})
}

func (e *run) boot(ctx context.Context, a plan.StartContainer) error {
	begun := e.world.queue()
	defer begun()
	if err := e.boots.enter(ctx); err != nil {
		return err
	}
	leave := sync.OnceFunc(e.boots.leave)
	defer leave()
	container, _ := e.world.container(a.ID)
	if err := e.writeOwnHosts(a.ID, container.Labels); err != nil {
		return err
	}
	openStdin := false
	if s, ok := e.service(a.Service); ok {
		openStdin = s.StdinOpen && !s.TTY
	}
	return e.launch(ctx, a.ID, openStdin, begun, leave)
}

// launch calls begun once the start is issued, and leave when its boot is, or can be expected to be, over.
func (e *run) launch(ctx context.Context, id string, openStdin bool, begun, leave func()) error {
	container, ok := e.world.container(id)
	if !ok {
		container = adapter.Container{ID: id}
	}
	started, err := e.Recorders.Launch(ctx, container, openStdin)
	if err != nil {
		return fmt.Errorf("start container %s: %w", id, err)
	}
	err = e.world.awaitBoot(lingering(ctx, bootPatience), id, started.Done(), begun, leave)
	if err == nil && isClosed(started.Done()) {
		err = startFailure(id, started)
		e.world.stopped(id)
	}
	started.Confirm(err == nil)
	if err != nil {
		return err
	}
	return e.updateHosts()
}

// bootPatience is how long a boot that was asked for is waited for when its operation is called off: the container then
// is known to run, and what follows can stop it.
const bootPatience = 10 * time.Second

// lingering gives a context that ends some time after ctx.
func lingering(ctx context.Context, after time.Duration) context.Context {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(after, cancel) })
	return longer
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// startFailure tells a start that failed from a process that ended fast: only the former is an error of the start.
func startFailure(id string, l Launched) error {
	exit := l.Exit()
	switch {
	case exit.StartFailed:
		return &orchestrate.Error{
			Code: orchestrate.CodeRuntime, Message: fmt.Sprintf("start container %s: %s", id, exit.Error),
		}
	case !exit.Known && exit.Started.IsZero() && exit.Error != "":
		return fmt.Errorf("start container %s: %s", id, exit.Error)
	}
	return nil
}

// stopContainer sends the stop signal at once and takes a slot of the pool only when the grace period has run out and
// the VM has to be powered off: waiting costs nothing.
func (e *run) stopContainer(ctx context.Context, a plan.StopContainer, group string) error {
	begin, end := stopWords(group)
	return e.progress(a.Resource(), begin, end, func() error {
		if err := e.preStop(ctx, a); err != nil {
			return err
		}
		// Once the signal is out, the container is to be stopped even if the user lost patience.
		ctx, cancel := outliving(ctx, a.Grace+powerOff)
		defer cancel()
		signal := a.Signal
		if signal == "" {
			c, _ := e.world.container(a.ID)
			signal = c.StopSignal
		}
		if signal == "" {
			signal = "SIGTERM"
		}
		e.markUserEnd(a.ID, signal, a.Grace+powerOff)
		err := e.Adapter.KillContainer(ctx, a.ID, signal)
		switch {
		case adapter.Is(err, adapter.WrongState), adapter.Is(err, adapter.NotFound):
			e.world.stopped(a.ID)
			return nil
		case err != nil:
			return err
		}
		if ended, err := e.endsWithin(ctx, a.ID, a.Grace); ended || err != nil {
			return err
		}
		if err := e.boots.enter(ctx); err != nil {
			return err
		}
		defer e.boots.leave()
		if err := e.Adapter.StopContainer(ctx, a.ID, signal, 0); err != nil {
			return err
		}
		e.world.stopped(a.ID)
		return nil
	})
}

// powerOff bounds what follows the grace period.
const powerOff = 2 * time.Minute

// patient gives a context that ends with ctx, or when the user wants no patience any more.
func (e *run) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-e.Force: // nil never comes
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// endsWithin waits for a signalled container to end. Its recorder tells at once; without one the listing does.
func (e *run) endsWithin(ctx context.Context, id string, grace time.Duration) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	ctx, impatient := e.patient(ctx)
	defer impatient()
	status, err := e.Recorders.Status(id)
	if err == nil && status.Recording {
		if _, err = e.Recorders.Await(ctx, id); err == nil {
			// The process is over; the runtime may need a moment more to say so.
			err = e.world.await(ctx, id, adapter.StateStopped, nil)
		}
	} else {
		err = e.world.await(ctx, id, adapter.StateStopped, nil)
	}
	switch {
	case err == nil:
		e.world.stopped(id)
		return true, nil
	case ctx.Err() != nil: // the grace period is over
		return false, nil
	}
	return false, err
}

// killContainer sends a signal. After SIGKILL it waits for the end, as Docker does; after any other the container may
// go on.
func (e *run) killContainer(ctx context.Context, a plan.KillContainer) error {
	return e.progress(a.Resource(), "Killing", "Killed", func() error {
		c, _ := e.world.container(a.ID)
		switch {
		case ends(a.Signal):
			e.markUserEnd(a.ID, a.Signal, powerOff)
		case meansEnd(a.Signal, c.StopSignal):
			e.markUserEnd(a.ID, a.Signal, 0)
		}
		if err := e.Adapter.KillContainer(ctx, a.ID, a.Signal); err != nil {
			return err
		}
		if !ends(a.Signal) {
			return nil
		}
		ended, err := e.endsWithin(ctx, a.ID, powerOff)
		if err == nil && !ended {
			err = fmt.Errorf("kill container %s: it still runs %s after SIGKILL", a.ID, powerOff)
		}
		return err
	})
}

// ends tells of the signal that no process survives.
func ends(signal string) bool {
	switch strings.ToUpper(signal) {
	case "SIGKILL", "KILL", "9":
		return true
	}
	return false
}

// deleteContainer removes a container, then the files that Hostwright keeps for it.
func (e *run) deleteContainer(ctx context.Context, a plan.DeleteContainer) error {
	return e.progress(a.Resource(), "Removing", "Removed", func() error {
		err := e.remove(ledger.Container, a.ID, func() error {
			err := e.Adapter.DeleteContainer(ctx, a.ID, false)
			if adapter.Is(err, adapter.WrongState) {
				// It was stopped a moment ago and its VM is still going down (runtime 0.6, issue 833), or it was started
				// behind our back.
				if err = e.world.await(ctx, a.ID, adapter.StateStopped, nil); err == nil {
					err = e.Adapter.DeleteContainer(ctx, a.ID, false)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		e.world.gone(a.ID)
		if err := e.removeFiles(ctx, a.ID); err != nil {
			return err
		}
		return e.updateHosts()
	})
}
