//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"golang.org/x/sys/unix"
)

// relayPatience is how long a relay has to notice that its container has stopped, before it is killed.
const relayPatience = 2 * time.Second

// stopRequest says how to stop.
type stopRequest struct {
	signal  string // "" is the image's STOPSIGNAL, else SIGTERM
	seconds int
}

// targets gives the IDs that a command is for: those named, each once, or with all every container but machines.
func (c *call) targets(ids []string, all bool) ([]string, error) {
	switch {
	case all && len(ids) > 0:
		return nil, c.usage("explicitly supplied container IDs conflict with the --all flag")
	case !all && len(ids) == 0:
		return nil, fail(codeInvalidArgument, "no containers specified and --all not supplied")
	case !all:
		return unique(ids), nil
	}
	listing, err := c.managed()
	if err != nil {
		return nil, err
	}
	for _, each := range listing.containers {
		if each.Configuration.Labels[machineLabel] != "machine" {
			ids = append(ids, each.ID)
		}
	}
	return ids, nil
}

// stopContainers stops all at once and prints each ID; what failed comes together at the end.
func (c *call) stopContainers(ids []string, ask stopRequest) error {
	if ask.signal != "" {
		if _, err := parseSignal(ask.signal); err != nil {
			return err
		}
	}
	var failed failures
	for i, err := range c.stopEach(ids, ask) {
		if err != nil {
			failed = append(failed, fail(codeInternalError, "failed to stop container").because(err))
			continue
		}
		c.print(ids[i])
	}
	return failed.err()
}

// stopEach stops concurrently and gives the error of each.
func (c *call) stopEach(ids []string, ask stopRequest) []error {
	results := make([]error, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() { results[i] = c.stopOne(id, ask) })
	}
	all.Wait()
	return results
}

// known gives the record of a container, and whether it is running as far as the runtime knows.
func (c *call) known(id string) (*containerRecord, bool, error) {
	docker, err := c.dockerContainers()
	if err != nil {
		return nil, false, err
	}
	current, err := c.store.read()
	if err != nil {
		return nil, false, err
	}
	record := current.Containers[id]
	if record == nil {
		return nil, false, nil
	}
	summary, exists := docker[record.DockerID]
	if !exists && record.AutoRemove && record.Run != nil {
		return nil, false, nil
	}
	return record, summary.State == dockerRunning && !record.Orphaned, nil
}

// stopOne is idempotent: a stopped container is a success. A container that outlived a crash of the apiserver is not stopped.
func (c *call) stopOne(id string, ask stopRequest) error {
	if err := c.awaitAgent(id); err != nil {
		return err
	}
	record, running, err := c.known(id)
	if err != nil {
		return err
	}
	if record == nil {
		return fail(codeNotFound, "container with ID %s not found", id)
	}
	if !running {
		return nil
	}
	signal := ask.signal
	if signal == "" {
		signal = record.Configuration.StopSignal
	}
	if signal == "" {
		signal = "SIGTERM"
	}
	number, err := parseSignal(signal)
	if err != nil {
		return err
	}
	return c.terminate(record, number, time.Duration(ask.seconds)*time.Second)
}

// terminate sends a signal, waits, then kills; it returns when the container has stopped and its ports are free.
func (c *call) terminate(record *containerRecord, signal unix.Signal, patience time.Duration) error {
	docker, err := c.engine()
	if err != nil {
		return err
	}
	waiting, cancel := context.WithCancel(c.ctx)
	defer cancel()
	stopped, failed := docker.ContainerWait(waiting, record.DockerID, container.WaitConditionNotRunning)
	if err := sendSignal(docker, c.ctx, record.DockerID, signal); err != nil {
		return c.engineError(err)
	}
	timer := time.NewTimer(max(patience, 0))
	defer timer.Stop()
	for {
		select {
		case <-stopped:
			return c.endRelay(record)
		case err := <-failed:
			if isNotFound(err) {
				return c.endRelay(record)
			}
			return c.engineError(err)
		case <-timer.C:
			if err := sendSignal(docker, c.ctx, record.DockerID, unix.SIGKILL); err != nil {
				return c.engineError(err)
			}
		}
	}
}

