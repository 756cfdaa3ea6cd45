//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/go-units"
)

// addContainer makes the Docker container and the record.
func (c *call) addContainer(tx *transaction, config *containerConfiguration, from *localImage, remove bool) error {
	docker, err := c.engine()
	if err != nil {
		return err
	}
	record := &containerRecord{
		Configuration: *config, Folder: opaqueName(), AutoRemove: remove, Created: time.Now(), Agent: c.server,
	}
	use, err := c.plainImage(docker, from)
	if err != nil {
		return err
	}
	if use != from.DockerID {
		record.DerivedImage = use
	}
	if err := os.MkdirAll(filepath.Join(c.root, runFolder, record.Folder), 0o700); err != nil {
		return fmt.Errorf("create container %s: %w", config.ID, err)
	}
	for _, name := range []string{hostsName, resolverName} {
		if err := os.WriteFile(c.ownFile(record, name), nil, 0o644); err != nil {
			return fmt.Errorf("create container %s: %w", config.ID, err)
		}
	}
	settings, host, networking, err := c.dockerConfig(tx, record, use)
	if err != nil {
		return err
	}
	made, err := docker.ContainerCreate(c.ctx, settings, host, networking, nil, record.Folder)
	if err != nil {
		_ = os.RemoveAll(filepath.Join(c.root, runFolder, record.Folder))
		return fail(codeInternalError, "failed to create container").because(c.engineError(err))
	}
	record.DockerID = made.ID
	tx.state.Containers[config.ID] = record
	return nil
}

// logDriver keeps every byte that the process wrote, with its time: json-file would replace what is not valid UTF-8. The
// runtime does not rotate its logs, so one file must be enough.
var logDriver = container.LogConfig{Type: "local", Config: map[string]string{"max-size": "100g", "max-file": "1", "compress": "false"}}

// Names of the files that are mounted at /etc/hosts and /etc/resolv.conf.
const (
	hostsName    = "hosts"
	resolverName = "resolv.conf"
)

func (c *call) ownFile(record *containerRecord, name string) string {
	return filepath.Join(c.root, runFolder, record.Folder, name)
}

// dockerConfig translates a configuration for Docker. Standard input is always open and closes with the first attached
// client: whether it is forwarded is decided at each start (start -i), and a start without it sends an end at once.
func (c *call) dockerConfig(tx *transaction, record *containerRecord, imageID string) (*container.Config, *container.HostConfig, *network.NetworkingConfig, error) {
	config := &record.Configuration
	process := config.InitProcess
	settings := &container.Config{
		Hostname: hostnameOf(config.ID), User: process.dockerUser(), Tty: process.Terminal, OpenStdin: true, StdinOnce: true,
		AttachStdin: true, AttachStdout: true, AttachStderr: true, Env: process.Environment, Image: imageID, WorkingDir: process.WorkingDirectory,
		Entrypoint: []string{process.Executable}, Cmd: process.Arguments, Labels: map[string]string{rootLabel: c.root},
		StopSignal: config.StopSignal, Healthcheck: &container.HealthConfig{Test: []string{"NONE"}},
	}
	mounts, tmpfs, err := c.dockerMounts(tx.state, record)
	if err != nil {
		return nil, nil, nil, err
	}
	host := &container.HostConfig{
		LogConfig: logDriver, AutoRemove: record.AutoRemove, Mounts: mounts, Tmpfs: tmpfs,
		ReadonlyRootfs: config.ReadOnly, CapAdd: trimCapabilities(config.CapAdd), CapDrop: append(trimCapabilities(config.CapDrop), unavailableCapabilities(config.CapAdd)...),
		NetworkMode: "none", RestartPolicy: container.RestartPolicy{Name: "no"},
	}
	if config.UseInit {
		host.Init = &config.UseInit
	}
	if config.ShmSize != nil {
		host.ShmSize = int64(*config.ShmSize)
	}
	if config.MaskedPaths != nil {
		host.MaskedPaths = *config.MaskedPaths
	}
	if config.ReadonlyPaths != nil {
		host.ReadonlyPaths = *config.ReadonlyPaths
	}
	for _, group := range process.SupplementalGroups {
		host.GroupAdd = append(host.GroupAdd, fmt.Sprint(group))
	}
	for _, limit := range process.Rlimits {
		name := strings.ToLower(strings.TrimPrefix(limit.Limit, "RLIMIT_"))
		host.Ulimits = append(host.Ulimits, &units.Ulimit{Name: name, Soft: int64(limit.Soft), Hard: int64(limit.Hard)})
	}
	if err := c.limit(host, config.Resources); err != nil {
		return nil, nil, nil, err
	}
	networking := &network.NetworkingConfig{}
	if len(config.Networks) > 0 {
		name := tx.state.Networks[config.Networks[0].Network].DockerName
		host.NetworkMode = container.NetworkMode(name)
		networking.EndpointsConfig = map[string]*network.EndpointSettings{name: {}}
		if mac := config.Networks[0].Options.MACAddress; mac != "" && versions.LessThan(c.docker.ClientVersion(), "1.44") {
			//lint:ignore SA1019 engines before API 1.44 know no other way
			settings.MacAddress = mac
		}
	}
	return settings, host, networking, nil
}

