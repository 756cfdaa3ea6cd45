package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

// exitDrift is the code of "drift" when something has drifted: neither success nor a failure of the command.
const exitDrift = 2

func newDrift(c *composeCommand) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "drift [OPTIONS]",
		Short: "Show what changed behind Hostwright's back",
		Long: "Compare the project with the runtime: what was removed, stopped, replaced or started by somebody else, and images whose\n" +
			"name means another one now. Changes nothing. The exit code is 2 when there is any drift.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.drift(cmd.Context(), format) },
	}
	addFormat(cmd.Flags(), &format)
	return cmd
}

func (c *composeCommand) drift(ctx context.Context, format string) error {
	if err := oneFormatOf(format, "text", "json"); err != nil {
		return err
	}
	s, err := c.selectProject(ctx)
	if err != nil {
		return err
	}
	client, err := c.app.Client()
	if err != nil {
		return err
	}
	list, err := client.Drift(ctx, s.ref)
	if err != nil {
		return err
	}
	if err := c.printDrift(list, format); err != nil {
		return err
	}
	if len(list) > 0 {
		return exitCode(exitDrift)
	}
	return nil
}

func (c *composeCommand) printDrift(list []orchestrate.Drift, format string) error {
	out := c.app.Streams.Out
	if format == "json" {
		if list == nil {
			list = []orchestrate.Drift{}
		}
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(list)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "no drift: everything is as Hostwright left it")
		return err
	}
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%-9s  %s\n", d.Kind, view.Safe(d.Message))
		if d.Hint != "" {
			fmt.Fprintf(&b, "%-9s  hint: %s\n", "", d.Hint)
		}
	}
	_, err := fmt.Fprint(out, b.String())
	return err
}
