package cli

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

// lsOptions are the flags of "ls".
type lsOptions struct {
	all, quiet bool
	format     string
	filters    []string
}

func newLS(c *composeCommand) *cobra.Command {
	o := &lsOptions{}
	cmd := &cobra.Command{
		Use:   "ls [OPTIONS]",
		Short: "List running compose projects",
		Long:  "List the projects of this user that have running containers, with -a all that have containers. No file is read.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.ls(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.BoolVarP(&o.all, "all", "a", false, "Show projects whose containers are stopped, too")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "Only display project names")
	f.StringVar(&o.format, "format", "table", "table or json")
	f.StringArrayVar(&o.filters, "filter", nil, "Filter by name: name=REGEX")
	return cmd
}

func (c *composeCommand) ls(ctx context.Context, o *lsOptions) error {
	names, err := o.names()
	if err != nil {
		return err
	}
	client, err := c.app.Client()
	if err != nil {
		return err
	}
	projects, err := client.Projects(ctx)
	if err != nil {
		return err
	}
	var shown []orchestrate.Project
	for _, p := range projects {
		if len(names) > 0 && !slices.ContainsFunc(names, func(r *regexp.Regexp) bool { return r.MatchString(p.Name) }) {
			continue
		}
		if p.Problem != "" {
			c.say(fmt.Sprintf("Warning: project %s cannot be shown: %s", view.Safe(p.Name), view.Safe(p.Problem)))
			continue
		}
		if !o.all { // as Docker Compose: states of running containers only
			p.States = running(p.States)
		}
		if len(p.States) > 0 {
			shown = append(shown, p)
		}
	}
	if !o.quiet {
		return view.Projects(c.app.Streams.Out, shown, o.format)
	}
	for _, p := range shown {
		if _, err := fmt.Fprintln(c.app.Streams.Out, p.Name); err != nil {
			return err
		}
	}
	return nil
}

func running(states map[orchestrate.State]int) map[orchestrate.State]int {
	if n := states[orchestrate.StateRunning]; n > 0 {
		return map[orchestrate.State]int{orchestrate.StateRunning: n}
	}
	return nil
}

// names reads the filters.
func (o *lsOptions) names() ([]*regexp.Regexp, error) {
	var out []*regexp.Regexp
	for _, filter := range o.filters {
		key, value, ok := strings.Cut(filter, "=")
		switch {
		case !ok:
			return nil, &usageError{message: fmt.Sprintf("invalid argument %q for \"--filter\": invalid filter", filter), hint: "name=REGEX"}
		case key != "name":
			return nil, &usageError{message: "invalid filter '" + key + "'", hint: "the one there is: name=REGEX"}
		}
		r, err := regexp.Compile(value)
		if err != nil {
			return nil, &usageError{message: fmt.Sprintf("--filter name: %v", err), hint: "a regular expression, such as ^shop"}
		}
		out = append(out, r)
	}
	return out, nil
}
