//go:build linux

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/hostwright/compose/e2e/container/argv"
)

// tree gives the whole command tree. Its groups and verbs are those of the runtime that the line needs; what is missing
// here is refused as an unknown plugin, as the runtime does with a word that it does not know.
func (c *call) tree() *argv.Command {
	plugin := &argv.Command{
		Hidden: true, Options: []argv.Option{debugOption()},
		Args: []argv.Arg{{Name: "remaining", Capture: true, Optional: true}},
		Run:  c.runPlugin,
	}
	root := &argv.Command{
		Name: "container", Abstract: "A container platform for macOS", Options: []argv.Option{debugOption()},
		Version:  fmt.Sprintf("container CLI version %s (build: release, commit: %s)", c.version, buildCommit[:7]),
		Commands: []*argv.Command{plugin}, Default: plugin,
	}
	root.Commands = append(root.Commands, c.containerCommands()...)
	root.Commands = append(root.Commands, c.imageCommands()...)
	root.Commands = append(root.Commands, c.imageCommand(), c.buildCommand(), c.builderCommand(), c.registryCommand(), c.volumeCommand(), c.systemCommand())
	if !c.day.has(troubleOldMacOS) {
		root.Commands = append(root.Commands, c.networkCommand())
	}
	if c.version.atLeast(1, 4, 0) {
		root.Commands = append(root.Commands, c.cleanCommand())
	}
	return root
}

// debugOption is the flag that every command takes.
func debugOption() argv.Option {
	return argv.Option{Names: []string{"debug"}, Kind: argv.Flag, Help: "Enable debug output [environment: CONTAINER_DEBUG]"}
}

// dispatch parses the command line and runs the command.
func (c *call) dispatch() error {
	if len(c.argv) > 0 {
		switch c.argv[0] {
		case destroyCommand:
			return c.destroy()
		case crashCommand:
			return c.crash()
		}
	}
	in, err := argv.Parse(c.tree(), c.argv)
	if err != nil {
		return err
	}
	command := in.Command()
	if command.Run == nil {
		_, err := argv.Parse(c.tree(), append(append([]string{}, c.argv...), "--help"))
		return err
	}
	return command.Run(c.ctx, in)
}

// usage is wrong usage that a command finds while it runs: exit 64.
func (c *call) usage(format string, args ...any) error {
	return argv.RefuseRunning(c.tree(), format, args...)
}

// needServices fails as every command but `system` does while the services are stopped.
func (c *call) needServices() error {
	if c.down() {
		return errDaemonDown
	}
	return nil
}

// withServices is the Run of a command that talks to the services.
func (c *call) withServices(run func(*argv.Invocation) error) func(context.Context, *argv.Invocation) error {
	return func(_ context.Context, in *argv.Invocation) error {
		if err := c.needServices(); err != nil {
			return err
		}
		if !c.version.atLeast(1, 0, 0) {
			return fail(codeUnsupported, "the stand-in plays runtime %s only as far as `system version` and `system status`", c.version)
		}
		return run(in)
	}
}

// runPlugin answers a first word that is no command: the runtime looks for a plugin of that name.
func (c *call) runPlugin(_ context.Context, in *argv.Invocation) error {
	words := in.Args("remaining")
	if len(words) == 0 {
		_, err := argv.Parse(c.tree(), []string{"--help"})
		return err
	}
	if strings.HasPrefix(words[0], "-") {
		return c.usage("Unknown option '%s'", words[0])
	}
	if c.down() {
		return c.usage("Plugins are unavailable. Start the container system services and retry:\n\n    container system start\n")
	}
	return c.usage("Plugin 'container-%s' not found.\n- If you meant to use a plugin, check its installation.", words[0])
}
