//go:build linux

package main

import (
	"cmp"
	"strings"
)

// createAsk is the command line of create or run.
type createAsk struct {
	name      string
	image     string
	arguments []string

	env, envFiles                  []string
	user                           string
	uid, gid                       *uint32
	interactive, tty               bool
	workdir                        string
	ulimits                        []string
	cpus                           int64
	memory                         string
	platform, os, arch             string
	capAdd, capDrop                []string
	cidfile                        string
	dns, dnsOptions, dnsSearch     []string
	dnsDomain                      string
	noDNS                          bool
	entrypoint                     string
	init                           bool
	kernel, initImage              string
	kernelArgs                     []string
	labels                         []string
	maskedPaths, readOnlyPaths     []string
	tmpfs, volumes, mounts         []string
	networks, publish, sockets     []string
	readOnly, remove, rosetta, ssh bool
	runtime                        string
	shmSize                        string
	virtualization                 bool
	pull                           pullOptions
}

// createContainer registers a container, in the order of reference 2.1: what fails late has pulled the image and made the
// volumes already. With nameFirst, as run wants it, a taken name fails before anything else.
func (c *call) createContainer(ask createAsk, nameFirst bool) (string, error) {
	id := ask.name
	if id == "" {
		id = newUUID()
	}
	if err := checkContainerName(id, c.version); err != nil {
		return "", err
	}
	if nameFirst {
		if err := c.checkNameFree(id, "container with id %s already exists"); err != nil {
			return "", err
		}
	}
	image, config, mounts, err := c.planContainer(id, ask)
	if err != nil {
		return "", err
	}
	err = c.store.update(func(tx *transaction) error {
		if err := c.resolveVolumes(tx, config, mounts); err != nil {
			return err
		}
		if err := c.planNetworks(tx, config, ask.networks); err != nil {
			return err
		}
		if err := c.planRest(config, ask); err != nil {
			return err
		}
		if err := c.dropAutoRemoved(tx, id); err != nil {
			return err
		}
		if tx.state.Containers[id] != nil {
			return fail(codeExists, "container already exists: %s", id)
		}
		if taken := tx.state.takenHostnames(config); len(taken) > 0 {
			return fail(codeExists, "hostname(s) already exist: %s", swiftList(taken))
		}
		if config.Resources.MemoryInBytes < minimumMemory {
			return fail(codeInvalidArgument, "minimum memory amount allowed is 200 MiB (got %d bytes)", config.Resources.MemoryInBytes)
		}
		return c.addContainer(tx, config, image, ask.remove)
	})
	return id, err
}

func (c *call) checkNameFree(id, text string) error {
	listing, err := c.managed()
	if err != nil {
		return err
	}
	for _, each := range listing.containers {
		if each.ID == id {
			return fail(codeExists, text, id)
		}
	}
	return nil
}

// planContainer finds the image and reads the flags up to the mounts.
func (c *call) planContainer(id string, ask createAsk) (*localImage, *containerConfiguration, []wantedMount, error) {
	wanted, err := c.wantedPlatform(ask.platform, ask.os, ask.arch)
	if err != nil {
		return nil, nil, nil, err
	}
	image, err := c.requireImage(ask.image, wanted, ask.pull)
	if err != nil {
		return nil, nil, nil, err
	}
	if c.day.has(troubleNoKernel) {
		return nil, nil, nil, fail(codeNotFound, "default kernel not configured for architecture %s", wanted.Architecture)
	}
	if err := ask.unsupported(); err != nil {
		return nil, nil, nil, err
	}
	config := &containerConfiguration{
		ID: id, CreationDate: dateNow(), Image: imageDescription{Reference: image.Reference, Descriptor: image.Descriptor},
		Platform: wanted, RuntimeHandler: ask.runtime, Rosetta: ask.rosetta || c.needsRosetta(wanted), Virtualization: ask.virtualization,
		SSH: ask.ssh, ReadOnly: ask.readOnly, UseInit: ask.init, Sysctls: map[string]string{}, StopSignal: image.Config.StopSignal,
	}
	if ask.runtime != "container-runtime-linux" {
		return nil, nil, nil, fail(codeNotFound, "unable to locate runtime plugin %s", ask.runtime)
	}
	if config.InitProcess, err = c.planProcess(ask, image.Config); err != nil {
		return nil, nil, nil, err
	}
	if config.Resources, err = c.planResources(ask); err != nil {
		return nil, nil, nil, err
	}
	if ask.shmSize != "" {
		size, err := parseSize(ask.shmSize)
		if err != nil {
			return nil, nil, nil, err
		}
		config.ShmSize = &size
	}
	mounts, err := c.parseMounts(ask.tmpfs, ask.volumes, ask.mounts)
	return image, config, mounts, err
}

