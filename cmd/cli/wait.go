package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

func newWait(c *composeCommand) *cobra.Command {
	var down bool
	cmd := &cobra.Command{
		Use:   "wait SERVICE [SERVICE...] [OPTIONS]",
		Short: "Block until containers of services stop",
		Long:  "Wait until the containers of services have ended, and print their exit codes. The exit code is the last one's.",
		Args:  atLeast(1, "a service"),
		RunE:  func(cmd *cobra.Command, services []string) error { return c.wait(cmd.Context(), services, down) },
	}
	cmd.Flags().BoolVar(&down, "down-project", false, "Take the project down when the containers have stopped")
	return cmd
}

func (c *composeCommand) wait(ctx context.Context, services []string, down bool) error {
	s, err := c.selectProject(ctx)
	if err != nil {
		return err
	}
	client, err := c.app.Client()
	if err != nil {
		return err
	}
	containers, err := c.containersOf(ctx, s)
	if err != nil {
		return err
	}
	if s.files != nil {
		if err := s.check(services, containers); err != nil {
			return err
		}
	}
	r := orchestrate.AwaitRequest{Ref: s.ref, Containers: awaited(containers, services)}
	if len(r.Containers) == 0 {
		return &usageError{
			message: fmt.Sprintf("no containers for project %q", s.ref.Name), hint: "`hostwright compose ps -a` shows what there is",
		}
	}
	if c.dryRun {
		_, err := fmt.Fprintf(c.app.Streams.Out, "would wait for %v\n", r.Containers)
		return err
	}
	code := 0
	err = client.Await(ctx, r, func(e orchestrate.ContainerExit) error {
		code = e.Exit.Code
		if !e.Exit.Known {
			code = exitFailure
		}
		_, err := fmt.Fprintf(c.app.Streams.Out, "container %q exited with status code %s\n", e.Container, codeText(e.Exit))
		return err
	})
	if err != nil {
		return err
	}
	if down {
		r, err := c.existing(ctx, plan.Goal{Verb: plan.Down, RemoveOrphans: true})
		if err != nil {
			return err
		}
		if _, err := (&operation{c: c, request: r, title: "down"}).run(ctx); err != nil {
			return err
		}
	}
	if code != 0 {
		return exitCode(code)
	}
	return nil
}

// codeText is an exit code for people.
func codeText(e orchestrate.RunExit) string {
	if !e.Known {
		return "unknown"
	}
	return fmt.Sprint(e.Code)
}

// awaited are the running containers of the services, one-offs too; when none runs, those that have ended, whose wait
// is over (docker/compose v5.6, pkg/compose/wait.go).
func awaited(containers []orchestrate.Container, services []string) []string {
	var run, rest []string
	for _, x := range containers {
		switch {
		case !slices.Contains(services, x.Service) || x.State == orchestrate.StateCreated:
		case x.State == orchestrate.StateRunning:
			run = append(run, x.Name)
		default:
			rest = append(rest, x.Name)
		}
	}
	if len(run) > 0 {
		return run
	}
	return rest
}
