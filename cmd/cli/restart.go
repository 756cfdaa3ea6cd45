package cli

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

func (c *composeCommand) restartChange() change {
	var timeout int
	var noDeps bool
	return change{
		use:   "restart [OPTIONS] [SERVICE...]",
		short: "Restart service containers",
		long: "Stop and start containers, stopped ones too, and those of services that depend on them with `restart: true`.\n" +
			"Changes of the files are not applied: `up` does that.",
		goalFlags: func(f *pflag.FlagSet) {
			f.BoolVar(&noDeps, "no-deps", false, "Leave services out that depend on the named ones")
			addTimeout(f, &timeout)
		},
		check: func(*pflag.FlagSet) error { return checkTimeout(timeout) },
		request: func(ctx context.Context, f *pflag.FlagSet, services []string) (orchestrate.Request, error) {
			return c.existing(ctx, plan.Goal{Verb: plan.Restart, Services: services, NoDeps: noDeps, Timeout: grace(f, timeout)})
		},
		run: func(ctx context.Context, r orchestrate.Request) error {
			_, err := c.settleExisting(ctx, "restart", r)
			return err
		},
	}
}