// resolveVolumes makes the volumes that do not exist, without labels, and fills in what a mount says of them. They stay even
// if the create fails later.
func (c *call) resolveVolumes(tx *transaction, config *containerConfiguration, wanted []wantedMount) error {
	config.Mounts = []filesystem{}
	for _, mount := range wanted {
		if mount.volume {
			if err := c.resolveVolume(tx, &mount); err != nil {
				return err
			}
		}
		config.Mounts = append(config.Mounts, mount.filesystem)
	}
	return nil
}

func (c *call) resolveVolume(tx *transaction, mount *wantedMount) error {
	labels := map[string]string{}
	if mount.anonymous {
		mount.name, labels[anonymousLabel] = newUUID(), ""
	}
	if tx.state.Volumes[mount.name] == nil {
		made, err := c.newVolume(mount.name, labels, nil)
		if err != nil {
			return err
		}
		if err := c.addVolume(tx, made); err != nil {
			return err
		}
		if !mount.anonymous {
			c.log("named volume was automatically created: %s", swiftMetadata(map[string]string{"volume": mount.name}))
		}
	}
	record := tx.state.Volumes[mount.name]
	mount.Type.Volume = &volumeTarget{Name: mount.name, Format: record.Configuration.Format}
	mount.Source = record.Configuration.Source
	return nil
}

// planNetworks reads --network and refuses what does not exist; the builtin network is made when it is first needed.
func (c *call) planNetworks(tx *transaction, config *containerConfiguration, values []string) error {
	var err error
	if config.Networks, err = parseAttachments(values, config.ID, c.config.DNS.Domain); err != nil {
		return err
	}
	for _, wanted := range config.Networks {
		if wanted.Network != defaultNetwork && c.day.has(troubleOldMacOS) {
			return fail(codeUnsupported, "non-default network configuration requires macOS 26 or newer")
		}
		if wanted.Network == defaultNetwork {
			if err := c.ensureDefaultNetwork(tx); err != nil {
				return err
			}
		}
		if tx.state.Networks[wanted.Network] == nil {
			return fail(codeNotFound, "network %s not found", wanted.Network)
		}
	}
	return nil
}

// planRest reads what the runtime reads last: labels, ports, sockets, capabilities, paths.
func (c *call) planRest(config *containerConfiguration, ask createAsk) error {
	var err error
	if config.Labels, err = parseContainerLabels(ask.labels); err != nil {
		return err
	}
	if config.PublishedPorts, err = parsePorts(ask.publish); err != nil {
		return err
	}
	config.PublishedSockets = []publishedSocket{}
	for _, value := range ask.sockets {
		socket, err := parsePublishedSocket(value, c.absolute)
		if err != nil {
			return err
		}
		config.PublishedSockets = append(config.PublishedSockets, socket)
	}
	if config.CapAdd, err = parseCapabilities(ask.capAdd); err != nil {
		return err
	}
	if config.CapDrop, err = parseCapabilities(ask.capDrop); err != nil {
		return err
	}
	if config.MaskedPaths, err = guardedPaths(ask.maskedPaths); err != nil {
		return err
	}
	if config.ReadonlyPaths, err = guardedPaths(ask.readOnlyPaths); err != nil {
		return err
	}
	if !ask.noDNS {
		config.DNS = &dnsConfig{
			Nameservers: notNil(ask.dns), Domain: cmp.Or(ask.dnsDomain, c.config.DNS.Domain), SearchDomains: notNil(ask.dnsSearch), Options: notNil(ask.dnsOptions),
		}
	}
	return nil
}

// dropAutoRemoved forgets a container that Docker has removed by itself, as --rm asks, so that its name is free.
func (c *call) dropAutoRemoved(tx *transaction, id string) error {
	record := tx.state.Containers[id]
	if record == nil || !record.AutoRemove || record.Run == nil {
		return nil
	}
	docker, err := c.dockerContainers()
	if err != nil {
		return err
	}
	if _, exists := docker[record.DockerID]; exists {
		return nil
	}
	return c.forgetContainer(tx, id)
}

// usedBy gives a container that refers to something, after those are forgotten that --rm has removed by now.
func (c *call) usedBy(tx *transaction, refers func(*containerConfiguration) bool) (string, bool, error) {
	for {
		id, used := tx.state.containerUsing(refers)
		if !used {
			return "", false, nil
		}
		if err := c.dropAutoRemoved(tx, id); err != nil {
			return "", false, err
		}
		if tx.state.Containers[id] != nil {
			return id, true, nil
		}
	}
}

// trimCapabilities gives Docker's spelling of capability names.
func trimCapabilities(names []string) []string {
	trimmed := make([]string, len(names))
	for i, name := range names {
		trimmed[i] = strings.TrimPrefix(name, "CAP_")
	}
	return trimmed
}
