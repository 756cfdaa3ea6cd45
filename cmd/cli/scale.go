package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/hostwright/compose/orchestrate"
)

func (c *composeCommand) scaleChange() change {
	o := &upOptions{pull: "policy", detach: true}
	return change{
		use:   "scale [OPTIONS] [SERVICE=REPLICAS...]",
		short: "Scale services",
		long:  "Set how many containers services have: `up -d` for these services with these numbers.",
		args:  atLeast(1, "SERVICE=REPLICAS"),
		goalFlags: func(f *pflag.FlagSet) {
			f.BoolVar(&o.noDeps, "no-deps", false, "Leave services out that the named ones depend on")
		},
		check: func(f *pflag.FlagSet) error {
			o.read(f)
			return nil
		},
		request: func(ctx context.Context, _ *pflag.FlagSet, args []string) (orchestrate.Request, error) {
			numbers, err := scaleArguments(args)
			if err != nil {
				return orchestrate.Request{}, err
			}
			o.scale = args
			r, _, err := c.upRequest(ctx, o, slices.Sorted(maps.Keys(numbers)))
			r.Command = "scale"
			return r, err
		},
		run: func(ctx context.Context, r orchestrate.Request) error {
			op := &operation{c: c, request: r, title: "scale", hide: aboutOrphans}
			_, err := op.run(ctx)
			return err
		},
	}
}

// scaleArguments reads SERVICE=REPLICAS, in Docker Compose's words.
func scaleArguments(args []string) (map[string]int, error) {
	out := map[string]int{}
	for _, arg := range args {
		name, text, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, &usageError{message: "invalid scale specifier: " + arg, hint: "SERVICE=REPLICAS, such as web=3"}
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, &usageError{message: fmt.Sprintf("invalid scale specifier: can't parse replica value as int: %s", arg), hint: "SERVICE=REPLICAS, such as web=3"}
		}
		out[name] = n
	}
	return out, nil
}
