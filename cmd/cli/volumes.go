package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

func newVolumes(c *composeCommand) *cobra.Command {
	var format string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "volumes [OPTIONS] [SERVICE...]",
		Short: "List volumes",
		Long:  "List the named volumes of a project that exist; with services those that their containers mount.",
		RunE: func(cmd *cobra.Command, services []string) error {
			return c.volumes(cmd.Context(), services, format, quiet)
		},
	}
	cmd.Flags().StringVar(&format, "format", "table", "table, json (an object a line), or a Go template")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "Only display volume names")
	return cmd
}

func (c *composeCommand) volumes(ctx context.Context, services []string, format string, quiet bool) error {
	s, err := c.selectProject(ctx)
	if err != nil {
		return err
	}
	client, err := c.app.Client()
	if err != nil {
		return err
	}
	list, err := client.Volumes(ctx, s.ref)
	if err = c.forgiveUnknown(err); err != nil {
		return err
	}
	if len(services) > 0 {
		if s.files != nil {
			if err := s.check(services, nil); err != nil {
				return err
			}
		}
		list = slices.DeleteFunc(list, func(v orchestrate.Volume) bool {
			return !slices.ContainsFunc(v.Services, func(name string) bool { return slices.Contains(services, name) })
		})
	}
	if !quiet {
		return view.Volumes(c.app.Streams.Out, list, format)
	}
	for _, v := range list {
		if _, err := fmt.Fprintln(c.app.Streams.Out, v.Name); err != nil {
			return err
		}
	}
	return nil
}
