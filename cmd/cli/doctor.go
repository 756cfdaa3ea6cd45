package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate/daemon"
	"github.com/hostwright/compose/orchestrate/doctor"
)

// newDoctor is "hostwright doctor": what keeps this machine from running projects well.
func newDoctor(app *App) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "doctor [OPTIONS]",
		Short: "Look for what is wrong with the runtime, the network and the projects",
		Long: "doctor asks the runtime, the resolvers and published ports of running containers, and Hostwright's own files, and says\n" +
			"what is wrong and what to do. It changes nothing. The exit code is 1 when a check failed.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return examine(cmd.Context(), app, format) },
	}
	cmd.Flags().StringVar(&format, "format", "table", "table or json")
	return cmd
}

func examine(ctx context.Context, app *App, format string) error {
	if err := oneFormatOf(format, "table", "json"); err != nil {
		return err
	}
	runtime, err := app.Adapter()
	if err != nil {
		return err
	}
	state, err := daemon.StateDir(app.lookup)
	if err != nil {
		return err
	}
	results := doctor.Run(ctx, doctor.World{
		Adapter: runtime, State: state,
		Daemon: func(ctx context.Context) (string, error) { return daemonState(ctx, app, daemon.Remote{State: state}) },
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	if format == "json" {
		err = json.NewEncoder(app.Streams.Out).Encode(results)
	} else {
		err = view.Checkup(app.Streams.Out, results, view.Colours(app.Streams.OutTerminal && app.env("NO_COLOR") == ""))
	}
	if err != nil {
		return err
	}
	for _, r := range results {
		if r.State == doctor.Failed {
			return exitCode(exitFailure)
		}
	}
	return nil
}

// daemonState says in one line what hostwrightd does.
func daemonState(ctx context.Context, app *App, r daemon.Remote) (string, error) {
	if off, err := daemon.Off(app.lookup); err != nil || off {
		return "kept off by " + daemon.Variable + ": nobody watches", err
	}
	status, err := r.Status(ctx)
	switch {
	case errors.Is(err, daemon.ErrNotRunning):
		return "does not run; the next command that starts a container starts it", nil
	case err != nil:
		return "", err
	}
	return fmt.Sprintf("pid %d watches %d projects", status.PID, len(status.Projects)), nil
}
