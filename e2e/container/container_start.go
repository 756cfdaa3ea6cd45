//go:build linux

package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/versions"
	"golang.org/x/sys/unix"
)

// startAsk says how a container is started.
type startAsk struct {
	attach      bool
	interactive bool
}

func (a startAsk) foreground() bool { return a.attach || a.interactive }

// startContainer starts a container under the lock, which is what serialises boots (reference 5.2), and returns when the
// process has started; with attach, the client that carries its streams; it is nil when the container ran already.
func (c *call) startContainer(id string, ask startAsk) (*attachedClient, error) {
	var attached *attachedClient
	err := c.store.update(func(tx *transaction) error {
		docker, err := c.dockerContainers()
		if err != nil {
			return err
		}
		record := tx.state.Containers[id]
		if record == nil {
			return fail(codeNotFound, "get failed: container %s not found", id)
		}
		if summary := docker[record.DockerID]; summary.State == dockerRunning && !record.Orphaned {
			if ask.foreground() {
				return fail(codeInvalidArgument, "attach is currently unsupported on already running containers")
			}
			return nil
		}
		if err := c.checkStart(tx.state, record, docker); err != nil {
			return err
		}
		attached, err = c.boot(tx, record, docker, ask)
		return err
	})
	return attached, err
}

// checkStart refuses what the runtime finds out only at start: missing bind sources, and volumes that are attached elsewhere.
func (c *call) checkStart(current *state, record *containerRecord, docker map[string]container.Summary) error {
	if summary := docker[record.DockerID]; record.Orphaned && summary.State == dockerRunning {
		return fail(codeInternalError, "failed to bootstrap container").because(
			fail(codeInvalidState, "expected to be in created state, got: running"))
	}
	if record.Configuration.Rosetta && c.day.has(troubleNoRosetta) {
		return errNoRosetta()
	}
	if dns := record.Configuration.DNS; dns != nil {
		for _, server := range dns.Nameservers {
			if _, err := netip.ParseAddr(server); err != nil {
				return fail(codeInternalError, "failed to bootstrap container").because(
					fail(codeInvalidArgument, "invalid nameserver address %s", server))
			}
		}
	}
	for _, mount := range record.Configuration.Mounts {
		if mount.Type.Virtiofs != nil {
			if _, err := os.Stat(mount.Source); err != nil {
				return fail(codeInvalidArgument, "mount source path '%s' does not exist", mount.Source)
			}
		}
		if mount.Type.Volume != nil {
			if current.Volumes[mount.Type.Volume.Name] == nil {
				return fail(codeNotFound, "volume '%s' not found", mount.Type.Volume.Name)
			}
			if err := checkAttachment(current, record, mount, docker); err != nil {
				return err
			}
		}
	}
	return nil
}

// errNoRosetta is how the boot of a virtual machine with Rosetta fails where it is not installed (observed: the words
// "Rosetta is not installed").
func errNoRosetta() error {
	return fail(codeInternalError, "failed to bootstrap container").because(fail(codeUnsupported, "Rosetta is not installed"))
}

// checkAttachment lets a volume have one running writer, or several readers (observed on 1.2.0): everything else fails with
// the virtualisation framework's words.
func checkAttachment(current *state, record *containerRecord, mount filesystem, docker map[string]container.Summary) error {
	for _, other := range current.Containers {
		if other == record || docker[other.DockerID].State != dockerRunning {
			continue
		}
		for _, held := range other.Configuration.Mounts {
			if held.Type.Volume == nil || held.Type.Volume.Name != mount.Type.Volume.Name || (held.readOnly() && mount.readOnly()) {
				continue
			}
			return fail(codeInternalError, "failed to bootstrap container").because(
				fail(codeUnknown, "Error Domain=VZErrorDomain Code=2 \"The storage device attachment is invalid.\""))
		}
	}
	return nil
}

// boot gives the container its addresses and files, opens its ports, starts it, and writes down that it runs.
func (c *call) boot(tx *transaction, record *containerRecord, docker map[string]container.Summary, ask startAsk) (*attachedClient, error) {
	if err := endStaleRelays(tx.state, docker); err != nil {
		return nil, err
	}
	previous := record.Run
	attachments, err := c.assignAddresses(tx.state, record, docker)
	if err != nil {
		return nil, err
	}
	if err := c.writeOwnFiles(record, attachments); err != nil {
		return nil, err
	}
	if err := c.connectNetworks(tx.state, record, attachments); err != nil {
		return nil, err
	}
	relay, err := c.relayOf(record, attachments)
	if err != nil {
		return nil, err
	}
	record.Run = &run{Pending: true, Since: time.Now(), Attachments: attachments}
	record.Orphaned = false
	if relay != nil {
		record.Run.Relay = &relay.id
	}
	err = tx.save()
	var attached *attachedClient
	if err == nil {
		attached, err = c.launch(record, relay, ask)
	}
	if err != nil {
		if relay != nil {
			err = errors.Join(err, relay.abandon())
		}
		record.Run = previous
		return nil, errors.Join(err, tx.save())
	}
	if relay != nil {
		if err := relay.started(); err != nil {
			return nil, err
		}
	}
	record.Run.Pending = false
	// What a listing showed while the start was under way, which may have been in the second before.
	record.StartedDate = &swiftDate{record.Run.Since.UTC().Truncate(time.Second)}
	return attached, nil
}

