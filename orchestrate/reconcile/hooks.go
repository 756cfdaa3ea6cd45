package reconcile

import (
	"context"
	"fmt"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/hook"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// postStart runs the hooks of a container that was just started.
func (e *run) postStart(ctx context.Context, a plan.StartContainer) error {
	if a.Hooks == 0 {
		return nil
	}
	s, err := e.hooked(a.Service)
	if err != nil {
		return err
	}
	err = hook.Run(ctx, e.Adapter, s, a.ID, s.PostStart, e.hookLines(a.ID))
	if hook.NotRun(err) {
		return &orchestrate.Error{
			Code: orchestrate.CodeCondition, Message: fmt.Sprintf("container %s ended before its post_start hooks could run", a.ID),
			Hint: fmt.Sprintf("`logs %s` shows what it said", a.Service), Err: err,
		}
	}
	return err
}

// preStop runs the hooks of a container that is about to be stopped. They are left where it does not run, and given up
// when the user wants no patience any more.
func (e *run) preStop(ctx context.Context, a plan.StopContainer) error {
	if a.Hooks == 0 {
		return nil
	}
	s, err := e.hooked(a.Service)
	if err != nil {
		return err
	}
	patient, cancel := e.patient(ctx)
	defer cancel()
	err = hook.Run(patient, e.Adapter, s, a.ID, s.PreStop, e.hookLines(a.ID))
	if hook.NotRun(err) || ctx.Err() == nil && patient.Err() != nil {
		return nil
	}
	return err
}

// hooked gives the service whose hooks are to run: the plan counted them in the same project.
func (e *run) hooked(name string) (*declared.Service, error) {
	s, ok := e.service(name)
	if !ok {
		return nil, fmt.Errorf("run hooks of %s: the service is not declared", name)
	}
	return s, nil
}

// hookLines reports what hooks write, where the command shows it.
func (e *run) hookLines(id string) func(string) {
	if !e.HookOutput {
		return nil
	}
	return func(text string) {
		e.report(orchestrate.Event{
			Resource: plan.Resource{Kind: plan.ContainerResource, Name: id}, Status: orchestrate.Working,
			Hook: &orchestrate.LogLine{Container: id, Time: e.Now(), Stream: "stdout", Text: text},
		})
	}
}
