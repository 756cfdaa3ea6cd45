//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/hostwright/compose/e2e/container/argv"
)

// buildAsk is the command line of build, judged.
type buildAsk struct {
	context    string
	dockerfile string // absolute, or "-" for stdin
	tags       []string
	arguments  []string
	labels     []string
	target     string
	noCache    bool
	pull       bool
	quiet      bool
	platforms  []string
	oses       []string
	arches     []string
	outputs    []string
	secrets    map[string]buildSecret
	ssh        bool
	builder    builderAsk
}

// buildSecret is a value out of the environment, or a file that is read when the build begins.
type buildSecret struct {
	value []byte
	file  string
}

func (c *call) buildCommand() *argv.Command {
	return &argv.Command{
		Name: "build", Abstract: "Build an image from a Dockerfile or Containerfile",
		Options: append(c.buildOptions(), append(dnsOptions(), debugOption())...),
		Args:    []argv.Arg{{Name: "context-dir", Optional: true, Default: ".", Help: "Build directory"}},
		Validate: func(in *argv.Invocation) error {
			_, err := c.buildAskOf(in)
			return err
		},
		Run: c.withServices(func(in *argv.Invocation) error {
			ask, err := c.buildAskOf(in)
			if err != nil {
				return err
			}
			return c.build(ask)
		}),
	}
}

func (c *call) buildOptions() []argv.Option {
	options := []argv.Option{
		{Names: []string{"a", "arch"}, Value: "value", Repeat: true, Help: "Add the architecture type to the build"},
		{Names: []string{"build-arg"}, Value: "key=val", Repeat: true, Help: "Set build-time variables"},
		{Names: []string{"cache-in"}, Value: "value", Repeat: true, Hidden: true, Help: "Cache imports for the build"},
		{Names: []string{"cache-out"}, Value: "value", Repeat: true, Hidden: true, Help: "Cache exports for the build"},
		{Names: []string{"c", "cpus"}, Kind: argv.Int64, Help: "Number of CPUs to allocate to the builder container"},
		{Names: []string{"f", "file"}, Value: "path", Help: "Path to Dockerfile"},
		{Names: []string{"l", "label"}, Value: "key=val", Repeat: true, Help: "Set a label"},
		{Names: []string{"m", "memory"}, Help: "Amount of builder container memory (1MiByte granularity), with optional K, M, G, T, or P suffix"},
		{Names: []string{"no-cache"}, Kind: argv.Flag, Help: "Do not use cache"},
		{Names: []string{"o", "output"}, Value: "value", Repeat: true, Help: "Output configuration for the build (format: type=<oci|tar|local>[,dest=])"},
		{Names: []string{"os"}, Value: "value", Repeat: true, Help: "Add the OS type to the build"},
		{Names: []string{"platform"}, Repeat: true, Help: "Add the platform to the build (format: os/arch[/variant], takes precedence over --os and --arch) [environment: CONTAINER_DEFAULT_PLATFORM]"},
		{Names: []string{"progress"}, Value: "type", Default: "auto", Choices: []string{"auto", "plain", "tty"}, Help: "Progress type (format: auto|plain|tty)"},
		{Names: []string{"q", "quiet"}, Kind: argv.Flag, Help: "Suppress build output"},
		{Names: []string{"secret"}, Value: "id=key,...", Repeat: true, Help: "Set build-time secrets (format: id=<key>[,env=<ENV_VAR>|,src=<local/path>])"},
		{Names: []string{"t", "tag"}, Value: "name", Repeat: true, Help: "Name for the built image"},
		{Names: []string{"target"}, Value: "stage", Help: "Set the target build stage"},
		{Names: []string{"vsock-port"}, Value: "port", Kind: argv.Uint32, Default: "8088", Help: "Builder shim vsock port"},
		{Names: []string{"pull"}, Kind: argv.Flag, Help: "Pull latest image"},
	}
	if c.version.atLeast(1, 2, 1) {
		options = append(options, argv.Option{Names: []string{"ssh"}, Value: "default", Help: "Forward SSH agent authentication to the build (format: default)"})
	}
	return options
}

// dnsOptions are the resolver flags of build and builder start.
func dnsOptions() []argv.Option {
	return []argv.Option{
		{Names: []string{"dns"}, Value: "ip", Repeat: true, Help: "DNS nameserver IP address"},
		{Names: []string{"dns-domain"}, Value: "domain", Help: "Default DNS domain"},
		{Names: []string{"dns-option"}, Value: "option", Repeat: true, Help: "DNS options"},
		{Names: []string{"dns-search"}, Value: "domain", Repeat: true, Help: "DNS search domains"},
	}
}

