//go:build linux

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/BurntSushi/toml"
	"github.com/hostwright/compose/e2e/container/argv"
)

// systemConfig is config.toml with the runtime's defaults (reference 7.2). What the stand-in obeys: the sizes of containers
// and of the builder, build.rosetta, dns.domain. The others are only shown; their values are made up.
type systemConfig struct {
	Build     buildConfig      `json:"build" toml:"build"`
	Container sizeConfig       `json:"container" toml:"container"`
	DNS       domainConfig     `json:"dns" toml:"dns"`
	Kernel    kernelConfig     `json:"kernel" toml:"kernel"`
	Machine   sizeConfig       `json:"machine" toml:"machine"`
	Network   subnetConfig     `json:"network" toml:"network"`
	Registry  registryConfig   `json:"registry" toml:"registry"`
	Vminit    guestAgentConfig `json:"vminit" toml:"vminit"`
}

type buildConfig struct {
	CPUs    int64  `json:"cpus" toml:"cpus"`
	Memory  string `json:"memory" toml:"memory"`
	Image   string `json:"image" toml:"image"`
	Rosetta bool   `json:"rosetta" toml:"rosetta"`
}

type sizeConfig struct {
	CPUs   int64  `json:"cpus" toml:"cpus"`
	Memory string `json:"memory" toml:"memory"`
}

type domainConfig struct {
	Domain string `json:"domain,omitempty" toml:"domain,omitempty"`
}

type kernelConfig struct {
	BinaryPath string `json:"binaryPath" toml:"binaryPath"`
	URL        string `json:"url" toml:"url"`
	Digest     string `json:"digest,omitempty" toml:"digest,omitempty"`
}

type subnetConfig struct {
	Subnet   string `json:"subnet,omitempty" toml:"subnet,omitempty"`
	SubnetV6 string `json:"subnetv6,omitempty" toml:"subnetv6,omitempty"`
}

type registryConfig struct {
	Domain string `json:"domain" toml:"domain"`
}

type guestAgentConfig struct {
	Image string `json:"image" toml:"image"`
}

func defaultConfig() systemConfig {
	return systemConfig{
		Build:     buildConfig{CPUs: builderCPUs, Memory: builderMemory, Image: builderImage, Rosetta: true},
		Container: sizeConfig{CPUs: defaultCPUs, Memory: defaultMemory},
		Kernel:    kernelConfig{BinaryPath: "opt/stand-in/vmlinux", URL: "https://stand-in.invalid/kernel.tar"},
		Machine:   sizeConfig{CPUs: defaultCPUs, Memory: defaultMemory},
		Registry:  registryConfig{Domain: dockerHub},
		Vminit:    guestAgentConfig{Image: "ghcr.io/apple/containerization/vminit:stand-in"},
	}
}

// configFile is the copy of the user's config.toml that counts: made by `system start`.
func (c *call) configFile() string { return filepath.Join(c.appRoot(), "config", "config.toml") }

// readConfig gives the defaults with what a config.toml changes of them; a missing one changes nothing.
func readConfig(path string) (systemConfig, error) {
	config := defaultConfig()
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return config, nil
	}
	if err == nil {
		err = toml.Unmarshal(data, &config)
	}
	if err != nil {
		return config, fmt.Errorf("read %s: %w", path, err)
	}
	for _, size := range []string{config.Build.Memory, config.Container.Memory} {
		if _, err := parseSize(size); err != nil {
			return config, fmt.Errorf("read %s: %w", path, err)
		}
	}
	return config, nil
}

// userConfigFile is where the user's config.toml lies.
func (c *call) userConfigFile() string {
	folder := c.environment("XDG_CONFIG_HOME")
	if folder == "" {
		folder = filepath.Join(c.environment("HOME"), ".config")
	}
	return filepath.Join(folder, "container", "config.toml")
}

// adoptConfig copies the user's config.toml, as the start of the services does; one that cannot be read stops the start.
func (c *call) adoptConfig() error {
	if _, err := readConfig(c.userConfigFile()); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.configFile()), 0o700); err != nil {
		return fmt.Errorf("copy configuration: %w", err)
	}
	data, err := os.ReadFile(c.userConfigFile())
	if errors.Is(err, fs.ErrNotExist) {
		return removeIfThere(c.configFile())
	}
	if err == nil {
		err = writeByRename(c.configFile(), data)
	}
	if err != nil {
		return fmt.Errorf("copy configuration: %w", err)
	}
	return nil
}

func (c *call) propertyCommand() *argv.Command {
	format := argv.Option{Names: []string{"format"}, Default: "toml", Choices: []string{"json", "toml"}, Help: "Format of the output"}
	list := &argv.Command{
		Name: "list", Aliases: []string{"ls"}, Abstract: "List system properties", Options: []argv.Option{format, debugOption()},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.emitList(in.String("format"), false, c.config, nil, nil)
		}),
	}
	return &argv.Command{
		Name: "property", Aliases: []string{"p"}, Abstract: "Manage system property values", Options: []argv.Option{debugOption()},
		Commands: []*argv.Command{list},
	}
}

// dnsCommand has the list of the local domains, which is empty: to make one takes root, and the stand-in's user has none.
func (c *call) dnsCommand() *argv.Command {
	name := []argv.Arg{{Name: "domain-name", Help: "The local domain name"}}
	refuse := func(verb string) func(*argv.Invocation) error {
		return func(*argv.Invocation) error {
			return fail(codeInvalidState, "cannot %s domain (try sudo?)", verb)
		}
	}
	create := &argv.Command{
		Name: "create", Abstract: "Create a local DNS domain for containers (must run as an administrator)", Args: name,
		Options: []argv.Option{text("Set the ip address to be redirected to localhost", "localhost"), debugOption()},
		Run:     c.withServices(refuse("create")),
	}
	remove := &argv.Command{
		Name: "delete", Aliases: []string{"rm"}, Abstract: "Delete a local DNS domain (must run as an administrator)", Args: name,
		Options: []argv.Option{debugOption()}, Run: c.withServices(refuse("delete")),
	}
	list := &argv.Command{
		Name: "list", Aliases: []string{"ls"}, Abstract: "List local DNS domains",
		Options: []argv.Option{formatOption(), quietOption(), debugOption()},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.emitList(in.String("format"), in.Bool("quiet"), []string{}, nil, [][]string{{"DOMAIN"}})
		}),
	}
	return &argv.Command{
		Name: "dns", Abstract: "Manage local DNS domains", Options: []argv.Option{debugOption()},
		Commands: []*argv.Command{create, remove, list},
	}
}
