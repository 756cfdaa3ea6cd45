//go:build linux

package main

import (
	"fmt"
	"os"

	"github.com/hostwright/compose/e2e/container/argv"
)

func flag(help string, names ...string) argv.Option {
	return argv.Option{Names: names, Kind: argv.Flag, Help: help}
}

func text(help string, names ...string) argv.Option { return argv.Option{Names: names, Help: help} }

func repeated(help string, names ...string) argv.Option {
	return argv.Option{Names: names, Repeat: true, Help: help}
}

// processOptions are the flags of a process: run, create and exec take them.
func processOptions() []argv.Option {
	return []argv.Option{
		repeated("Set environment variables (format: key=value, or just key to inherit from host)", "e", "env"),
		repeated("Read in a file of environment variables (key=value format, ignores # comments and blank lines)", "env-file"),
		{Names: []string{"gid"}, Kind: argv.Uint32, Help: "Set the group ID for the process"},
		flag("Keep the standard input open even if not attached", "i", "interactive"),
		flag("Open a TTY with the process", "t", "tty"),
		repeated("Set resource limits (format: <type>=<soft>[:<hard>])", "ulimit"),
		text("Set the user for the process (format: name|uid[:gid])", "u", "user"),
		{Names: []string{"uid"}, Kind: argv.Uint32, Help: "Set the user ID for the process"},
		text("Set the initial working directory inside the container", "w", "workdir", "cwd"),
	}
}

// managementOptions are the flags that run and create share beside those of the process (reference 2.1).
func (c *call) managementOptions() []argv.Option {
	options := []argv.Option{
		text("Set arch if image can target multiple architectures", "a", "arch"),
		repeated("Add a Linux capability (e.g. CAP_NET_RAW, or ALL)", "cap-add"),
		repeated("Drop a Linux capability (e.g. CAP_NET_RAW, or ALL)", "cap-drop"),
		text("Write the container ID to the path provided", "cidfile"),
		{Names: []string{"c", "cpus"}, Kind: argv.Int64, Default: fmt.Sprint(defaultCPUs), Help: "Number of CPUs to allocate to the container"},
		flag("Run the container and detach from the process", "d", "detach"),
		{Names: []string{"dns"}, Repeat: true, Value: "ip", Help: "DNS nameserver IP address"},
		{Names: []string{"dns-domain"}, Value: "domain", Help: "Default DNS domain"},
		{Names: []string{"dns-option"}, Repeat: true, Value: "option", Help: "DNS options"},
		{Names: []string{"dns-search"}, Repeat: true, Value: "domain", Help: "DNS search domains"},
		{Names: []string{"entrypoint"}, Value: "cmd", Help: "Override the entrypoint of the image"},
		flag("Run an init process inside the container that forwards signals and reaps processes", "init"),
		text("Use a custom init image instead of the default", "init-image"),
		text("Set a custom kernel path", "k", "kernel"),
		repeated("Add a key=value label to the container", "l", "label"),
		{Names: []string{"m", "memory"}, Default: defaultMemory, Help: "Amount of memory (1MiByte granularity), with optional K, M, G, T, or P suffix"},
		repeated("Add a mount to the container (format: type=<>,source=<>,target=<>,readonly)", "mount"),
		text("Use the specified name as the container ID", "name"),
		repeated("Attach the container to a network (format: <name>[,mac=XX:XX:XX:XX:XX:XX][,mtu=VALUE])", "network"),
		flag("Do not configure DNS in the container", "no-dns"),
		text("Set OS if image can target multiple operating systems", "os"),
		repeated("Publish a port from container to host (format: [host-ip:]host-port:container-port[/protocol])", "p", "publish"),
		text("Platform for the image if it's multi-platform", "platform"),
		repeated("Publish a socket from container to host (format: host_path:container_path)", "publish-socket"),
		flag("Mount the container's root filesystem as read-only", "read-only"),
		flag("Remove the container after it stops", "rm", "remove"),
		flag("Enable Rosetta in the container", "rosetta"),
		{Names: []string{"runtime"}, Default: "container-runtime-linux", Help: "Set the runtime handler for the container"},
		flag("Forward SSH agent socket to container", "ssh"),
		text("Size of /dev/shm", "shm-size"),
		repeated("Add a tmpfs mount to the container at the given path", "tmpfs"),
		flag("Expose virtualization capabilities to the container", "virtualization"),
		repeated("Bind mount a volume into the container", "v", "volume"),
	}
	if c.version.atLeast(1, 2, 0) {
		options = append(options, repeated("Add a kernel argument", "kernel-arg"))
	}
	if c.version.atLeast(1, 2, 1) {
		options = append(options, repeated("Mask a path, or NONE", "masked-path"), repeated("Make a path read-only, or NONE", "read-only-path"))
	}
	return options
}

