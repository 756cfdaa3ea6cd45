package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

// statsOptions are the flags of "stats".
type statsOptions struct {
	all, once, noTrunc bool
	format             string
}

func newStats(c *composeCommand) *cobra.Command {
	o := &statsOptions{}
	cmd := &cobra.Command{
		Use:   "stats [OPTIONS] [SERVICE]",
		Short: "Display a live stream of what containers use",
		Long: "Show processor, memory, network and disk use of running containers, again and again until interrupted.\n" +
			"A processor percentage needs two readings, so the first takes a few seconds.",
		Args: between(0, 1, "at most one service"),
		RunE: func(cmd *cobra.Command, services []string) error { return c.stats(cmd.Context(), o, services) },
	}
	f := cmd.Flags()
	f.BoolVarP(&o.all, "all", "a", false, "Show containers that do not run, too")
	f.StringVar(&o.format, "format", "", "table, json (an object a line), or a Go template")
	f.BoolVar(&o.once, "no-stream", false, "Show one result and end")
	f.BoolVar(&o.noTrunc, "no-trunc", false, "Do not cut the output (nothing is cut)")
	return cmd
}

func (c *composeCommand) stats(ctx context.Context, o *statsOptions, services []string) error {
	s, err := c.selectProject(ctx)
	if err != nil {
		return err
	}
	runtime, err := c.app.Adapter()
	if err != nil {
		return err
	}
	meter := &meter{runtime: runtime, last: map[string]adapter.Stats{}}
	out := c.app.Streams.Out
	for first := true; ; first = false {
		containers, err := c.containersOf(ctx, s)
		if err != nil {
			return err
		}
		chosen := o.chosen(containers, services)
		usage, err := meter.read(ctx, chosen)
		if err == nil && first && o.once { // a second reading, for the processor's part
			usage, err = meter.read(ctx, chosen)
		}
		if err != nil {
			return err
		}
		if o.once {
			return view.Usages(out, usage, o.format)
		}
		if err := redraw(out, usage, o.format); err != nil {
			return err
		}
	}
}

// chosen are the containers to show, by name.
func (o *statsOptions) chosen(containers []orchestrate.Container, services []string) []orchestrate.Container {
	return slices.DeleteFunc(slices.Clone(containers), func(x orchestrate.Container) bool {
		return !o.all && x.State != orchestrate.StateRunning || len(services) > 0 && !slices.Contains(services, x.Service)
	})
}

// redraw prints from the upper left corner, each line to its end, and clears what is below: as Docker does, whatever is
// behind standard output.
func redraw(w io.Writer, usage []view.Usage, format string) error {
	var b bytes.Buffer
	if err := view.Usages(&b, usage, format); err != nil {
		return err
	}
	text := bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte("\x1b[K\n"))
	_, err := fmt.Fprintf(w, "\x1b[H%s\x1b[J", text)
	return err
}

// meter reads what containers use, and remembers the reading before.
type meter struct {
	runtime adapter.RuntimeAdapter
	last    map[string]adapter.Stats
}

func (m *meter) read(ctx context.Context, containers []orchestrate.Container) ([]view.Usage, error) {
	var ids []string
	for _, x := range containers {
		if x.State == orchestrate.StateRunning {
			ids = append(ids, x.Name)
		}
	}
	var list []adapter.Stats
	if len(ids) > 0 { // no ID would mean every container of the user
		var err error
		if list, err = m.runtime.ContainerStats(ctx, ids); err != nil && !adapter.Is(err, adapter.NotFound) {
			return nil, err
		}
	}
	var out []view.Usage
	for _, x := range containers {
		u := view.Usage{Stats: adapter.Stats{ID: x.Name}, CPU: -1}
		i := slices.IndexFunc(list, func(s adapter.Stats) bool { return s.ID == x.Name })
		if i >= 0 {
			u.Stats, u.Running = list[i], true
			u.CPU = processorPart(m.last[x.Name], list[i])
			m.last[x.Name] = list[i]
		}
		out = append(out, u)
	}
	return out, nil
}

// processorPart gives the processor time between two readings in percent of the time that passed, -1 when there are no
// two readings of one run.
func processorPart(before, now adapter.Stats) float64 {
	passed := now.Taken.Sub(before.Taken)
	if before.Taken.IsZero() || passed <= 0 || now.CPU < before.CPU {
		return -1
	}
	return 100 * float64(now.CPU-before.CPU) / float64(passed)
}
