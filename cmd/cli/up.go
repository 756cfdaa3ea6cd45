package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/compose"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/daemon"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/finding"
)

func newUp(c *composeCommand) *cobra.Command {
	o := &upOptions{}
	cmd := &cobra.Command{
		Use:   "up [OPTIONS] [SERVICE...]",
		Short: "Create and start containers",
		Long: "Create and start the containers of a project, with the images, networks and volumes that they need.\n" +
			"What exists and is as declared is left alone. Everything that cannot behave as on Docker is said before\n" +
			"anything is created. Without -d the output of the containers is shown until all have ended; Ctrl-C stops them.",
		RunE: func(cmd *cobra.Command, services []string) error {
			o.read(cmd.Flags())
			if err := o.check(); err != nil {
				return err
			}
			return c.up(cmd.Context(), o, services)
		},
	}
	o.addFlags(cmd.Flags())
	o.addDetachedFlags(cmd.Flags())
	return cmd
}

// up loads, translates, plans and runs.
func (c *composeCommand) up(ctx context.Context, o *upOptions, services []string) error {
	r, d, err := c.upRequest(ctx, o, services)
	if err != nil {
		return err
	}
	op := &operation{
		c: c, request: r, title: "up", quietPull: o.quietPull, quietBuild: o.quietBuild,
	}
	if truth(d.variable("COMPOSE_IGNORE_ORPHANS")) {
		op.hide = aboutOrphans
	}
	if o.attached() {
		f, err := newForeground(c, o, d, services)
		if err != nil {
			return err
		}
		off, err := daemon.Off(c.app.lookup)
		if err != nil {
			return err
		}
		if off {
			op.request.Findings = append(op.request.Findings, unwatched(d.project.Services)...)
		}
		op.request.HookOutput = true
		f.request, op.carryOut = op.request, f.carryOut
	}
	_, err = op.run(ctx)
	return err
}

// upRequest asks for "up".
func (c *composeCommand) upRequest(ctx context.Context, o *upOptions, services []string) (orchestrate.Request, declaration, error) {
	d, err := c.declareUp(ctx, o, services)
	if err != nil {
		return orchestrate.Request{}, declaration{}, err
	}
	goal, err := o.goal(d, services)
	if err != nil {
		return orchestrate.Request{}, declaration{}, err
	}
	return c.request(d, goal, "up"), d, nil
}

// declareUp loads the project as "up" and "plan up" need it: with the services named and what they depend on.
func (c *composeCommand) declareUp(ctx context.Context, o *upOptions, services []string) (declaration, error) {
	load := c.loadOptions()
	load.Services, load.NoDeps = services, o.noDeps
	var err error
	if load.Scale, err = scales(o.scale); err != nil {
		return declaration{}, err
	}
	p, err := c.load(ctx, load)
	if err != nil {
		return declaration{}, err
	}
	if len(p.Services) == 0 && !c.allResources {
		return declaration{}, noService(p)
	}
	return c.declare(p)
}

// noService says that there is nothing to run, and which profiles would change that.
func noService(p *compose.Project) error {
	e := &usageError{message: "no service selected", hint: "the files declare no service"}
	if profiles := allProfiles(p); len(profiles) > 0 {
		e.hint = "every service belongs to a profile; switch one on with --profile: " + strings.Join(profiles, ", ")
	}
	return e
}

// goal is what the planner is asked for.
func (o *upOptions) goal(d declaration, services []string) (plan.Goal, error) {
	removeOrphans := o.removeOrphans
	if !o.given("remove-orphans") {
		removeOrphans = truth(d.variable("COMPOSE_REMOVE_ORPHANS"))
	}
	if removeOrphans && truth(d.variable("COMPOSE_IGNORE_ORPHANS")) {
		return plan.Goal{}, &usageError{message: "cannot combine COMPOSE_IGNORE_ORPHANS and --remove-orphans"}
	}
	g := plan.Goal{
		Verb: plan.Up, Services: services,
		Build: o.build, NoBuild: o.noBuild, Pull: o.pullPolicy(),
		ForceRecreate: o.forceRecreate, NoRecreate: o.noRecreate, RecreateDeps: o.recreateDeps,
		RenewAnonymous: o.renewAnonymous, NoDeps: o.noDeps, RemoveOrphans: removeOrphans,
		Wait: o.wait, WaitTimeout: time.Duration(o.waitTimeout) * time.Second,
	}
	if o.noStart {
		g.Verb = plan.Create
	}
	if o.given("timeout") {
		grace := time.Duration(o.timeout) * time.Second
		g.Timeout = &grace
	}
	return g, nil
}

// orphansText begins the warning about containers of undeclared services, as Docker Compose words it.
const orphansText = "Found orphan containers"

func aboutOrphans(f finding.Finding) bool { return strings.HasPrefix(f.Message, orphansText) }

// scales reads --scale SERVICE=NUM.
func scales(values []string) (map[string]int, error) {
	if len(values) == 0 {
		return nil, nil
	}
	out := make(map[string]int, len(values))
	for _, v := range values {
		name, text, ok := strings.Cut(v, "=")
		n, err := strconv.Atoi(text)
		if !ok || name == "" || err != nil || n < 0 {
			return nil, &usageError{message: fmt.Sprintf("invalid --scale option %q. Should be SERVICE=NUM", v)}
		}
		out[name] = n
	}
	return out, nil
}
