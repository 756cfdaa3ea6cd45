package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/finding"
)

// newPlan builds "plan" (which is "plan up") and a "plan COMMAND" for every command that changes a project.
func newPlan(c *composeCommand) *cobra.Command {
	cmd := newPlanUp(c, "plan [OPTIONS] [SERVICE...]")
	cmd.Long = "Show what `up` (or, as `plan down`, what `down`) would do, to what and why, what it would destroy and how\n" +
		"much memory it takes. Nothing is changed, no image is pulled. Exit code 1 when the plan would be refused."
	cmd.AddCommand(newPlanUp(c, "up [OPTIONS] [SERVICE...]"), newPlanDown(c))
	cmd.AddCommand(newPlansOfChanges(c)...)
	return cmd
}

func newPlanUp(c *composeCommand, use string) *cobra.Command {
	o := &upOptions{}
	var format string
	cmd := &cobra.Command{
		Use:   use,
		Short: "Show what up would do",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, services []string) error {
			o.read(cmd.Flags())
			if err := o.checkGoal(); err != nil {
				return err
			}
			return c.plan(cmd.Context(), format, func(ctx context.Context) (orchestrate.Request, error) {
				r, _, err := c.upRequest(ctx, o, services)
				return r, err
			})
		},
	}
	o.addFlags(cmd.Flags())
	addFormat(cmd.Flags(), &format)
	return cmd
}

func newPlanDown(c *composeCommand) *cobra.Command {
	o := &downOptions{}
	var format string
	cmd := &cobra.Command{
		Use:   "down [OPTIONS] [SERVICES]",
		Short: "Show what down would do",
		RunE: func(cmd *cobra.Command, services []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return c.plan(cmd.Context(), format, func(ctx context.Context) (orchestrate.Request, error) {
				return c.downRequest(ctx, o, cmd.Flags(), services)
			})
		},
	}
	o.addFlags(cmd.Flags())
	addFormat(cmd.Flags(), &format)
	return cmd
}

func addFormat(f *pflag.FlagSet, format *string) {
	f.StringVar(format, "format", "text", "text or json")
}

// show prints the plan of an operation instead of running it.
func (o *operation) show(ctx context.Context, client orchestrate.Client) (plan.Plan, error) {
	format := "text"
	if o.c.progressMode == view.JSON {
		format = "json"
	}
	p, err := client.Plan(ctx, o.request)
	if err != nil {
		return p, err
	}
	return p, o.c.showPlan(p, format)
}

// plan shows a plan, also one that would be refused.
func (c *composeCommand) plan(ctx context.Context, format string, request func(context.Context) (orchestrate.Request, error)) error {
	if format != "text" && format != "json" {
		return &usageError{message: fmt.Sprintf("unsupported format %q", format), hint: "text or json"}
	}
	r, err := request(ctx)
	if err != nil {
		return err
	}
	client, err := c.app.Client()
	if err != nil {
		return err
	}
	p, err := client.Plan(ctx, r)
	if err != nil {
		return err
	}
	return c.showPlan(p, format)
}

// showPlan prints a plan and fails when it would be refused.
func (c *composeCommand) showPlan(p plan.Plan, format string) error {
	if c.strict {
		p.Findings = strict(p.Findings)
	}
	if err := c.printPlan(p, format); err != nil {
		return err
	}
	if refused := p.Findings.AtLeast(finding.Error); len(refused) > 0 {
		return &refusedError{message: fmt.Sprintf("%s would be refused", p.Goal.Verb), hint: "see the findings in the plan"}
	}
	return nil
}

func (c *composeCommand) printPlan(p plan.Plan, format string) error {
	if format == "json" {
		return view.PlanJSON(c.app.Streams.Out, p)
	}
	p.Findings = c.app.nearby(p.Findings)
	return view.Plan(c.app.Streams.Out, p, c.outColours)
}
