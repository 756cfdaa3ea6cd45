package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// downOptions are the flags of "down" and "plan down".
type downOptions struct {
	volumes, removeOrphans bool
	images                 string
	timeout                int
}

func newDown(c *composeCommand) *cobra.Command {
	o := &downOptions{}
	cmd := &cobra.Command{
		Use:   "down [OPTIONS] [SERVICES]",
		Short: "Stop and remove containers and networks",
		Long: "Stop and remove the containers and networks that Hostwright created for a project. Volumes and images\n" +
			"stay unless asked for. What Hostwright did not create is never touched.",
		RunE: func(cmd *cobra.Command, services []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return c.down(cmd.Context(), o, cmd.Flags(), services)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *downOptions) addFlags(f *pflag.FlagSet) {
	f.BoolVarP(&o.volumes, "volumes", "v", false, "Remove named volumes of the project and anonymous ones, with their data")
	f.BoolVar(&o.removeOrphans, "remove-orphans", false, "Remove containers of services that are not declared")
	f.StringVar(&o.images, "rmi", "", "Remove images: \"local\" those without a name of their own, or \"all\"")
	f.IntVarP(&o.timeout, "timeout", "t", 0, "Seconds between stop signal and kill (default: each service's own)")
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "volume" { // an old spelling
			name = "volumes"
		}
		return pflag.NormalizedName(name)
	})
}

func (o *downOptions) check() error {
	switch {
	case o.images != "" && o.images != "local" && o.images != "all":
		return &usageError{message: fmt.Sprintf("invalid value for --rmi: %q", o.images), hint: "local or all"}
	case o.timeout < 0:
		return &usageError{message: "--timeout must be a non-negative integer"}
	}
	return nil
}

// goal is what the planner is asked for. The default of --remove-orphans comes from the environment alone, as with
// Docker Compose: .env is not asked.
func (o *downOptions) goal(c *composeCommand, f *pflag.FlagSet, services []string) plan.Goal {
	g := plan.Goal{
		Verb: plan.Down, Services: services, Volumes: o.volumes, Images: o.images, RemoveOrphans: o.removeOrphans,
	}
	if !f.Changed("remove-orphans") {
		g.RemoveOrphans = truth(c.app.env("COMPOSE_REMOVE_ORPHANS"))
	}
	if f.Changed("timeout") {
		grace := time.Duration(o.timeout) * time.Second
		g.Timeout = &grace
	}
	return g
}

// down takes a project down.
func (c *composeCommand) down(ctx context.Context, o *downOptions, f *pflag.FlagSet, services []string) error {
	r, err := c.downRequest(ctx, o, f, services)
	if err != nil {
		return err
	}
	op := &operation{c: c, request: r, title: "down"}
	p, err := op.run(ctx)
	if r.Project == nil && nothingThere(p, err) {
		c.say(fmt.Sprintf("Warning: No resource found to remove for project %q.", r.Ref.Name))
		return nil
	}
	return err
}

// downRequest asks for "down". What the files cannot have on this runtime does not matter here, so the findings of the
// translation stay behind.
func (c *composeCommand) downRequest(ctx context.Context, o *downOptions, f *pflag.FlagSet, services []string) (orchestrate.Request, error) {
	s, err := c.selectProject(ctx)
	if err != nil {
		return orchestrate.Request{}, err
	}
	r := orchestrate.Request{
		Ref: s.ref, Goal: o.goal(c, f, services), Command: "down", Parallel: max(c.parallel, 0), Environment: c.passedOn(),
	}
	if s.files == nil {
		return r, nil
	}
	if err := s.check(services, nil); err != nil {
		return orchestrate.Request{}, err
	}
	d, err := c.declare(s.files)
	if err != nil {
		return orchestrate.Request{}, err
	}
	r.Project = &d.project
	return r, nil
}

// nothingThere tells that there is no such project, or nothing of it, and that nobody has said so yet.
func nothingThere(p plan.Plan, err error) bool {
	var e *orchestrate.Error
	if errors.As(err, &e) {
		return e.Code == orchestrate.CodeProject
	}
	if err != nil || !p.Empty() {
		return false
	}
	for _, f := range p.Findings {
		if strings.Contains(f.Message, "No resource found") {
			return false
		}
	}
	return true
}
