// Command hostwright runs compose projects on Apple's container. All of it is in package cli.
package main

import (
	"os"

	"github.com/hostwright/compose/cmd/cli"
)

func main() { os.Exit(cli.Main(cli.System(), os.Args[1:])) }
