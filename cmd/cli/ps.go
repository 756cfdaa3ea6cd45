package cli

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/ports"
	"github.com/hostwright/compose/translate/declared"
)

// psOptions are the flags of "ps".
type psOptions struct {
	all, quiet, services, noTrunc, orphans bool
	format, filter                         string
	status                                 []string
}

func newPS(c *composeCommand) *cobra.Command {
	o := &psOptions{}
	cmd := &cobra.Command{
		Use:   "ps [OPTIONS] [SERVICE...]",
		Short: "List containers",
		Long:  "List the containers of a project: running ones, with -a all of them.",
		RunE: func(cmd *cobra.Command, services []string) error {
			return c.ps(cmd.Context(), o, services)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.all, "all", "a", false, "Show all containers, one-off ones included")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "Only display IDs (which are names)")
	f.BoolVar(&o.services, "services", false, "Display services")
	f.BoolVar(&o.noTrunc, "no-trunc", false, "Do not cut the output")
	f.BoolVar(&o.orphans, "orphans", true, "Include services that are not declared")
	f.StringVar(&o.format, "format", "table", "table, json (an object a line), or a Go template")
	f.StringVar(&o.filter, "filter", "", "Filter by a property: status=STATE")
	f.StringArrayVar(&o.status, "status", nil, "Filter by state (created, running, exited, ...)")
	return cmd
}

// psStates are the states that Docker knows. The runtime has three of them; the others are asked for in vain.
var psStates = []string{"paused", "restarting", "removing", "running", "dead", "created", "exited"}

// ps lists containers: one listing of the runtime, and the names from the files.
func (c *composeCommand) ps(ctx context.Context, o *psOptions, services []string) error {
	states, err := o.states()
	if err != nil {
		return err
	}
	s, err := c.selectProject(ctx)
	if err != nil {
		return err
	}
	containers, err := c.containersOf(ctx, s)
	if err != nil {
		return err
	}
	if err := s.check(services, containers); err != nil {
		return err
	}
	shown := slices.DeleteFunc(slices.Clone(containers), func(x orchestrate.Container) bool {
		return !o.wants(x, states) || len(services) > 0 && !slices.Contains(services, x.Service) ||
			!o.orphans && s.undeclared(x.Service)
	})
	sort.Slice(shown, func(i, j int) bool { return shown[i].Name < shown[j].Name })
	for i := range shown {
		shown[i].Image = s.written(shown[i])
	}
	c.warnOfBlocked(shown)
	return o.print(c, s, shown)
}

// warnOfBlocked tells of published ports that lead nowhere for a reason outside of the project.
func (c *composeCommand) warnOfBlocked(containers []orchestrate.Container) {
	for _, x := range containers {
		for _, port := range x.Blocked {
			c.say(fmt.Sprintf("warning: port %d of %s resets connections although a process listens behind it (%s)", port, x.Name, ports.LocalNetworkHint))
		}
	}
}

// states are those of --status and --filter.
func (o *psOptions) states() ([]string, error) {
	states := slices.Clone(o.status)
	if o.filter != "" {
		key, value, ok := strings.Cut(o.filter, "=")
		switch {
		case !ok:
			return nil, &usageError{message: "arguments to --filter should be in form KEY=VAL"}
		case key != "status":
			return nil, &usageError{message: "unknown filter " + key, hint: "the one there is: status=STATE"}
		}
		states = append(states, value)
	}
	for _, state := range states {
		if !slices.Contains(psStates, state) {
			return nil, &usageError{message: fmt.Sprintf("unknown status %q", state), hint: "one of " + strings.Join(psStates, ", ")}
		}
	}
	return states, nil
}

// wants tells whether a container is to be shown: a state asked for implies --all.
func (o *psOptions) wants(x orchestrate.Container, states []string) bool {
	if len(states) > 0 {
		return slices.Contains(states, string(x.State))
	}
	live := x.State == orchestrate.StateRunning || x.State == orchestrate.StateRestarting
	return o.all || live && !x.OneOff
}

// undeclared tells of a service that the files do not have. Without files nobody knows.
func (s selection) undeclared(service string) bool {
	if s.files == nil {
		return false
	}
	_, ok := s.files.AllServices()[service]
	return !ok
}

// written gives a container's image as the file has it when that is the same one: the runtime lists "app-web" as
// "app-web:latest", and Docker shows what was written.
func (s selection) written(x orchestrate.Container) string {
	image := view.FamiliarImage(x.Image)
	if s.files == nil {
		return image
	}
	service, ok := s.files.AllServices()[x.Service]
	if !ok {
		return image
	}
	written := []string{service.Image}
	if service.Image == "" {
		written = []string{declared.ImageName(s.files.Name, x.Service, false), declared.ImageName(s.files.Name, x.Service, true)}
	}
	for _, name := range written {
		if image == view.FamiliarImage(name)+":latest" {
			return name
		}
	}
	return image
}

func (o *psOptions) print(c *composeCommand, s selection, shown []orchestrate.Container) error {
	out := c.app.Streams.Out
	switch {
	case o.quiet:
		for _, x := range shown {
			if _, err := fmt.Fprintln(out, x.Name); err != nil {
				return err
			}
		}
		return nil
	case o.services:
		var names []string
		for _, x := range shown {
			names = append(names, x.Service)
		}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if _, err := fmt.Fprintln(out, name); err != nil {
				return err
			}
		}
		return nil
	}
	return view.PS{Project: s.ref.Name, Containers: shown, Now: c.app.Now(), NoTrunc: o.noTrunc}.Render(out, o.format)
}
