package cli

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

func (c *composeCommand) stopChange() change {
	var timeout int
	return change{
		use:       "stop [OPTIONS] [SERVICE...]",
		short:     "Stop services",
		long:      "Stop running containers, dependents first, without removing them. `start` starts them again.",
		goalFlags: func(f *pflag.FlagSet) { addTimeout(f, &timeout) },
		check:     func(*pflag.FlagSet) error { return checkTimeout(timeout) },
		request: func(ctx context.Context, f *pflag.FlagSet, services []string) (orchestrate.Request, error) {
			return c.existing(ctx, plan.Goal{Verb: plan.Stop, Services: services, Timeout: grace(f, timeout)})
		},
		run: func(ctx context.Context, r orchestrate.Request) error {
			_, err := c.settleExisting(ctx, "stop", r)
			return err
		},
	}
}
