package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// unsupportedCommand is a command of Docker Compose that is not here. It exists, so that a script that calls it gets a
// reason and not "unknown command".
type unsupportedCommand struct{ use, reason, hint string }

const notYet = "it is not there yet"

// unsupportedList is in the order of Docker Compose's help.
var unsupportedList = []unsupportedCommand{
	{"attach", notYet, "`logs -f` follows the output, `exec` runs a shell beside the process"},
	{"bridge", "it turns projects into files for other platforms by images of Docker", "use Docker Compose for it"},
	{"commit", "Apple container cannot make an image of a container", "write a Dockerfile"},
	{"events", notYet, "`ps -a` and `logs -f` show what happens"},
	{"export", notYet, "`exec -T SERVICE tar -c /` gives the files of a running container"},
	{"pause", "Apple container cannot pause a container", "`down` and `up -d` free its memory, volumes stay"},
	{"publish", "compose files are not published to registries", "use Docker Compose for it"},
	{"unpause", "Apple container cannot pause a container", ""},
	{"watch", notYet, "`up -d --build` after a change does once what it does again and again"},
	{"alpha", "experiments of Docker Compose are not here", ""},
	{"convert", "Docker Compose has dropped it", "`config` does the same"},
}

func unsupportedCommands() []*cobra.Command {
	var out []*cobra.Command
	for _, u := range unsupportedList {
		out = append(out, &cobra.Command{
			Use: u.use, Short: "Not supported: " + u.reason, Hidden: true,
			DisableFlagParsing: true,
			RunE: func(*cobra.Command, []string) error {
				return &usageError{message: fmt.Sprintf("%s is not supported: %s", u.use, u.reason), hint: u.hint}
			},
		})
	}
	return out
}

// unsupportedFlag is a flag of Docker Compose that a command of ours does not have.
type unsupportedFlag struct {
	name   string
	value  bool // it takes a value
	reason string
	hint   string
}

var configUnsupported = []unsupportedFlag{
	{"hash", true, "hashes are Hostwright's own and depend on the ledger", "`plan` shows which containers differ, by field"},
	{"models", false, "models are not run", ""},
	{"variables", false, notYet, "`config --no-interpolate` shows where variables stand"},
	{"resolve-image-digests", false, notYet, "`container image inspect` shows digests"},
	{"lock-image-digests", false, notYet, "`container image inspect` shows digests"},
}

// addUnsupportedFlags makes flags known, so that they can be refused with a reason.
func addUnsupportedFlags(cmd *cobra.Command, flags []unsupportedFlag) {
	for _, u := range flags {
		if u.value {
			cmd.Flags().String(u.name, "", "Not supported: "+u.reason)
		} else {
			cmd.Flags().Bool(u.name, false, "Not supported: "+u.reason)
		}
		_ = cmd.Flags().MarkHidden(u.name)
	}
}

// refuseUnsupported is the error for the first of the flags that was given.
func refuseUnsupported(cmd *cobra.Command, flags []unsupportedFlag) error {
	for _, u := range flags {
		if cmd.Flags().Changed(u.name) {
			return &usageError{message: fmt.Sprintf("%s --%s is not supported: %s", cmd.Name(), u.name, u.reason), hint: u.hint}
		}
	}
	return nil
}
