package cli

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

func (c *composeCommand) startChange() change {
	var wait bool
	var timeout int
	return change{
		use:   "start [OPTIONS] [SERVICE...]",
		short: "Start services",
		long: "Start containers that exist and do not run, those of dependencies too, in order and with their conditions.\n" +
			"Nothing is created, and changes of the files are not applied: `up` does that.",
		goalFlags: func(f *pflag.FlagSet) {
			f.BoolVar(&wait, "wait", false, "Wait for services to be running or healthy")
			f.IntVar(&timeout, "wait-timeout", 0, "Most seconds to wait, 0 for ever")
		},
		check: func(*pflag.FlagSet) error {
			if timeout < 0 {
				return &usageError{message: "--wait-timeout must be a non-negative integer"}
			}
			return nil
		},
		request: func(ctx context.Context, _ *pflag.FlagSet, services []string) (orchestrate.Request, error) {
			return c.existing(ctx, plan.Goal{
				Verb: plan.Start, Services: services, Wait: wait, WaitTimeout: time.Duration(timeout) * time.Second,
			})
		},
		run: func(ctx context.Context, r orchestrate.Request) error {
			op := &operation{c: c, request: r, title: "start"}
			_, err := op.run(ctx)
			return err
		},
	}
}