// registryOptions are the flags of a pull.
func (c *call) registryOptions() []argv.Option {
	scheme := argv.Option{Names: []string{"scheme"}, Default: "https", Help: "Scheme to use when connecting to the container registry"}
	if !c.version.atLeast(1, 3, 0) {
		scheme.Default = "auto"
	}
	return []argv.Option{scheme,
		{Names: []string{"max-concurrent-downloads"}, Kind: argv.Int64, Default: "3", Help: "Maximum number of concurrent downloads"},
	}
}

// checkCreate refuses combinations while the command line is parsed: exit 64.
func checkCreate(in *argv.Invocation) error {
	if in.Bool("no-dns") && (in.Given("dns") || in.Given("dns-domain") || in.Given("dns-option") || in.Given("dns-search")) {
		return argv.Refuse("`--no-dns` cannot be used with `--dns`, `--dns-domain`, `--dns-option` or `--dns-search`")
	}
	if in.Int("max-concurrent-downloads") < 1 {
		return argv.Refuse("Maximum number of concurrent downloads must be greater than 0, got %d", in.Int("max-concurrent-downloads"))
	}
	return nil
}

func createAskOf(in *argv.Invocation) createAsk {
	return createAsk{
		name: in.String("name"), image: in.Arg("image"), arguments: in.Args("arguments"),
		env: in.Strings("env"), envFiles: in.Strings("env-file"), user: in.String("user"), uid: number(in, "uid"), gid: number(in, "gid"),
		interactive: in.Bool("interactive"), tty: in.Bool("tty"), workdir: in.String("workdir"), ulimits: in.Strings("ulimit"),
		cpus: in.Int("cpus"), memory: in.String("memory"), platform: in.String("platform"), os: in.String("os"), arch: in.String("arch"),
		capAdd: in.Strings("cap-add"), capDrop: in.Strings("cap-drop"), cidfile: in.String("cidfile"),
		dns: in.Strings("dns"), dnsOptions: in.Strings("dns-option"), dnsSearch: in.Strings("dns-search"), dnsDomain: in.String("dns-domain"),
		noDNS: in.Bool("no-dns"), entrypoint: in.String("entrypoint"), init: in.Bool("init"), kernel: in.String("kernel"),
		kernelArgs: optional(in, "kernel-arg"),
		initImage:  in.String("init-image"), labels: in.Strings("label"), maskedPaths: optional(in, "masked-path"),
		readOnlyPaths: optional(in, "read-only-path"), tmpfs: in.Strings("tmpfs"), volumes: in.Strings("volume"), mounts: in.Strings("mount"),
		networks: in.Strings("network"), publish: in.Strings("publish"), sockets: in.Strings("publish-socket"), readOnly: in.Bool("read-only"),
		remove: in.Bool("rm"), rosetta: in.Bool("rosetta"), ssh: in.Bool("ssh"), runtime: in.String("runtime"),
		shmSize: in.String("shm-size"), virtualization: in.Bool("virtualization"),
		pull: pullOptions{scheme: in.String("scheme"), maxConcurrent: in.Int("max-concurrent-downloads")},
	}
}

// optional reads an option that only some versions declare.
func optional(in *argv.Invocation, name string) []string {
	for _, option := range in.Command().Options {
		if option.Names[len(option.Names)-1] == name {
			return in.Strings(name)
		}
	}
	return nil
}

func number(in *argv.Invocation, name string) *uint32 {
	if !in.Given(name) {
		return nil
	}
	value := uint32(in.Int(name))
	return &value
}

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
