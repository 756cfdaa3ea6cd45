package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

func (c *composeCommand) removeChange() change {
	var force, stop, volumes, all bool
	return change{
		use:   "rm [OPTIONS] [SERVICE...]",
		short: "Remove stopped service containers",
		long:  "Remove containers that do not run, after asking. What they wrote outside of volumes is lost.",
		goalFlags: func(f *pflag.FlagSet) {
			f.BoolVarP(&stop, "stop", "s", false, "Stop containers that run before removing them")
			f.BoolVarP(&volumes, "volumes", "v", false, "Remove the containers' anonymous volumes too")
		},
		runFlags: func(f *pflag.FlagSet) {
			f.BoolVarP(&force, "force", "f", false, "Do not ask")
			f.BoolVarP(&all, "all", "a", false, "Deprecated, without effect")
			_ = f.MarkHidden("all")
		},
		request: func(ctx context.Context, _ *pflag.FlagSet, services []string) (orchestrate.Request, error) {
			return c.existing(ctx, plan.Goal{Verb: plan.Remove, Services: services, StopFirst: stop, Volumes: volumes})
		},
		run: func(ctx context.Context, r orchestrate.Request) error { return c.remove(ctx, r, force) },
	}
}

// remove asks and removes. With --stop containers are stopped before the question, as with Docker Compose: saying no
// then leaves them stopped.
func (c *composeCommand) remove(ctx context.Context, r orchestrate.Request, force bool) error {
	if r.Goal.StopFirst && !c.dryRun {
		stop := r
		stop.Goal = plan.Goal{Verb: plan.Stop, Services: r.Goal.Services}
		if _, err := c.settleExisting(ctx, "stop", stop); err != nil {
			return err
		}
	}
	op := &operation{c: c, request: r, title: "remove", agree: func(p plan.Plan) (bool, error) {
		names := removedContainers(p)
		if len(names) == 0 {
			return true, nil
		}
		message := "Going to remove " + strings.Join(names, ", ")
		if force {
			_, err := fmt.Fprintln(c.app.Streams.Out, message)
			return true, err
		}
		return c.confirm(message, false)
	}}
	p, err := op.run(ctx)
	if err = c.forgiveUnknown(err); err == nil && len(removedContainers(p)) == 0 && !c.dryRun {
		c.say("No stopped containers")
	}
	return err
}

func removedContainers(p plan.Plan) []string {
	var out []string
	for _, s := range p.Steps {
		if a, ok := s.Action.(plan.DeleteContainer); ok {
			out = append(out, a.ID)
		}
	}
	slices.Sort(out)
	return out
}
