//go:build linux

package main

import (
	"fmt"

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
		{Names: []string{"c", "cpus"}, Kind: argv.Int64, Default: fmt.Sprint(c.config.Container.CPUs), Help: "Number of CPUs to allocate to the container"},
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
		{Names: []string{"m", "memory"}, Default: c.config.Container.Memory, Help: "Amount of memory (1MiByte granularity), with optional K, M, G, T, or P suffix"},
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
