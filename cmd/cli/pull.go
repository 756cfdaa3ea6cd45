package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

func (c *composeCommand) pullChange() change {
	var quiet, deps, ignoreBuildable, ignoreFailures, parallel, noParallel bool
	var policy string
	return change{
		use:   "pull [OPTIONS] [SERVICE...]",
		short: "Pull service images",
		long:  "Pull the images of services, each once; containers are not touched. `up -d` then uses them.",
		goalFlags: func(f *pflag.FlagSet) {
			f.StringVar(&policy, "policy", "", "Pull policy for all services (missing, always)")
			f.BoolVar(&ignoreBuildable, "ignore-buildable", false, "Leave images out that can be built")
			f.BoolVar(&deps, "include-deps", false, "Also pull for services that the named ones depend on")
		},
		runFlags: func(f *pflag.FlagSet) {
			f.BoolVarP(&quiet, "quiet", "q", false, "Pull without progress")
			f.BoolVar(&ignoreFailures, "ignore-pull-failures", false, "Pull what can be pulled, and do not fail")
			f.BoolVar(&parallel, "parallel", true, "Deprecated, without effect")
			f.BoolVar(&noParallel, "no-parallel", true, "Deprecated, without effect")
			_ = f.MarkHidden("parallel")
			_ = f.MarkHidden("no-parallel")
		},
		check: func(*pflag.FlagSet) error {
			if policy != "" && policy != "missing" && policy != "always" {
				return &usageError{message: fmt.Sprintf("invalid --policy option %q", policy), hint: "missing or always"}
			}
			return nil
		},
		request: func(ctx context.Context, _ *pflag.FlagSet, services []string) (orchestrate.Request, error) {
			return c.imageRequest(ctx, plan.Goal{Verb: plan.Pull, Pull: policy, IgnoreBuildable: ignoreBuildable}, services, deps)
		},
		run: func(ctx context.Context, r orchestrate.Request) error {
			op := &operation{c: c, request: r, title: "pull", quietPull: quiet, ignoreFailures: ignoreFailures}
			_, err := op.run(ctx)
			return err
		},
	}
}

// imageRequest asks for a goal about the images of services, with those that they depend on when deps is set. What the
// files cannot have on this runtime does not matter to images.
func (c *composeCommand) imageRequest(ctx context.Context, goal plan.Goal, services []string, deps bool) (orchestrate.Request, error) {
	load := c.loadOptions()
	load.Services, load.NoDeps = services, !deps && len(services) > 0
	load.NoEnvResolution = true
	p, err := c.load(ctx, load)
	if err != nil {
		return orchestrate.Request{}, err
	}
	d, err := c.declare(p)
	if err != nil {
		return orchestrate.Request{}, err
	}
	goal.Services = services
	r := c.request(d, goal, string(goal.Verb))
	r.Findings, r.Memory = p.Findings, plan.Memory{}
	if goal.Verb == plan.Build {
		r.Findings = append(r.Findings, aboutBuilds(d.findings)...)
	}
	return r, nil
}