// endStaleRelays waits for the relays of containers that have stopped by themselves just now, so that their ports are free.
func endStaleRelays(current *state, docker map[string]container.Summary) error {
	for _, record := range current.Containers {
		if record.Run == nil || record.Run.Relay == nil || docker[record.DockerID].State == dockerRunning {
			continue
		}
		if err := record.Run.Relay.end(0); err != nil {
			return err
		}
		record.Run.Relay = nil
	}
	return nil
}

// connectNetworks gives the stopped container's endpoints their addresses. A container that stays connected keeps its old
// address over a restart (Engine 20.10), so it is disconnected first.
func (c *call) connectNetworks(current *state, record *containerRecord, attachments []attachment) error {
	docker, err := c.engine()
	if err != nil {
		return err
	}
	for _, given := range attachments {
		name := current.Networks[given.Network].DockerName
		if err := docker.NetworkDisconnect(c.ctx, name, record.DockerID, true); err != nil && !isNotConnected(err) {
			return fmt.Errorf("give up address in network %s: %w", given.Network, c.engineError(err))
		}
	}
	for i, given := range attachments {
		name := current.Networks[given.Network].DockerName
		address, _, _ := strings.Cut(given.IPv4Address, "/")
		settings := &network.EndpointSettings{IPAMConfig: &network.EndpointIPAMConfig{IPv4Address: address}}
		if given.IPv6Address != "" {
			settings.IPAMConfig.IPv6Address, _, _ = strings.Cut(given.IPv6Address, "/")
		}
		if !versions.LessThan(docker.ClientVersion(), "1.44") {
			settings.MacAddress = record.Configuration.Networks[i].Options.MACAddress
		}
		if err := docker.NetworkConnect(c.ctx, name, record.DockerID, settings); err != nil {
			return fmt.Errorf("take address in network %s: %w", given.Network, c.engineError(err))
		}
	}
	return nil
}

func isNotConnected(err error) bool {
	return isNotFound(err) || strings.Contains(err.Error(), "is not connected to")
}

// relayOf starts the forwarder of a container; nil when there is nothing to forward.
func (c *call) relayOf(record *containerRecord, attachments []attachment) (*relayHandle, error) {
	spec := c.relaySpecOf(record, attachments)
	if len(spec.Ports) == 0 && len(spec.Sockets) == 0 && len(spec.Shares) == 0 && spec.Resolver == "" {
		return nil, nil
	}
	return spawnRelay(spec)
}

// relaySpecOf says what is to be forwarded. Ports of a container without a network are accepted and without effect.
func (c *call) relaySpecOf(record *containerRecord, attachments []attachment) relaySpec {
	config := record.Configuration
	spec := relaySpec{
		Container: record.DockerID, Sockets: config.PublishedSockets, Namespace: c.engineNamespace(), Shares: record.Shares,
		Reset: c.day.has(troublePortsReset),
	}
	if len(attachments) == 0 {
		return spec
	}
	spec.Ports = config.PublishedPorts
	spec.IPv4, _, _ = strings.Cut(attachments[0].IPv4Address, "/")
	spec.IPv6, _, _ = strings.Cut(attachments[0].IPv6Address, "/")
	if config.DNS != nil && len(config.DNS.Nameservers) == 0 && !c.day.has(troubleDNSDead) {
		spec.Resolver = attachments[0].IPv4Gateway
	}
	return spec
}

// launch opens the ports, attaches what is asked for, then starts the process: in that order, so that the ports are open
// before the process listens, and nothing of a short life is missed.
func (c *call) launch(record *containerRecord, relay *relayHandle, ask startAsk) (*attachedClient, error) {
	docker, err := c.engine()
	if err != nil {
		return nil, err
	}
	if relay != nil {
		if err := relay.listen(); err != nil {
			return nil, fail(codeInternalError, "failed to bootstrap container").because(err)
		}
	}
	attached, err := c.attachClient(record, ask)
	if err != nil {
		return nil, err
	}
	if err := docker.ContainerStart(c.ctx, record.DockerID, container.StartOptions{}); err != nil {
		attached.close()
		return nil, startError(record.Configuration.InitProcess.Executable, c.engineError(err))
	}
	if err := c.settleInterfaces(record); err != nil {
		attached.close()
		return nil, errors.Join(err, sendSignal(docker, c.ctx, record.DockerID, unix.SIGKILL))
	}
	if !ask.foreground() {
		attached.close()
		return nil, nil
	}
	return attached, nil
}

// startError gives the runtime's words for a process that could not start. There is no 126 or 127: it is a failure, exit 1.
func startError(executable string, err error) error {
	text := err.Error()
	bootstrap := fail(codeInternalError, "failed to start process")
	switch {
	case errors.Is(err, errDaemonDown):
		return err
	case strings.Contains(text, "executable file not found"), strings.Contains(text, "no such file or directory") && strings.Contains(text, "exec"):
		return bootstrap.because(fail(codeInternalError, "failed to find target executable %s", executable))
	}
	return bootstrap.because(fail(codeInternalError, "%s", text))
}
