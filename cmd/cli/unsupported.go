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
	{"bridge", "it turns projects into files for other platforms by images of Docker", "use Docker Compose for it"},
	{"commit", "Apple container cannot make an image of a container", "write a Dockerfile"},
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
