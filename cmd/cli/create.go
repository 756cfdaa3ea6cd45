package cli

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/hostwright/compose/orchestrate"
)

func (c *composeCommand) createChange() change {
	o := &upOptions{noStart: true}
	quiet := false
	return change{
		use:   "create [OPTIONS] [SERVICE...]",
		short: "Create containers",
		long:  "Create the containers of services with all that they need, and start none: as `up --no-start`.",
		goalFlags: func(f *pflag.FlagSet) {
			f.BoolVar(&o.build, "build", false, "Build images before creating containers")
			f.BoolVar(&o.noBuild, "no-build", false, "Never build an image")
			f.StringVar(&o.pull, "pull", "policy", "Pull images before creating (always, missing, never, build)")
			f.BoolVar(&o.forceRecreate, "force-recreate", false, "Recreate containers even if nothing changed")
			f.BoolVar(&o.noRecreate, "no-recreate", false, "Keep containers that exist, even if they differ")
			f.BoolVar(&o.removeOrphans, "remove-orphans", false, "Remove containers of services that are not declared")
			f.StringArrayVar(&o.scale, "scale", nil, "Replicas of a service, SERVICE=NUM; overrides the file")
		},
		runFlags: func(f *pflag.FlagSet) {
			f.BoolVar(&quiet, "quiet-pull", false, "Pull without progress")
			f.BoolVarP(&o.yes, "yes", "y", false, "Say yes to all questions (there are none)")
		},
		check: func(f *pflag.FlagSet) error {
			o.read(f)
			return o.checkGoal()
		},
		request: func(ctx context.Context, _ *pflag.FlagSet, services []string) (orchestrate.Request, error) {
			r, _, err := c.upRequest(ctx, o, services)
			r.Command = "create"
			return r, err
		},
		run: func(ctx context.Context, r orchestrate.Request) error {
			op := &operation{c: c, request: r, title: "create", quietPull: quiet}
			_, err := op.run(ctx)
			return err
		},
	}
}
