// Command hostwrightd is the part of Hostwright compose that stays when a command has returned. As `serve` it watches
// projects: restart policies, health, names, drift. As `record`, one process for each container, it records what the
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
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		os.Exit(daemon.Main(os.Args[2:], daemon.BuildVersion()))
	}
	fmt.Fprintln(os.Stderr, "usage: hostwrightd serve|record [options]\n\nhostwrightd is started by hostwright; `hostwright daemon start` does it by hand. See docs/hostwrightd.md.")
	os.Exit(2)
}
