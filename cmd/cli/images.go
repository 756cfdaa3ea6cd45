package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

func newImages(c *composeCommand) *cobra.Command {
	var format string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "images [OPTIONS] [SERVICE...]",
		Short: "List images used by the created containers",
		Long:  "List what the containers of a project were made of, stopped and one-off ones included.",
		RunE: func(cmd *cobra.Command, services []string) error {
			return c.images(cmd.Context(), services, format, quiet)
		},
	}
	cmd.Flags().StringVar(&format, "format", "table", "table or json")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "Only display IDs (digests)")
	return cmd
}

func (c *composeCommand) images(ctx context.Context, services []string, format string, quiet bool) error {
	s, err := c.selectProject(ctx)
	if err != nil {
		return err
	}
	client, err := c.app.Client()
	if err != nil {
		return err
	}
	list, err := client.Images(ctx, s.ref)
	if err = c.forgiveUnknown(err); err != nil {
		return err
	}
	var known []orchestrate.Container
	for _, i := range list {
		known = append(known, orchestrate.Container{Service: i.Service})
	}
	if err := s.check(services, known); err != nil {
		return err
	}
	if len(services) > 0 {
		list = slices.DeleteFunc(list, func(i orchestrate.ContainerImage) bool { return !slices.Contains(services, i.Service) })
	}
	if quiet {
		return view.ImageIDs(c.app.Streams.Out, list)
	}
	return view.Images(c.app.Streams.Out, list, format, c.app.Now())
}
