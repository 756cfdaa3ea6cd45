//go:build linux

package main

import (
	"os"

	"github.com/hostwright/compose/e2e/container/argv"
)

func (c *call) containerCommands() []*argv.Command {
	return []*argv.Command{
		c.createCommand(), c.runCommand(), c.startCommand(), c.stopCommand(), c.killCommand(), c.deleteCommand(), c.listCommand(),
		c.inspectCommand(), c.execCommand(), c.logsCommand(), c.statsCommand(), c.copyCommand(), c.exportCommand(),
		c.pruneCommand("containers", c.pruneContainers),
	}
}

var imageArgs = []argv.Arg{
	{Name: "image", Help: "Image name"},
	{Name: "arguments", Capture: true, Optional: true, Help: "Container init process arguments"},
}

func (c *call) createOptions() []argv.Option {
	options := append(processOptions(), c.managementOptions()...)
	return append(options, c.registryOptions()...)
}

func (c *call) createCommand() *argv.Command {
	return &argv.Command{
		Name: "create", Abstract: "Create a new container", Options: append(c.createOptions(), debugOption()), Args: imageArgs, Validate: checkCreate,
		Run: c.withServices(func(in *argv.Invocation) error {
			ask := createAskOf(in)
			id, err := c.createContainer(ask, false)
			if err == nil {
				err = c.writeCIDFile(ask.cidfile, id)
			}
			if err != nil {
				return err
			}
			c.print(id)
			return nil
		}),
	}
}

func (c *call) writeCIDFile(path, id string) error {
	if path == "" {
		return nil
	}
	if err := os.WriteFile(c.absolute(path), []byte(id), 0o644); err != nil {
		return fail(codeInternalError, "failed to create cidfile at %s", path).because(err)
	}
	return nil
}

func (c *call) runCommand() *argv.Command {
	progress := argv.Option{
		Names: []string{"progress"}, Value: "type", Default: "auto", Choices: []string{"auto", "none", "ansi", "plain", "color"},
		Help: "Progress type",
	}
	return &argv.Command{
		Name: "run", Abstract: "Run a container", Options: append(c.createOptions(), progress, debugOption()), Args: imageArgs, Validate: checkCreate,
		Run: c.withServices(func(in *argv.Invocation) error {
			ask := createAskOf(in)
			ask.pull.progress = in.String("progress")
			return c.runContainer(ask, in.Bool("detach"))
		}),
	}
}

// runContainer creates and starts; any failure after the creation deletes the container again (reference 2.2).
func (c *call) runContainer(ask createAsk, detach bool) error {
	id, err := c.createContainer(ask, true)
	if err != nil {
		return err
	}
	attached, err := c.startContainer(id, startAsk{attach: !detach, interactive: ask.interactive && !detach})
	if err == nil {
		err = c.writeCIDFile(ask.cidfile, id)
	}
	if err != nil {
		if _, deleteErr := c.deleteOne(id, true, false); deleteErr != nil {
			c.log("failed to delete container: %s", deleteErr)
		}
		return err
	}
	if detach {
		c.print(id)
		return nil
	}
	return attached.follow()
}

func (c *call) startCommand() *argv.Command {
	return &argv.Command{
		Name: "start", Abstract: "Start a container",
		Options: []argv.Option{
			flag("Attach stdout/stderr", "a", "attach"), flag("Attach stdin", "i", "interactive"), debugOption(),
		},
		Args: []argv.Arg{{Name: "container-id", Help: "Container ID"}},
		Run: c.withServices(func(in *argv.Invocation) error {
			id := in.Arg("container-id")
			attached, err := c.startContainer(id, startAsk{attach: in.Bool("attach"), interactive: in.Bool("interactive")})
			if err != nil {
				return err
			}
			if attached != nil {
				return attached.follow()
			}
			c.print(id)
			return nil
		}),
	}
}

var idArgs = []argv.Arg{{Name: "container-ids", Optional: true, Repeat: true, Help: "Container IDs"}}