// limit sets cgroup limits: the memory as asked, the CPUs as far as the machine has them.
func (c *call) limit(host *container.HostConfig, wanted resources) error {
	facts, err := c.host()
	if err != nil {
		return err
	}
	if facts.LimitsMemory {
		host.Memory = int64(wanted.MemoryInBytes)
		host.MemorySwap = host.Memory // no swap in the guest
	}
	if facts.LimitsCPU && wanted.CPUs > 0 {
		host.NanoCPUs = min(wanted.CPUs, int64(facts.CPUs)) * 1_000_000_000
	}
	return nil
}

// dockerMounts translates the mounts, and adds our /etc/hosts and /etc/resolv.conf unless the user mounts a file there:
// Docker's own would resolve container names.
func (c *call) dockerMounts(current *state, record *containerRecord) ([]mount.Mount, map[string]string, error) {
	var mounts []mount.Mount
	tmpfs := map[string]string{}
	taken := map[string]bool{}
	last := map[string]int{}
	for _, each := range record.Configuration.Mounts {
		target := filepath.Clean(each.Destination)
		taken[target] = true
		var one mount.Mount
		switch {
		case each.Type.Tmpfs != nil:
			tmpfs[target] = strings.Join(append([]string{"rw", "exec", "suid", "dev"}, each.Options...), ",")
			continue
		case each.Type.Volume != nil:
			one = mount.Mount{
				Type: mount.TypeVolume, Source: current.Volumes[each.Type.Volume.Name].DockerName, Target: target, ReadOnly: each.readOnly(),
				VolumeOptions: &mount.VolumeOptions{NoCopy: true},
			}
		default:
			source, err := c.shareSource(record, each.Source)
			if err != nil {
				return nil, nil, err
			}
			one = mount.Mount{Type: mount.TypeBind, Source: source, Target: target, ReadOnly: each.readOnly()}
		}
		// Docker refuses two mounts at one place; with the runtime the later one shadows the earlier.
		if at, twice := last[target]; twice {
			mounts[at] = one
			continue
		}
		last[target] = len(mounts)
		mounts = append(mounts, one)
	}
	for target := range tmpfs {
		if _, twice := last[target]; twice {
			delete(tmpfs, target)
		}
	}
	for _, name := range []string{hostsName, resolverName} {
		if target := "/etc/" + name; !taken[target] {
			mounts = append(mounts, mount.Mount{Type: mount.TypeBind, Source: c.ownFile(record, name), Target: target})
		}
	}
	return mounts, tmpfs, nil
}

// removeDerivedImage gives up an image made by plainImage; while another container uses it, Docker refuses and keeps it.
func (c *call) removeDerivedImage(id string) {
	if docker, err := c.engine(); err == nil {
		_, _ = docker.ImageRemove(context.WithoutCancel(c.ctx), id, image.RemoveOptions{PruneChildren: false})
	}
}

// derivedImages lists the images that plainImage made for this root's containers.
func (s *state) derivedImages() []string {
	var ids []string
	for _, record := range s.Containers {
		if record.DerivedImage != "" {
			ids = append(ids, record.DerivedImage)
		}
	}
	return unique(ids)
}
