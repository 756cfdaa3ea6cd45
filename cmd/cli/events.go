package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

// eventsOptions are the flags of "events".
type eventsOptions struct {
	json         bool
	since, until string
}

func newEvents(c *composeCommand) *cobra.Command {
	o := &eventsOptions{}
	cmd := &cobra.Command{
		Use:   "events [OPTIONS] [SERVICE...]",
		Short: "Receive real time events from containers",
		Long: "Show what happens to a project, until Ctrl-C: what containers do, their health, what their restart policy does, what\n" +
			"changes behind Hostwright's back. With --since what happened before, as far as hostwrightd saw it.",
		RunE: func(cmd *cobra.Command, services []string) error { return c.events(cmd.Context(), o, services) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "Output events as a stream of JSON objects")
	f.StringVar(&o.since, "since", "", "Show events since a time (RFC 3339 or Unix) or a duration back (42m)")
	f.StringVar(&o.until, "until", "", "Stream events until a time, as --since takes it")
	return cmd
}

func (c *composeCommand) events(ctx context.Context, o *eventsOptions, services []string) error {
	var r orchestrate.EventsRequest
	var err error
	now := c.app.Now()
	if r.Since, err = moment("since", o.since, now); err != nil {
		return err
	}
	if r.Until, err = moment("until", o.until, now); err != nil {
		return err
	}
	s, err := c.selectProject(ctx)
	if err != nil {
		return err
	}
	if s.files != nil {
		for _, name := range services {
			if s.undeclared(name) {
				return &usageError{message: "no such service: " + name, hint: "`hostwright compose config --services` lists them"}
			}
		}
	}
	r.Ref, r.Services = s.ref, services
	client, err := c.app.Client()
	if err != nil {
		return err
	}
	show := view.Event
	if o.json {
		show = view.EventJSON
	}
	return client.Events(ctx, r, func(e orchestrate.ProjectEvent) error {
		e.Time = e.Time.In(time.Local)
		return show(c.app.Streams.Out, e)
	})
}
