package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

// composeVersion is the version of Docker Compose whose behaviour this program has: scripts read it to find out what
// they can ask for.
const composeVersion = "v5.6.0"

func newVersion(c *composeCommand) *cobra.Command {
	var format string
	var short bool
	cmd := &cobra.Command{
		Use:   "version [OPTIONS]",
		Short: "Show the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return printVersion(c.app, format, short)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "pretty", "pretty or json")
	cmd.Flags().BoolVar(&short, "short", false, "Only the number of the Docker Compose version")
	return cmd
}

// printVersion prints one line, in the shape of Docker Compose's. It asks no runtime, so it never fails or waits.
func printVersion(app *App, format string, short bool) error {
	out := app.Streams.Out
	switch {
	case short:
		_, err := fmt.Fprintln(out, composeVersion[1:])
		return err
	case format == "json":
		return json.NewEncoder(out).Encode(struct {
			Version    string `json:"version"`
			Hostwright string `json:"hostwright"`
		}{composeVersion, app.Version})
	case format == "pretty" || format == "":
		_, err := fmt.Fprintf(out, "Docker Compose version %s (Hostwright compose %s)\n", composeVersion, app.Version)
		return err
	}
	return &usageError{message: fmt.Sprintf("unsupported format %q", format), hint: "pretty or json"}
}

// newProgramVersion is "hostwright version": this program, and the runtime where it answers.
func newProgramVersion(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the versions of Hostwright compose and of the runtime",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := app.Streams.Out
			if _, err := fmt.Fprintf(out, "Hostwright compose %s (as Docker Compose %s)\n", app.Version, composeVersion); err != nil {
				return err
			}
			client, err := app.Client()
			if err != nil {
				_, err = fmt.Fprintf(out, "runtime: %s\n", problem(err).What)
				return err
			}
			v, err := client.Versions(cmd.Context())
			switch {
			case err != nil:
				_, err = fmt.Fprintf(out, "runtime: %s\n", problem(err).What)
			case v.Version.Server == "":
				_, err = fmt.Fprintf(out, "%s %s (its services do not answer)\n", v.Name, v.Version.Client)
			default:
				_, err = fmt.Fprintf(out, "%s %s (services %s)\n", v.Name, v.Version.Client, v.Version.Server)
			}
			return err
		},
	}
}
