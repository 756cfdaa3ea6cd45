package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

func (c *composeCommand) killChange() change {
	var signal string
	var orphans bool
	return change{
		use:   "kill [OPTIONS] [SERVICE...]",
		short: "Force stop service containers",
		long:  "Send a signal, SIGKILL unless another one is named, to running containers.",
		goalFlags: func(f *pflag.FlagSet) {
			f.StringVarP(&signal, "signal", "s", plan.DefaultKillSignal, "Signal to send")
			f.BoolVar(&orphans, "remove-orphans", false, "Also signal containers of services that are not declared")
		},
		check: func(*pflag.FlagSet) error { return checkSignal(signal) },
		request: func(ctx context.Context, f *pflag.FlagSet, services []string) (orchestrate.Request, error) {
			if !f.Changed("remove-orphans") {
				orphans = truth(c.app.env("COMPOSE_REMOVE_ORPHANS"))
			}
			return c.existing(ctx, plan.Goal{Verb: plan.Kill, Services: services, Signal: signal, RemoveOrphans: orphans})
		},
		run: func(ctx context.Context, r orchestrate.Request) error {
			p, err := c.settleExisting(ctx, "kill", r)
			if err == nil && p.Empty() {
				c.say("No container to kill")
			}
			return err
		},
	}
}

// checkSignal refuses what cannot be a signal; whether the container's system knows it shows there.
func checkSignal(signal string) error {
	name := strings.TrimPrefix(strings.ToUpper(signal), "SIG")
	if n, err := strconv.Atoi(signal); err == nil && n >= 1 && n <= 64 {
		return nil
	}
	for _, r := range name {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '+' && r != '-' {
			name = ""
		}
	}
	if name == "" || name[0] < 'A' || name[0] > 'Z' {
		return &usageError{message: fmt.Sprintf("invalid signal: %s", signal), hint: "a name such as SIGTERM or HUP, or a number from 1 to 64"}
	}
	return nil
}
