package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/transfer"
)

// cpOptions are the flags of "cp".
type cpOptions struct {
	all, archive, follow bool
	index                int
}

func newCP(c *composeCommand) *cobra.Command {
	o := &cpOptions{}
	cmd := &cobra.Command{
		Use:   "cp [OPTIONS] SERVICE:SRC_PATH DEST_PATH|- | SRC_PATH|- SERVICE:DEST_PATH",
		Short: "Copy files between a service's containers and this machine",
		Long: "Copy out of the first container of a service, or into all of them; - is a tar archive on standard output or\n" +
			"input. It goes through a shell and tar in the container, which must run.",
		Args: between(2, 2, "a source and a destination"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.cp(cmd.Context(), o, args[0], args[1]) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.all, "all", false, "Include containers made by run")
	f.BoolVarP(&o.archive, "archive", "a", false, "Give what is copied in to the container's user")
	f.BoolVarP(&o.follow, "follow-link", "L", false, "Copy what a link leads to")
	f.IntVar(&o.index, "index", 0, "Number of the replica, when a service has several")
	return cmd
}

// end is one end of a copy: a service's path, or a local one.
type end struct{ service, path string }

// splitEnd reads an end as "docker cp" does: what is absolute or begins with a dot is local.
func splitEnd(text string) end {
	service, path, found := strings.Cut(text, ":")
	if !found || filepath.IsAbs(text) || strings.HasPrefix(service, ".") {
		return end{path: text}
	}
	return end{service, path}
}

func (c *composeCommand) cp(ctx context.Context, o *cpOptions, source, destination string) error {
	from, to := splitEnd(source), splitEnd(destination)
	switch {
	case source == "":
		return &usageError{message: "source can not be empty"}
	case destination == "":
		return &usageError{message: "destination can not be empty"}
	case from.service != "" && to.service != "":
		return &usageError{message: "copying between services is not supported", hint: "copy to this machine first"}
	case from.service == "" && to.service == "":
		return &usageError{message: "unknown copy direction", hint: "one side names a service: SERVICE:PATH"}
	}
	targets, err := c.copyTargets(ctx, o, from.service+to.service)
	if err != nil {
		return err
	}
	if from.service != "" {
		targets = targets[:1]
	}
	if from.path == "-" && len(targets) > 1 {
		return &usageError{message: fmt.Sprintf("standard input can fill one container, and service %q has %d", to.service, len(targets)), hint: "choose one with --index"}
	}
	if c.dryRun {
		for _, t := range targets {
			if _, err := fmt.Fprintln(c.app.Streams.Out, "would copy "+view.Safe(copyText(from, to, t.Name))); err != nil {
				return err
			}
		}
		return nil
	}
	return c.copyAll(ctx, o, from, to, targets)
}

// copyTargets are the containers of a service, replicas by number; with --index that one.
func (c *composeCommand) copyTargets(ctx context.Context, o *cpOptions, service string) ([]orchestrate.Container, error) {
	s, err := c.selectProject(ctx)
	if err != nil {
		return nil, err
	}
	containers, err := c.containersOf(ctx, s)
	if err != nil {
		return nil, err
	}
	if s.files != nil {
		if err := s.check([]string{service}, containers); err != nil {
			return nil, err
		}
	}
	containers = slices.DeleteFunc(containers, func(x orchestrate.Container) bool {
		return x.Service != service || x.OneOff && (!o.all || o.index > 0) || o.index > 0 && x.Number != o.index
	})
	slices.SortStableFunc(containers, func(a, b orchestrate.Container) int { return a.Number - b.Number })
	switch {
	case len(containers) == 0 && o.index > 0:
		return nil, &usageError{message: fmt.Sprintf("service %q is not running container #%d", service, o.index), hint: "`hostwright compose ps -a` shows what there is"}
	case len(containers) == 0:
		return nil, &usageError{message: fmt.Sprintf("no container found for service %q", service), hint: "`hostwright compose up -d " + service + "` makes one"}
	}
	for _, x := range containers {
		if x.State != orchestrate.StateRunning {
			return nil, &usageError{
				message: fmt.Sprintf("container %s does not run, and only running ones can be copied from and to", x.Name),
				hint:    "start it first: `hostwright compose start " + service + "`",
			}
		}
	}
	return containers, nil
}

func (c *composeCommand) copyAll(ctx context.Context, o *cpOptions, from, to end, targets []orchestrate.Container) error {
	runtime, err := c.app.Adapter()
	if err != nil {
		return err
	}
	progress := view.NewProgress(c.progressMode, c.app.Streams, c.colours)
	progress.Start("copy")
	defer progress.Stop()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for _, t := range targets {
		group.Go(func() error {
			e := orchestrate.Event{Time: c.app.Now(), Resource: plan.Resource{Name: t.Name}, Details: copyText(from, to, t.Name)}
			e.Status, e.Text = orchestrate.Working, "Copying"
			progress.Event(e)
			if err := o.copy(ctx, c, transfer.Container{Execer: runtime, ID: t.Name}, from, to); err != nil {
				if ctx.Err() == nil { // else it is the echo of another failure
					e.Status, e.Text, e.Details = orchestrate.Failed, "Error", err.Error()
					progress.Event(e)
				}
				return copyError(err)
			}
			e.Status, e.Text = orchestrate.Done, "Copied"
			progress.Event(e)
			return nil
		})
	}
	return group.Wait()
}

func (o *cpOptions) copy(ctx context.Context, c *composeCommand, container transfer.Container, from, to end) error {
	s := c.app.Streams
	if to.service == "" {
		r := transfer.OutRequest{Source: from.path, FollowLink: o.follow, Written: to.path, Destination: c.local(to.path)}
		if to.path == "-" {
			r.Stream = s.Out
		}
		return transfer.OutOf(ctx, container, r)
	}
	r := transfer.InRequest{Destination: to.path, FollowLink: o.follow, Archive: o.archive, Written: from.path, Source: c.local(from.path)}
	if from.path == "-" {
		r.Stream = s.In
	}
	return transfer.Into(ctx, container, r)
}

func (c *composeCommand) local(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(c.app.Dir, path)
}

// copyText says what goes where, in Docker Compose's words.
func copyText(from, to end, container string) string {
	if from.service != "" {
		return fmt.Sprintf("%s:%s to %s", container, from.path, to.path)
	}
	return fmt.Sprintf("%s to %s:%s", from.path, container, to.path)
}

func copyError(err error) error {
	if errors.Is(err, transfer.ErrNotFound) {
		return &usageError{message: err.Error(), hint: "`hostwright compose exec SERVICE ls` shows what is there"}
	}
	return err
}
