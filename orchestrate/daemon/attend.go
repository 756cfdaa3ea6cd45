package daemon

import (
	"context"
	"fmt"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/record"
)

// Attend marks a container as attended by the caller.
func (c *inProcess) Attend(ctx context.Context, ref orchestrate.ProjectRef, container string) (orchestrate.Attendance, error) {
	_, ref, err := c.store(ref)
	if err != nil {
		return nil, err
	}
	a, err := record.Attend(ctx, c.State.Project(ref.Name, ref.Dir).Container(container), container)
	if err != nil {
		return nil, fmt.Errorf("attend %s: %w", container, err)
	}
	return attendance{a}, nil
}

type attendance struct{ of *record.Attendance }

// Ended writes the exit record.
func (a attendance) Ended(e orchestrate.RunExit) error {
	return a.of.End(record.Exit{Code: e.Code, Known: e.Known, StartFailed: e.StartFailed})
}
