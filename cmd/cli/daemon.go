package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate/daemon"
)

// newDaemon builds "hostwright daemon": hostwrightd by hand.
func newDaemon(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "daemon COMMAND",
		Short: "Look after hostwrightd, which watches running projects",
		Long: "hostwrightd watches running projects: restart policies, health checks, names, drift, events. Commands start it when\n" +
			"there is something to watch, and it leaves by itself; these commands do it by hand.",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return helpOrUnknown(cmd, args) },
	}
	d := &daemonCommand{app: app}
	var format string
	status := d.command("status", "Say whether hostwrightd runs and what it watches", func(ctx context.Context) error { return d.status(ctx, format) })
	status.Flags().StringVar(&format, "format", "table", "table or json")
	var startRuntime bool
	install := d.command("install", "Have hostwrightd started at login (a launchd agent on macOS, a systemd user unit on Linux)",
		func(ctx context.Context) error { return d.install(ctx, startRuntime) })
	install.Flags().BoolVar(&startRuntime, "start-runtime", false, "At login, have it start the runtime's services too, if they do not run")
	cmd.AddCommand(
		d.command("start", "Start hostwrightd, or make the one that runs look at all projects", d.start),
		d.command("stop", "Stop hostwrightd; containers keep running, and nobody watches them", d.stop),
		d.command("restart", "Stop hostwrightd and start it again", d.restart),
		status,
		d.command("logs", "Show what hostwrightd has to say", d.logs),
		install,
		d.command("uninstall", "Undo install", d.uninstall),
	)
	return cmd
}

// daemonCommand is what the commands share.
type daemonCommand struct{ app *App }

func (d *daemonCommand) command(name, short string, run func(context.Context) error) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context()) },
	}
}

// remote is the way to the hostwrightd of the state folder.
func (d *daemonCommand) remote() (daemon.Remote, error) {
	state, err := daemon.StateDir(d.app.lookup)
	return daemon.Remote{State: state}, err
}

func (d *daemonCommand) start(ctx context.Context) error {
	r, err := d.remote()
	if err != nil {
		return err
	}
	program, err := daemon.Program()
	if err != nil {
		return err
	}
	if err := daemon.Ensure(ctx, r.State, program, d.app.Version); err != nil {
		return err
	}
	status, err := r.Status(ctx)
	if err != nil {
		return err
	}
	return d.say("hostwrightd runs (pid %d)", status.PID)
}

func (d *daemonCommand) stop(ctx context.Context) error {
	r, err := d.remote()
	if err != nil {
		return err
	}
	err = d.end(ctx, r)
	if errors.Is(err, daemon.ErrNotRunning) {
		return d.say("hostwrightd does not run")
	}
	if err != nil {
		return err
	}
	return d.say("hostwrightd stopped; nobody watches the containers until the next command starts it again")
}

// end stops hostwrightd, and says what that waits for.
func (d *daemonCommand) end(ctx context.Context, r daemon.Remote) error {
	if s, err := r.Status(ctx); err == nil {
		for _, o := range s.Operations {
			if err := d.say("waiting a while for `%s` of project %s (pid %d)", view.Safe(o.Command), view.Safe(o.Project), o.PID); err != nil {
				return err
			}
		}
	}
	return r.Stop(ctx)
}

func (d *daemonCommand) restart(ctx context.Context) error {
	r, err := d.remote()
	if err != nil {
		return err
	}
	if err := d.end(ctx, r); err != nil && !errors.Is(err, daemon.ErrNotRunning) {
		return err
	}
	return d.start(ctx)
}

// status has exit code 1 when hostwrightd does not run, so that scripts can ask.
func (d *daemonCommand) status(ctx context.Context, format string) error {
	if err := oneFormatOf(format, "table", "json"); err != nil {
		return err
	}
	r, err := d.remote()
	if err != nil {
		return err
	}
	s, err := r.Status(ctx)
	if errors.Is(err, daemon.ErrNotRunning) {
		if off, _ := daemon.Off(d.app.lookup); off {
			return fmt.Errorf("%w, and %s is off", err, daemon.Variable)
		}
		return err
	}
	if err != nil {
		return err
	}
	if format == "json" {
		return json.NewEncoder(d.app.Streams.Out).Encode(s)
	}
	if err := d.say("hostwrightd %s, pid %d, since %s, runtime %s", s.Version, s.PID, s.Since.Local().Format("2006-01-02 15:04:05"), s.Runtime); err != nil {
		return err
	}
	for _, o := range s.Operations {
		if err := d.say("carries out `%s` of project %s (pid %d), since %s", view.Safe(o.Command), view.Safe(o.Project), o.PID, o.Since.Local().Format(time.TimeOnly)); err != nil {
			return err
		}
	}
	w := tabwriter.NewWriter(d.app.Streams.Out, 0, 0, 3, ' ', 0)
	if len(s.Projects) > 0 {
		_, _ = fmt.Fprintln(w, "PROJECT\tRUNNING\tTO BE RESTARTED\tDIRECTORY")
	}
	for _, p := range s.Projects {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", view.Safe(p.Project), p.Running, p.Pending, view.Safe(p.Dir))
	}
	return w.Flush()
}

func (d *daemonCommand) logs(context.Context) error {
	r, err := d.remote()
	if err != nil {
		return err
	}
	for _, path := range daemon.LogPaths(r.State) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = io.Copy(d.app.Streams.Out, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (d *daemonCommand) say(format string, args ...any) error {
	_, err := fmt.Fprintf(d.app.Streams.Out, format+"\n", args...)
	return err
}
