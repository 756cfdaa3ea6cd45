package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/health"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
	"golang.org/x/sync/errgroup"
)

// await waits until a condition holds for all containers of a service. One that nobody insists on (required: false)
// only warns.
func (e *run) await(ctx context.Context, a plan.Await, optional bool) error {
	parent := ctx
	if a.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, a.Timeout)
		defer cancel()
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, id := range a.IDs {
		group.Go(func() error { return e.awaitOne(ctx, a, id) })
	}
	err := group.Wait()
	if err == nil {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) && parent.Err() == nil {
		err = &orchestrate.Error{Code: orchestrate.CodeCondition, Message: timeoutText(a)}
	}
	if optional && parent.Err() == nil {
		e.report(orchestrate.Event{
			Resource: a.Resource(), Status: orchestrate.Warned, Text: "Skipped:",
			Details: fmt.Sprintf("optional dependency %q failed to start: %v", a.Service, err),
		})
		return nil
	}
	return err
}

func timeoutText(a plan.Await) string {
	if len(a.For) == 0 {
		return fmt.Sprintf("application not healthy after %s", a.Timeout)
	}
	return "timeout waiting for dependencies"
}

func (e *run) awaitOne(ctx context.Context, a plan.Await, id string) error {
	res := plan.Resource{Kind: plan.ContainerResource, Name: id}
	e.report(orchestrate.Event{Resource: res, Status: orchestrate.Working, Text: "Waiting"})
	var (
		text string
		err  error
	)
	switch a.Condition {
	case declared.Healthy:
		text, err = "Healthy", e.awaitHealthy(ctx, a, id)
	case declared.Completed:
		text, err = "Exited", e.awaitCompleted(ctx, a, id)
	default:
		text, err = "Healthy", e.awaitRunning(a, id) // Docker Compose's word, with a check or without
	}
	if err != nil {
		err = e.explained(ctx, id, err)
		details := err.Error()
		if len(a.For) > 0 {
			details = fmt.Sprintf("dependency %s failed to start", a.Service)
		}
		e.report(orchestrate.Event{Resource: res, Status: orchestrate.Failed, Text: "Error", Details: details})
		return err
	}
	e.report(orchestrate.Event{Resource: res, Status: orchestrate.Done, Text: text})
	return nil
}

// awaitRunning holds when the container runs; it has been started before.
func (e *run) awaitRunning(a plan.Await, id string) error {
	status, err := e.Recorders.Status(id)
	if err != nil {
		return err
	}
	if c, ok := e.world.container(id); ok && c.Running() && status.Exit == nil {
		return nil
	}
	return conditionError(a.Service, "container %s exited (%s)", id, exitCode(status.Exit))
}

func (e *run) awaitCompleted(ctx context.Context, a plan.Await, id string) error {
	status, err := e.Recorders.Await(ctx, id)
	if err != nil {
		return err
	}
	if status.Exit != nil && status.Exit.Success() {
		return nil
	}
	if len(a.For) == 0 {
		return conditionError(a.Service, "container %s exited (%s)", id, exitCode(status.Exit))
	}
	return conditionError(a.Service, "service %q didn't complete successfully: exit %s", a.Service, exitCode(status.Exit))
}

func conditionError(service, format string, args ...any) error {
	return &orchestrate.Error{
		Code: orchestrate.CodeCondition, Message: fmt.Sprintf(format, args...),
		Hint: fmt.Sprintf("`hostwright compose logs %s` shows what it said", service),
	}
}

// awaitHealthy probes the container until it is healthy. An end of its process ends the wait.
func (e *run) awaitHealthy(ctx context.Context, a plan.Await, id string) error {
	prefix := ""
	if len(a.For) > 0 {
		prefix = "dependency failed to start: "
	}
	c, _ := e.world.container(id)
	check := health.Effective(a.Health, e.Facts[c.Digest].Healthcheck)
	switch {
	case check == nil && len(a.For) > 0:
		return conditionError(a.Service, "%scontainer %s has no healthcheck configured", prefix, id)
	case check == nil:
		return e.awaitRunning(a, id)
	}
	ended, stop := e.ended(ctx, id)
	defer stop()
	_, err := health.Wait(ctx, e.Adapter, health.WaitRequest{
		ID: id, Dir: e.Project.Container(id), Check: *check, Started: c.Started, Ended: ended,
	})
	var unhealthy *health.UnhealthyError
	switch {
	case errors.As(err, &unhealthy):
		return conditionError(a.Service, "%scontainer %s is unhealthy", prefix, id)
	case errors.Is(err, health.ErrGone):
		status, err := e.Recorders.Await(ctx, id)
		if err != nil {
			return err
		}
		return conditionError(a.Service, "%scontainer %s exited (%s)", prefix, id, exitCode(status.Exit))
	}
	return err
}

// ended gives a channel that is closed when the container's recorder has ended. stop gives the watch up.
func (e *run) ended(ctx context.Context, id string) (<-chan struct{}, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	status, err := e.Recorders.Status(id)
	if err != nil || !status.Recording {
		return nil, cancel // nobody tells: the next probe does
	}
	go func() {
		if _, err := e.Recorders.Await(ctx, id); err == nil {
			close(done)
		}
	}()
	return done, cancel
}

// exitCode is a run's exit code for people.
func exitCode(e *record.Exit) string {
	if e == nil || !e.Known {
		return "unknown"
	}
	return strconv.Itoa(e.Code)
}