func (c *call) stopCommand() *argv.Command {
	return &argv.Command{
		Name: "stop", Abstract: "Stop one or more running containers",
		Options: []argv.Option{
			flag("Stop all running containers", "a", "all"), text("Signal to send to the containers", "s", "signal"),
			{Names: []string{"t", "time"}, Kind: argv.Int32, Default: "5", Help: "Seconds to wait before killing the containers"}, debugOption(),
		},
		Args: idArgs,
		Run: c.withServices(func(in *argv.Invocation) error {
			ids, err := c.targets(in.Args("container-ids"), in.Bool("all"))
			if err != nil {
				return err
			}
			return c.stopContainers(ids, stopRequest{signal: in.String("signal"), seconds: int(in.Int("time"))})
		}),
	}
}

func (c *call) killCommand() *argv.Command {
	return &argv.Command{
		Name: "kill", Abstract: "Kill or signal one or more running containers",
		Options: []argv.Option{
			flag("Kill or signal all running containers", "a", "all"),
			{Names: []string{"s", "signal"}, Default: "KILL", Help: "Signal to send to the containers"}, debugOption(),
		},
		Args: idArgs,
		Run: c.withServices(func(in *argv.Invocation) error {
			ids, err := c.targets(in.Args("container-ids"), in.Bool("all"))
			if err != nil {
				return err
			}
			return c.killContainers(ids, in.String("signal"))
		}),
	}
}

func (c *call) deleteCommand() *argv.Command {
	return &argv.Command{
		Name: "delete", Aliases: []string{"rm"}, Abstract: "Delete one or more containers",
		Options: []argv.Option{
			flag("Delete all containers", "a", "all"), flag("Delete containers even if they are running", "f", "force"), debugOption(),
		},
		Args: idArgs,
		Run: c.withServices(func(in *argv.Invocation) error {
			ids, err := c.targets(in.Args("container-ids"), in.Bool("all"))
			if err != nil {
				return err
			}
			return c.deleteContainers(ids, in.Bool("all"), in.Bool("force"))
		}),
	}
}

func (c *call) listCommand() *argv.Command {
	return &argv.Command{
		Name: "list", Aliases: []string{"ls"}, Abstract: "List containers",
		Options: []argv.Option{flag("Include containers that are not running", "a", "all"), formatOption(), quietOption(), debugOption()},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.listContainers(in.Bool("all"), in.String("format"), in.Bool("quiet"))
		}),
	}
}

func (c *call) inspectCommand() *argv.Command {
	return &argv.Command{
		Name: "inspect", Abstract: "Display information about one or more containers", Options: []argv.Option{debugOption()},
		Args: []argv.Arg{{Name: "container-ids", Repeat: true, Help: "Container IDs to inspect"}},
		Run:  c.withServices(func(in *argv.Invocation) error { return c.inspectContainers(in.Args("container-ids")) }),
	}
}

func (c *call) execCommand() *argv.Command {
	return &argv.Command{
		Name: "exec", Abstract: "Run a new command in a running container",
		Options: append(processOptions(), flag("Run the process and detach from it", "d", "detach"), debugOption()),
		Args: []argv.Arg{
			{Name: "container-id", Help: "Container ID"}, {Name: "arguments", Capture: true, Help: "New process arguments"},
		},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.execInContainer(execAsk{
				id: in.Arg("container-id"), command: in.Args("arguments"), detach: in.Bool("detach"), interactive: in.Bool("interactive"),
				tty: in.Bool("tty"), env: in.Strings("env"), envFiles: in.Strings("env-file"), user: in.String("user"),
				workdir: in.String("workdir"), uid: number(in, "uid"), gid: number(in, "gid"),
			})
		}),
	}
}

func (c *call) logsCommand() *argv.Command {
	return &argv.Command{
		Name: "logs", Abstract: "Fetch container logs",
		Options: []argv.Option{
			flag("Display the boot log for the container instead of stdio", "boot"), flag("Follow log output", "f", "follow"),
			{Names: []string{"n"}, Kind: argv.Int64, Help: "Number of lines to show from the end of the logs"}, debugOption(),
		},
		Args: []argv.Arg{{Name: "container-id", Help: "Container ID"}},
		Run: c.withServices(func(in *argv.Invocation) error {
			ask := logsAsk{id: in.Arg("container-id"), follow: in.Bool("follow")}
			if in.Bool("boot") {
				return fail(codeUnsupported, "the stand-in boots no virtual machine: there is no boot log")
			}
			if in.Given("n") {
				lines := in.Int("n")
				ask.lines = &lines
			}
			return c.containerLogs(ask)
		}),
	}
}
