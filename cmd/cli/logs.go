package cli

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

// logsOptions are the flags of "logs".
type logsOptions struct {
	follow, noColour, noPrefix, timestamps bool
	index                                  int
	since, until, tail                     string
}

func newLogs(c *composeCommand) *cobra.Command {
	o := &logsOptions{}
	cmd := &cobra.Command{
		Use:   "logs [OPTIONS] [SERVICE...]",
		Short: "View output from containers",
		Long: "View what the containers of a project wrote, stopped ones included. Both streams of a container come on\n" +
			"standard output.",
		RunE: func(cmd *cobra.Command, services []string) error {
			return c.logs(cmd.Context(), o, services)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.follow, "follow", "f", false, "Follow the output until no container runs")
	f.IntVar(&o.index, "index", 0, "Number of the replica, when a service has several")
	f.BoolVar(&o.noColour, "no-color", false, "Produce monochrome output")
	f.BoolVar(&o.noPrefix, "no-log-prefix", false, "Do not print the prefix")
	f.StringVar(&o.since, "since", "", "Show lines since a time (RFC 3339 or Unix) or a duration back (42m)")
	f.StringVar(&o.until, "until", "", "Show lines before a time (RFC 3339 or Unix) or a duration back (42m)")
	f.StringVarP(&o.tail, "tail", "n", "all", "Number of lines from the end for each container")
	f.BoolVarP(&o.timestamps, "timestamps", "t", false, "Show times")
	return cmd
}

func (c *composeCommand) logs(ctx context.Context, o *logsOptions, services []string) error {
	r, err := o.request(c.app.Now())
	if err != nil {
		return err
	}
	if o.index != 0 && len(services) != 1 {
		return &usageError{message: "--index requires one service to be selected"}
	}
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
	if err := s.check(services, containers); err != nil {
		return err
	}
	chosen := slices.DeleteFunc(slices.Clone(containers), func(x orchestrate.Container) bool { return !o.wants(s, x, services) })
	sort.Slice(chosen, func(i, j int) bool { return chosen[i].Name < chosen[j].Name })
	if len(chosen) == 0 {
		if o.index != 0 {
			return &usageError{message: fmt.Sprintf("service %q has no container #%d", services[0], o.index)}
		}
		return nil
	}
	r.Ref = s.ref
	labels := make(map[string]string)
	for _, x := range chosen {
		r.Containers = append(r.Containers, x.Name)
		labels[x.Name] = strings.TrimPrefix(x.Name, s.ref.Name+"-")
	}
	colours := c.outColours
	if o.noColour {
		colours = false
	}
	out := &view.Logs{
		Out: c.app.Streams.Out, Colours: colours, NoPrefix: o.noPrefix, Timestamps: o.timestamps,
		Label: func(container string) string {
			if label, ok := labels[container]; ok {
				return label
			}
			return strings.TrimPrefix(container, s.ref.Name+"-")
		},
	}
	out.Expect(r.Containers...)
	return client.Logs(ctx, r, out.Line)
}

// wants leaves out one-offs, other services, and services with "attach: false" that nobody named.
func (o *logsOptions) wants(s selection, x orchestrate.Container, services []string) bool {
	if x.OneOff || o.index != 0 && x.Number != o.index {
		return false
	}
	if len(services) > 0 {
		return slices.Contains(services, x.Service)
	}
	if s.files == nil {
		return true
	}
	service, ok := s.files.AllServices()[x.Service]
	return !ok || service.Attach == nil || *service.Attach
}

// request reads the flags that select lines.
func (o *logsOptions) request(now time.Time) (orchestrate.LogsRequest, error) {
	r := orchestrate.LogsRequest{Follow: o.follow, Tail: -1}
	if o.tail != "all" && o.tail != "" {
		n, err := strconv.Atoi(o.tail)
		if err != nil {
			return r, &usageError{message: fmt.Sprintf("invalid --tail %q", o.tail), hint: "a number of lines, or all"}
		}
		r.Tail = max(n, -1)
	}
	var err error
	if r.Since, err = moment("since", o.since, now); err != nil {
		return r, err
	}
	if r.Until, err = moment("until", o.until, now); err != nil {
		return r, err
	}
	return r, nil
}

// momentLayouts are the forms of a time that Docker takes; those without a zone are local.
var momentLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"}

// moment reads a time as --since and --until take it: RFC 3339, Unix seconds, or a duration before now.
func moment(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(-d), nil
	}
	for _, layout := range momentLayouts {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	seconds, fraction, _ := strings.Cut(text, ".")
	if s, err := strconv.ParseInt(seconds, 10, 64); err == nil && len(fraction) <= 9 {
		n, err := strconv.ParseUint((fraction + "000000000")[:9], 10, 32)
		if err == nil {
			return time.Unix(s, int64(n)), nil
		}
	}
	return time.Time{}, &usageError{
		message: fmt.Sprintf("invalid --%s %q", flag, text),
		hint:    "a time such as 2026-01-02T15:04:05Z, Unix seconds, or a duration back such as 10m",
	}
}
