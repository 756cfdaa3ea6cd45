//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
)

// repair brings the state and the engine together after a call was killed in the middle of a mutation, so that the killed
// operation is either done or not begun: Docker objects that no record names are removed, records whose Docker object
// is gone are dropped, and a start that was under way is finished.
func (c *call) repair(tx *transaction) error {
	docker, err := c.engine()
	if err != nil {
		return err
	}
	containers, err := c.dockerContainers()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for id, record := range tx.state.Containers {
		if _, exists := containers[record.DockerID]; !exists {
			if err := c.forgetContainer(tx, id); err != nil {
				return err
			}
			continue
		}
		known[record.DockerID] = true
		if err := c.finishStart(record); err != nil {
			return err
		}
	}
	for id := range containers {
		if known[id] {
			continue
		}
		err := docker.ContainerRemove(c.ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
		if err != nil && !isNotFound(err) {
			return fmt.Errorf("repair: remove container: %w", err)
		}
	}
	return errors.Join(c.repairNetworks(tx), c.repairVolumes(tx))
}

// finishStart settles a start that was not confirmed: by Docker's own dates it either happened or did not.
func (c *call) finishStart(record *containerRecord) error {
	if record.Run == nil || !record.Run.Pending {
		return nil
	}
	docker, err := c.engine()
	if err != nil {
		return err
	}
	found, err := docker.ContainerInspect(c.ctx, record.DockerID)
	if err != nil {
		return fmt.Errorf("repair: inspect container: %w", err)
	}
	record.Run.Pending = false
	started, err := time.Parse(time.RFC3339Nano, found.State.StartedAt)
	if err != nil || started.Before(record.Run.Since) {
		return nil
	}
	record.StartedDate = &swiftDate{record.Run.Since.UTC().Truncate(time.Second)}
	return c.fixInterfaces(record, found.State.Pid)
}

func (c *call) repairNetworks(tx *transaction) error {
	docker, err := c.engine()
	if err != nil {
		return err
	}
	listed, err := docker.NetworkList(c.ctx, network.ListOptions{Filters: c.ofRoot()})
	if err != nil {
		return c.engineError(err)
	}
	exists := map[string]bool{}
	for _, each := range listed {
		exists[each.Name] = true
	}
	known := map[string]bool{}
	for name, record := range tx.state.Networks {
		known[record.DockerName] = true
		switch {
		case exists[record.DockerName]:
		case record.Renewing != "":
			if err := c.finishRenewal(docker, record); err != nil {
				return err
			}
		default:
			delete(tx.state.Networks, name)
		}
	}
	for _, each := range listed {
		if known[each.Name] {
			continue
		}
		if err := docker.NetworkRemove(c.ctx, each.ID); err != nil && !isNotFound(err) {
			return fmt.Errorf("repair: remove network: %w", err)
		}
	}
	return nil
}

func (c *call) repairVolumes(tx *transaction) error {
	docker, err := c.engine()
	if err != nil {
		return err
	}
	listed, err := docker.VolumeList(c.ctx, volume.ListOptions{Filters: c.ofRoot()})
	if err != nil {
		return c.engineError(err)
	}
	exists := map[string]bool{}
	for _, each := range listed.Volumes {
		exists[each.Name] = true
	}
	known := map[string]bool{}
	for name, record := range tx.state.Volumes {
		known[record.DockerName] = true
		if !exists[record.DockerName] {
			delete(tx.state.Volumes, name)
		}
	}
	for _, each := range listed.Volumes {
		if known[each.Name] {
			continue
		}
		if err := docker.VolumeRemove(c.ctx, each.Name, true); err != nil && !isNotFound(err) {
			return fmt.Errorf("repair: remove volume: %w", err)
		}
	}
	return nil
}

// destroyCommand removes everything of a STANDIN_ROOT; it is no command of the runtime and is not counted among its verbs.
const destroyCommand = "--standin-destroy"

// crashCommand plays a crash of the apiserver.
const crashCommand = "--standin-crash"

// rootFiles are the files that the stand-in makes in a STANDIN_ROOT and removes again; everything else is left alone.
var rootFiles = []string{
	stateFile, stateFile + ".new", journalFile, downFile, callsFile, callsFile + ".new", callsFile + ".lock", "engine.json", badDayFile, runFolder,
	"com.apple.container", lockFile,
}

// destroy removes containers, networks, volumes, image names and relays of this root, then its files, and the folder itself
// if nothing else is in it.
func (c *call) destroy() error {
	err := c.store.update(func(tx *transaction) error {
		var relays []processID
		var shares []share
		for _, record := range tx.state.Containers {
			shares = append(shares, record.Shares...)
			if record.Run != nil && record.Run.Relay != nil {
				relays = append(relays, *record.Run.Relay)
			}
		}
		derived := tx.state.derivedImages()
		tx.state.Containers = map[string]*containerRecord{}
		tx.state.Networks = map[string]*networkRecord{}
		tx.state.Volumes = map[string]*volumeRecord{}
		// With no records left, repair takes everything for rubbish.
		if err := c.repair(tx); err != nil {
			return err
		}
		for _, relay := range relays {
			if err := relay.end(time.Second); err != nil {
				return err
			}
		}
		if err := dropShares(shares); err != nil {
			return err
		}
		for _, image := range derived {
			c.removeDerivedImage(image)
		}
		return c.forgetImages(tx)
	})
	if err != nil {
		return err
	}
	for _, name := range rootFiles {
		if err := os.RemoveAll(filepath.Join(c.root, name)); err != nil {
			return fmt.Errorf("destroy: %w", err)
		}
	}
	_ = os.Remove(c.root) // not empty: the caller has files of its own here
	return nil
}
