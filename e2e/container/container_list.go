//go:build linux

package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
)

const (
	stateRunning  = "running"
	stateStopped  = "stopped"
	dockerRunning = "running"
	machineLabel  = "com.apple.container.plugin"
)

func isNotFound(err error) bool { return cerrdefs.IsNotFound(err) }

// ofRoot is the filter for Docker objects of this pretend Mac.
func (c *call) ofRoot() filters.Args {
	return filters.NewArgs(filters.Arg("label", rootLabel+"="+c.root))
}

// dockerContainers gives this root's Docker containers by Docker ID: the one call that a listing makes.
func (c *call) dockerContainers() (map[string]container.Summary, error) {
	docker, err := c.engine()
	if err != nil {
		return nil, err
	}
	listed, err := docker.ContainerList(c.ctx, container.ListOptions{All: true, Filters: c.ofRoot()})
	if err != nil {
		return nil, c.engineError(err)
	}
	byID := make(map[string]container.Summary, len(listed))
	for _, each := range listed {
		byID[each.ID] = each
	}
	return byID, nil
}

// managedListing is what list, inspect and status show.
type managedListing struct {
	containers []managedContainer
	images     int
	lagging    map[string]bool // those that `list` does not know of yet
}

func (l managedListing) running() int {
	count := 0
	for _, each := range l.containers {
		if each.Status.State == stateRunning {
			count++
		}
	}
	return count
}

// managed joins the state with Docker's listing. A container that Docker removed by itself, as --rm asks, is gone.
func (c *call) managed() (managedListing, error) {
	// Docker first: a container deleted between the two reads is then missing from both, and not shown as stopped.
	docker, err := c.dockerContainers()
	if err != nil {
		return managedListing{}, err
	}
	current, err := c.store.read()
	if err != nil {
		return managedListing{}, err
	}
	listing := managedListing{images: len(current.Images), lagging: map[string]bool{}}
	for id, record := range current.Containers {
		summary, exists := docker[record.DockerID]
		if !exists && record.AutoRemove && record.Run != nil {
			continue
		}
		listing.lagging[id] = c.day.has(troubleListLags) && time.Since(record.Created) < c.day.lag
		listing.containers = append(listing.containers, managedContainer{
			ID: id, Configuration: c.shownConfiguration(record.Configuration), Status: c.statusOf(record, summary, current),
		})
	}
	shuffle(listing.containers)
	return listing, nil
}

// statusOf gives the three things that the runtime tells of a container's life.
func (c *call) statusOf(record *containerRecord, summary container.Summary, current *state) containerStatus {
	status := containerStatus{State: stateStopped, StartedDate: record.StartedDate, Networks: []attachment{}}
	if summary.State != dockerRunning || record.Orphaned || record.Run == nil {
		return status
	}
	status.State = stateRunning
	if status.StartedDate == nil || record.Run.Pending {
		status.StartedDate = &swiftDate{record.Run.Since.UTC().Truncate(0)}
	}
	for _, shown := range record.Run.Attachments {
		network := current.Networks[shown.Network]
		if network != nil && summary.NetworkSettings != nil {
			if endpoint := summary.NetworkSettings.Networks[network.DockerName]; endpoint != nil {
				shown.MACAddress = cmp.Or(record.Configuration.wantedMAC(shown.Network), endpoint.MacAddress)
			}
		}
		if c.version.atLeast(1, 1, 0) {
			shown.Variant = "reserved"
		}
		status.Networks = append(status.Networks, shown)
	}
	return status
}

// wantedMAC is the hardware address that was asked for in a network, "" for none.
func (c *containerConfiguration) wantedMAC(network string) string {
	for _, wanted := range c.Networks {
		if wanted.Network == network {
			return wanted.Options.MACAddress
		}
	}
	return ""
}

// shownConfiguration leaves out what the played version does not have.
func (c *call) shownConfiguration(config containerConfiguration) containerConfiguration {
	if !c.version.atLeast(1, 2, 0) {
		config.MaskedPaths, config.ReadonlyPaths = nil, nil
	}
	return config
}

// listContainers prints the running containers, or all; machines are hidden.
func (c *call) listContainers(all bool, format string, quiet bool) error {
	listing, err := c.managed()
	if err != nil {
		return err
	}
	shown := []managedContainer{}
	rows := [][]string{{"ID", "IMAGE", "OS", "ARCH", "STATE", "IP", "CPUS", "MEMORY", "STARTED"}}
	var names []string
	for _, each := range listing.containers {
		if listing.lagging[each.ID] || each.Configuration.Labels[machineLabel] == "machine" || (!all && each.Status.State != stateRunning) {
			continue
		}
		shown = append(shown, each)
		names = append(names, each.ID)
		rows = append(rows, containerRow(each))
	}
	return c.emitList(format, quiet, shown, names, rows)
}

func containerRow(each managedContainer) []string {
	var addresses []string
	for _, network := range each.Status.Networks {
		addresses = append(addresses, network.IPv4Address)
	}
	started := ""
	if each.Status.StartedDate != nil {
		started = each.Status.StartedDate.UTC().Format("2006-01-02T15:04:05Z")
	}
	config := each.Configuration
	return []string{
		each.ID, config.Image.Reference, config.Platform.OS, config.Platform.Architecture, each.Status.State, strings.Join(addresses, ","),
		fmt.Sprint(config.Resources.CPUs), fmt.Sprintf("%d MB", config.Resources.MemoryInBytes/mebibyte), started,
	}
}

// inspectContainers prints containers; one that is missing leaves nothing but the error.
func (c *call) inspectContainers(ids []string) error {
	listing, err := c.managed()
	if err != nil {
		return err
	}
	byID := map[string]managedContainer{}
	for _, each := range listing.containers {
		byID[each.ID] = each
	}
	found, missing := pick(byID, ids)
	if len(missing) > 0 {
		return fail(codeNotFound, "container not found: %s", strings.Join(missing, ", "))
	}
	return c.emitPretty(found)
}
