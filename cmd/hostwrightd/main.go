// Command hostwrightd is the part of Hostwright compose that stays when a command has returned. As `serve` it watches
// projects: restart policies, health, names, drift. As `record`, one process for each container, it records what the
// container writes and how it ends. It is started by hostwright, beside which it lies.
package main

import (
	"os"

	"github.com/hostwright/compose/orchestrate/daemon"
)

func main() { os.Exit(daemon.Hostwrightd(os.Args[1:])) }