// sendSignal takes a container that has stopped meanwhile for a success.
func sendSignal(docker *client.Client, ctx context.Context, id string, signal unix.Signal) error {
	err := docker.ContainerKill(ctx, id, strconv.Itoa(int(signal)))
	if err == nil || isNotFound(err) || strings.Contains(err.Error(), "is not running") {
		return nil
	}
	return fmt.Errorf("send signal: %w", err)
}

func (c *call) endRelay(record *containerRecord) error {
	if record.Run == nil || record.Run.Relay == nil {
		return nil
	}
	return record.Run.Relay.end(relayPatience)
}

// killContainers signals one after the other. KILL waits for the end; every other signal is only delivered.
func (c *call) killContainers(ids []string, signal string) error {
	number, err := parseSignal(signal)
	if err != nil {
		return err
	}
	var failed failures
	for _, id := range ids {
		if err := c.killOne(id, number); err != nil {
			failed = append(failed, fail(codeInternalError, "failed to kill container").because(err))
			continue
		}
		c.print(id)
	}
	return failed.err()
}

func (c *call) killOne(id string, signal unix.Signal) error {
	if err := c.awaitAgent(id); err != nil {
		return err
	}
	record, running, err := c.known(id)
	if err != nil {
		return err
	}
	if record == nil {
		return fail(codeNotFound, "container with ID %s not found", id)
	}
	if !running {
		return fail(codeInvalidState, "no runtime client exists: container is stopped")
	}
	if signal == unix.SIGKILL {
		return c.terminate(record, signal, time.Minute)
	}
	docker, err := c.engine()
	if err != nil {
		return err
	}
	return c.engineError(sendSignal(docker, c.ctx, record.DockerID, signal))
}

// deleteContainers deletes each; with all and without force, running ones are passed over in silence.
func (c *call) deleteContainers(ids []string, all, force bool) error {
	var failed failures
	for _, id := range ids {
		skipped, err := c.deleteOne(id, force, all && !force)
		if err != nil {
			failed = append(failed, fail(codeInternalError, "failed to delete container").because(err))
			continue
		}
		if !skipped {
			c.print(id)
		}
	}
	return failed.err()
}

// deleteOne removes a container with its file system and logs; its volumes stay.
func (c *call) deleteOne(id string, force, skipRunning bool) (skipped bool, err error) {
	if err := c.awaitAgent(id); err != nil {
		return false, err
	}
	err = c.store.update(func(tx *transaction) error {
		if err := c.dropAutoRemoved(tx, id); err != nil {
			return err
		}
		docker, err := c.dockerContainers()
		if err != nil {
			return err
		}
		record := tx.state.Containers[id]
		if record == nil {
			return fail(codeNotFound, "container with ID %s not found", id)
		}
		summary, exists := docker[record.DockerID]
		if summary.State == dockerRunning && !record.Orphaned && !force {
			if skipRunning {
				skipped = true
				return nil
			}
			return fail(codeInvalidState, "container %s is running and can not be deleted", id)
		}
		if exists {
			if err := c.removeDocker(record); err != nil {
				return err
			}
		}
		return c.forgetContainer(tx, id)
	})
	return skipped, err
}

func (c *call) removeDocker(record *containerRecord) error {
	engine, err := c.engine()
	if err != nil {
		return err
	}
	err = engine.ContainerRemove(c.ctx, record.DockerID, container.RemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil && strings.Contains(err.Error(), "is already in progress") {
		// Docker is removing it by itself (--rm); that is waited for.
		gone, failed := engine.ContainerWait(c.ctx, record.DockerID, container.WaitConditionRemoved)
		select {
		case <-gone:
			return nil
		case err = <-failed:
		}
	}
	if err != nil && !isNotFound(err) {
		return c.engineError(err)
	}
	return nil
}

// forgetContainer drops the record and what lies beside the Docker container.
func (c *call) forgetContainer(tx *transaction, id string) error {
	record := tx.state.Containers[id]
	err := errors.Join(c.endRelay(record), dropShares(record.Shares), os.RemoveAll(filepath.Join(c.root, runFolder, record.Folder)))
	delete(tx.state.Containers, id)
	if record.DerivedImage != "" {
		c.removeDerivedImage(record.DerivedImage)
	}
	return errors.Join(err, tx.save())
}