// buildAskOf judges the command line in the runtime's order; what is wrong here exits with 64.
func (c *call) buildAskOf(in *argv.Invocation) (buildAsk, error) {
	ask := buildAsk{
		context: c.absolute(in.Arg("context-dir")), tags: in.Strings("tag"), arguments: in.Strings("build-arg"), labels: in.Strings("label"),
		target: in.String("target"), noCache: in.Bool("no-cache"), pull: in.Bool("pull"), quiet: in.Bool("quiet"),
		platforms: commaLists(in.Strings("platform")), oses: commaLists(in.Strings("os")), arches: commaLists(in.Strings("arch")),
		outputs: in.Strings("output"), secrets: map[string]buildSecret{},
		builder: builderAsk{memory: in.String("memory"), dns: in.Strings("dns")},
	}
	if in.Given("cpus") {
		cpus := in.Int("cpus")
		ask.builder.cpus = &cpus
	}
	if len(ask.tags) == 0 {
		ask.tags = []string{newUUID()}
	}
	if len(ask.outputs) == 0 {
		ask.outputs = []string{"type=oci"}
	}
	if _, err := os.Stat(ask.context); err != nil {
		return ask, argv.Refuse("context dir does not exist %s", in.Arg("context-dir"))
	}
	for _, tag := range ask.tags {
		if _, err := parseReference(tag); err != nil {
			return ask, argv.Refuse("invalid reference %s", tag)
		}
	}
	var err error
	if ask.dockerfile, err = c.findDockerfile(in, ask.context); err != nil {
		return ask, err
	}
	if err := c.readSecrets(&ask, in.Strings("secret")); err != nil {
		return ask, err
	}
	return ask, c.readSSH(&ask, in)
}

func commaLists(values []string) []string {
	var all []string
	for _, value := range values {
		for _, part := range strings.Split(value, ",") {
			if part != "" {
				all = append(all, part)
			}
		}
	}
	return all
}

// findDockerfile: --file is relative to the caller's directory and may lie outside the context; without it, Dockerfile and
// then Containerfile in the context.
func (c *call) findDockerfile(in *argv.Invocation, context string) (string, error) {
	if in.Given("file") {
		name := in.String("file")
		if name == "-" {
			return name, nil
		}
		if _, err := os.Stat(c.absolute(name)); err != nil {
			return "", argv.Refuse("dockerfile does not exist %s", name)
		}
		return c.absolute(name), nil
	}
	for _, name := range []string{"Dockerfile", "Containerfile"} {
		path := filepath.Join(context, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", argv.Refuse("dockerfile not found in context dir")
}

func (c *call) readSecrets(ask *buildAsk, values []string) error {
	for _, value := range values {
		first, rest, more := strings.Cut(value, ",")
		key, isID := strings.CutPrefix(first, "id=")
		if !isID {
			return argv.Refuse("secret must start with id=<key> %s", value)
		}
		if strings.Contains(key, "=") {
			return argv.Refuse("secret id cannot contain '=' %s", key)
		}
		variable, fromEnvironment := strings.CutPrefix(rest, "env=")
		file, fromFile := strings.CutPrefix(rest, "src=")
		if !more {
			variable, fromEnvironment = key, true
		}
		switch {
		case fromEnvironment:
			text, set := c.lookup(variable)
			if !set {
				return argv.Refuse("secret env var doesn't exist %s", variable)
			}
			ask.secrets[key] = buildSecret{value: []byte(text)}
		case fromFile:
			ask.secrets[key] = buildSecret{file: c.absolute(file)}
		default:
			return argv.Refuse("secret bad value %s", rest)
		}
	}
	return nil
}

func (c *call) readSSH(ask *buildAsk, in *argv.Invocation) error {
	if !c.version.atLeast(1, 2, 1) {
		return nil
	}
	switch in.String("ssh") {
	case "":
		return nil
	case "default":
		if c.environment("SSH_AUTH_SOCK") == "" {
			return argv.Refuse("--ssh default requires SSH_AUTH_SOCK to be set")
		}
		ask.ssh, ask.builder.ssh = true, true
		return nil
	}
	return argv.Refuse("only --ssh default is currently supported")
}
