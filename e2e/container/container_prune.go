//go:build linux

package main

import (
	"fmt"
	"slices"

	"github.com/hostwright/compose/e2e/container/argv"
)

// pruneCommand is the verb of containers, networks and volumes alike.
func (c *call) pruneCommand(what string, run func() error) *argv.Command {
	return &argv.Command{
		Name: "prune", Abstract: "Remove all unused " + what, Options: []argv.Option{debugOption()},
		Run: c.withServices(func(*argv.Invocation) error { return run() }),
	}
}

// pruneContainers deletes all stopped containers, whoever made them.
func (c *call) pruneContainers() error {
	listing, err := c.managed()
	if err != nil {
		return err
	}
	for _, each := range listing.containers {
		if each.Status.State != stateStopped || each.Configuration.Labels[machineLabel] == "machine" {
			continue
		}
		if _, err := c.deleteOne(each.ID, false, true); err != nil {
			c.log("failed to prune container: %s", swiftMetadata(map[string]string{"id": each.ID, "error": err.Error()}))
			continue
		}
		c.print(each.ID)
	}
	c.log("Reclaimed %s in disk space", "Zero KB")
	return nil
}

// pruneNetworks deletes every network that is not builtin and that no container refers to, running or not.
func (c *call) pruneNetworks() error {
	return c.pruneRecords("network", func(tx *transaction) []string {
		var names []string
		for name := range tx.state.Networks {
			if _, used := tx.state.containerUsing(refersToNetwork(name)); !used && name != defaultNetwork {
				names = append(names, name)
			}
		}
		return names
	}, c.deleteNetwork)
}

// pruneVolumes deletes every volume that no container refers to, running or not.
func (c *call) pruneVolumes() error {
	err := c.pruneRecords("volume", func(tx *transaction) []string {
		var names []string
		for name := range tx.state.Volumes {
			if _, used := tx.state.containerUsing(refersToVolume(name)); !used {
				names = append(names, name)
			}
		}
		return names
	}, c.deleteVolume)
	if err == nil {
		c.log("Reclaimed %s in disk space", "Zero KB")
	}
	return err
}

func (c *call) pruneRecords(kind string, choose func(*transaction) []string, remove func(*transaction, string) error) error {
	var deleted []string
	err := c.store.update(func(tx *transaction) error {
		for _, name := range choose(tx) {
			if err := remove(tx, name); err != nil {
				return fmt.Errorf("prune %s %s: %w", kind, name, err)
			}
			deleted = append(deleted, name)
		}
		return nil
	})
	for _, name := range deleted {
		c.print(name)
	}
	return err
}

func refersToNetwork(name string) func(*containerConfiguration) bool {
	return func(config *containerConfiguration) bool {
		return slices.ContainsFunc(config.Networks, func(a wantedAttachment) bool { return a.Network == name })
	}
}

func refersToVolume(name string) func(*containerConfiguration) bool {
	return func(config *containerConfiguration) bool {
		return slices.ContainsFunc(config.Mounts, func(m filesystem) bool { return m.Type.Volume != nil && m.Type.Volume.Name == name })
	}
}
