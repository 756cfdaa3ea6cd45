package cli

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

func (c *composeCommand) pushChange() change {
	var quiet, deps, ignoreFailures bool
	return change{
		use:   "push [OPTIONS] [SERVICE...]",
		short: "Push service images",
		long:  "Push the images of services that have a `build:` and an `image:` to their registries.",
		goalFlags: func(f *pflag.FlagSet) {
			f.BoolVar(&deps, "include-deps", false, "Also push for services that the named ones depend on")
		},
		runFlags: func(f *pflag.FlagSet) {
			f.BoolVarP(&quiet, "quiet", "q", false, "Push without progress")
			f.BoolVar(&ignoreFailures, "ignore-push-failures", false, "Push what can be pushed, and do not fail")
		},
		request: func(ctx context.Context, _ *pflag.FlagSet, services []string) (orchestrate.Request, error) {
			return c.imageRequest(ctx, plan.Goal{Verb: plan.Push}, services, deps)
		},
		run: func(ctx context.Context, r orchestrate.Request) error {
			op := &operation{c: c, request: r, title: "push", quietPull: quiet, ignoreFailures: ignoreFailures}
			_, err := op.run(ctx)
			return err
		},
	}
}
