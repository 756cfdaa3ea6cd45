// Command hostwrightd is the part of Hostwright compose that stays when a command has returned: it records what each
// container writes and how it ends. It is started by hostwright, beside which it lies.
package main

import (
	"fmt"
	"os"

	"github.com/hostwright/compose/orchestrate/daemon"
	"github.com/hostwright/compose/orchestrate/record"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "record" {
		os.Exit(record.Main(os.Args[2:], daemon.OpenAdapter))
	}
	fmt.Fprintln(os.Stderr, "usage: hostwrightd record [options]\n\nhostwrightd is started by hostwright; there is nothing to run by hand. See docs/recorder.md.")
	os.Exit(2)
}
