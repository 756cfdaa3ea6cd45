//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// The builder of the runtime is a container like others: it is listed, takes an address and memory, and is left running.
// Here the engine's own BuildKit builds, and this container does nothing but be there.
const (
	builderID       = "buildkit"
	builderProgram  = "/usr/local/bin/container-builder-shim"
	builderImage    = "ghcr.io/apple/container-builder-shim/builder:0.8.0"
	builderEngine   = "standin-builder:1"
	builderCPUs     = 2
	builderMemory   = "2048mb"
	builderPatience = 5
)

// builderAsk is how large a builder a build wants, and with which resolver.
type builderAsk struct {
	cpus       *int64
	memory     string
	dns        []string
	dnsDomain  string
	dnsSearch  []string
	dnsOptions []string
	ssh        bool
}

// builderMain is the process of the builder container: this same program under the shim's name. It ends when told to.
func builderMain() int {
	told := make(chan os.Signal, 1)
	signal.Notify(told, unix.SIGTERM, unix.SIGINT)
	<-told
	return 0
}

// isBuilderProgram says whether the program was started as the builder's process.
func isBuilderProgram(name string) bool { return filepath.Base(name) == filepath.Base(builderProgram) }

// ensureBuilder makes the builder run as asked for. From 1.2.1 one that differs is deleted first, its cache with it.
func (c *call) ensureBuilder(ask builderAsk) error {
	if c.config.Build.Rosetta && c.day.has(troubleNoRosetta) {
		return errNoRosetta()
	}
	config, err := c.builderConfiguration(ask)
	if err != nil {
		return err
	}
	record, running, err := c.known(builderID)
	if err != nil {
		return err
	}
	if record != nil {
		same := !c.builderDiffers(record.Configuration, *config, ask)
		if running && same {
			return nil
		}
		if !same {
			if err := c.deleteBuilder(true); err != nil && !isNoContainer(err) {
				return err
			}
			record = nil
		}
	}
	if record == nil {
		if err := c.createBuilder(config); err != nil {
			return err
		}
	}
	_, err = c.startContainer(builderID, startAsk{})
	return err
}

// builderDiffers compares what the runtime compares: image, size, colours, SSH, and the resolver if one was asked for.
func (c *call) builderDiffers(is, wanted containerConfiguration, ask builderAsk) bool {
	if !c.version.atLeast(1, 2, 1) {
		return false
	}
	colours := func(all []string) []string {
		var found []string
		for _, each := range all {
			if strings.HasPrefix(each, "BUILDKIT_COLORS=") || strings.HasPrefix(each, "NO_COLOR=") {
				found = append(found, each)
			}
		}
		slices.Sort(found)
		return found
	}
	resolver := func() bool {
		switch {
		case is.DNS == nil:
			return true
		case len(ask.dns) > 0:
			return !slices.Equal(is.DNS.Nameservers, ask.dns)
		case ask.dnsDomain != "":
			return is.DNS.Domain != ask.dnsDomain
		case len(ask.dnsSearch) > 0:
			return !slices.Equal(is.DNS.SearchDomains, ask.dnsSearch)
		case len(ask.dnsOptions) > 0:
			return !slices.Equal(is.DNS.Options, ask.dnsOptions)
		}
		return false
	}
	return is.Image.Reference != wanted.Image.Reference || is.Resources.CPUs != wanted.Resources.CPUs ||
		is.Resources.MemoryInBytes != wanted.Resources.MemoryInBytes || is.SSH != wanted.SSH ||
		!slices.Equal(colours(is.InitProcess.Environment), colours(wanted.InitProcess.Environment)) || resolver()
}

// builderConfiguration is the builder as list shows it.
func (c *call) builderConfiguration(ask builderAsk) (*containerConfiguration, error) {
	host, err := c.host()
	if err != nil {
		return nil, err
	}
	size := createAsk{cpus: c.config.Build.CPUs, memory: c.config.Build.Memory}
	if ask.cpus != nil {
		size.cpus = *ask.cpus
	}
	if ask.memory != "" {
		size.memory = ask.memory
	}
	limits, err := c.planResources(size)
	if err != nil {
		return nil, err
	}
	environment := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	if colours := c.environment("BUILDKIT_COLORS"); colours != "" {
		environment = append(environment, "BUILDKIT_COLORS="+colours)
	}
	if _, set := c.lookup("NO_COLOR"); set {
		environment = append(environment, "NO_COLOR=true")
	}
	return &containerConfiguration{
		ID: builderID, CreationDate: dateNow(), Image: imageDescription{Reference: builderImage},
		InitProcess: processConfig{
			Executable: builderProgram, Arguments: []string{"--debug", "--vsock"}, Environment: environment, WorkingDirectory: "/",
			User: processUser{ID: &userID{}}, SupplementalGroups: []uint32{}, Rlimits: []rlimit{},
		},
		Labels:         map[string]string{"com.apple.container.plugin": "builder", "com.apple.container.resource.role": "builder"},
		PublishedPorts: []publishedPort{}, PublishedSockets: []publishedSocket{},
		DNS: &dnsConfig{
			Nameservers: notNil(ask.dns), Domain: ask.dnsDomain, SearchDomains: notNil(ask.dnsSearch), Options: notNil(ask.dnsOptions),
		},
		Platform: platform{OS: "linux", Architecture: host.Architecture}, Resources: limits, RuntimeHandler: "container-runtime-linux",
		Rosetta: c.config.Build.Rosetta, SSH: ask.ssh, CapAdd: []string{"ALL"}, CapDrop: []string{}, Sysctls: map[string]string{},
	}, nil
}

// builderFolder is the folder that the builder's container shares with this side.
func (c *call) builderFolder() string { return filepath.Join(c.appRoot(), "builder") }

// createBuilder registers the builder's container. Another build may be faster; its builder will do.
func (c *call) createBuilder(config *containerConfiguration) error {
	id, err := c.builderEngineImage()
	if err != nil {
		return err
	}
	config.Image.Descriptor = descriptor{MediaType: mediaIndex, Digest: id, Size: int64(len(id))}
	exports := c.builderFolder()
	if err := os.MkdirAll(exports, 0o700); err != nil {
		return fmt.Errorf("make builder's folder: %w", err)
	}
	config.Mounts = []filesystem{
		{Type: filesystemType{Tmpfs: &struct{}{}}, Source: "tmpfs", Destination: "/run", Options: []string{}},
		{Type: filesystemType{Virtiofs: &struct{}{}}, Source: exports, Destination: "/var/lib/container-builder-shim/exports", Options: []string{}},
	}
	return c.store.update(func(tx *transaction) error {
		if tx.state.Containers[builderID] != nil {
			return nil
		}
		if err := c.planNetworks(tx, config, nil); err != nil {
			return err
		}
		// Docker need not grant what this container never uses, and may not be able to.
		shown := config.CapAdd
		config.CapAdd = []string{}
		if err := c.addContainer(tx, config, &localImage{Reference: builderImage, DockerID: builderEngine}, false); err != nil {
			return err
		}
		tx.state.Containers[builderID].Configuration.CapAdd = shown
		return nil
	})
}

func isNoContainer(err error) bool {
	var apple *appleError
	return errors.As(err, &apple) && apple.code == codeNotFound
}
