package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// change is a command that changes a project. Its goal comes from flags that "plan" has too.
type change struct {
	use, short, long string
	args             cobra.PositionalArgs
	// goalFlags adds the flags that say what is wanted, runFlags those about how the command itself goes on.
	goalFlags, runFlags func(f *pflag.FlagSet)
	// check refuses what contradicts itself before anything is loaded; it may be nil.
	check func(f *pflag.FlagSet) error
	// request is what is asked of the orchestrator.
	request func(ctx context.Context, f *pflag.FlagSet, args []string) (orchestrate.Request, error)
	// run carries it out.
	run func(ctx context.Context, r orchestrate.Request) error
}

// changes are the commands that are made of a change; each call makes new ones, with flags of their own.
func (c *composeCommand) changes() []change {
	return []change{
		c.createChange(), c.startChange(), c.stopChange(), c.restartChange(), c.killChange(), c.removeChange(),
		c.scaleChange(), c.runChange(), c.buildChange(), c.pullChange(), c.pushChange(),
	}
}

func newChanges(c *composeCommand) []*cobra.Command {
	var out []*cobra.Command
	for _, ch := range c.changes() {
		cmd := ch.command(func(cmd *cobra.Command, args []string) error {
			r, err := ch.asked(cmd, args)
			if err != nil {
				return err
			}
			return ch.run(cmd.Context(), r)
		})
		if ch.runFlags != nil {
			ch.runFlags(cmd.Flags())
		}
		out = append(out, cmd)
	}
	return out
}

// newPlansOfChanges are "plan stop", "plan rm" and so on.
func newPlansOfChanges(c *composeCommand) []*cobra.Command {
	var out []*cobra.Command
	for _, ch := range c.changes() {
		var format string
		cmd := ch.command(nil)
		cmd.Short = "Show what " + cmd.Name() + " would do"
		cmd.Long = ""
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			return c.plan(cmd.Context(), format, func(context.Context) (orchestrate.Request, error) { return ch.asked(cmd, args) })
		}
		addFormat(cmd.Flags(), &format)
		out = append(out, cmd)
	}
	return out
}

func (ch *change) command(run func(*cobra.Command, []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: ch.use, Short: ch.short, Long: ch.long, Args: ch.args, RunE: run}
	if ch.goalFlags != nil {
		ch.goalFlags(cmd.Flags())
	}
	return cmd
}

func (ch *change) asked(cmd *cobra.Command, args []string) (orchestrate.Request, error) {
	if ch.check != nil {
		if err := ch.check(cmd.Flags()); err != nil {
			return orchestrate.Request{}, err
		}
	}
	return ch.request(cmd.Context(), cmd.Flags(), args)
}

// existing asks for a goal about containers that exist: by the files or by the project's name. What the files cannot
// have on this runtime does not matter here, so the findings of the translation stay behind.
func (c *composeCommand) existing(ctx context.Context, goal plan.Goal) (orchestrate.Request, error) {
	s, err := c.selectProject(ctx)
	if err != nil {
		return orchestrate.Request{}, err
	}
	r := orchestrate.Request{
		Ref: s.ref, Goal: goal, Command: string(goal.Verb), Parallel: max(c.parallel, 0), Environment: c.passedOn(),
	}
	if s.files == nil {
		return r, nil
	}
	if err := s.check(goal.Services, nil); err != nil {
		return orchestrate.Request{}, err
	}
	d, err := c.declare(s.files)
	if err != nil {
		return orchestrate.Request{}, err
	}
	r.Project = &d.project
	return r, nil
}

// settleExisting carries out a change of containers that exist. A project that nobody knows is no error to Docker
// Compose, which finds no containers then: here it is said.
func (c *composeCommand) settleExisting(ctx context.Context, title string, r orchestrate.Request) (plan.Plan, error) {
	op := &operation{c: c, request: r, title: title}
	p, err := op.run(ctx)
	return p, c.forgiveUnknown(err)
}

// forgiveUnknown turns the error about a project that nobody knows into a warning.
func (c *composeCommand) forgiveUnknown(err error) error {
	var e *orchestrate.Error
	if !errors.As(err, &e) || e.Code != orchestrate.CodeProject {
		return err
	}
	c.say("Warning: " + view.Safe(e.Message))
	return nil
}

// containersOf lists a project's containers: none, with a warning, when nobody knows the project.
func (c *composeCommand) containersOf(ctx context.Context, s selection) ([]orchestrate.Container, error) {
	client, err := c.app.Client()
	if err != nil {
		return nil, err
	}
	out, err := client.Containers(ctx, s.ref)
	return out, c.forgiveUnknown(err)
}

// checkTimeout refuses a negative -t.
func checkTimeout(seconds int) error {
	if seconds < 0 {
		return &usageError{message: "--timeout must be a non-negative integer"}
	}
	return nil
}

// grace is the goal's timeout when -t was given.
func grace(f *pflag.FlagSet, seconds int) *time.Duration {
	if !f.Changed("timeout") {
		return nil
	}
	d := time.Duration(seconds) * time.Second
	return &d
}

func addTimeout(f *pflag.FlagSet, seconds *int) {
	f.IntVarP(seconds, "timeout", "t", 0, "Seconds between stop signal and kill (default: each service's own)")
}

// atLeast refuses too few arguments.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return &usageError{message: fmt.Sprintf("%s needs %s", cmd.Name(), what), hint: cmd.CommandPath() + " --help"}
		}
		return nil
	}
}
