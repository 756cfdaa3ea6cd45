//go:build linux

package main

import (
	"maps"
	"slices"

	"github.com/hostwright/compose/e2e/container/argv"
)

// cleanCommand is there from 1.4.1 on: it gives freed blocks of running containers' disks back to the Mac. Here nothing is kept
// that could be given back, so it only judges what it is asked.
func (c *call) cleanCommand() *argv.Command {
	return &argv.Command{
		Name: "clean", Abstract: "Reclaim unused disk space of running containers", Options: []argv.Option{debugOption()},
		Args: idArgs,
		Run:  c.withServices(func(in *argv.Invocation) error { return c.cleanContainers(unique(in.Args("container-ids"))) }),
	}
}

// cleanContainers trims the containers named, or all that run; what the runtime does without IDs is not known. A server
// or a guest agent from before 1.4.1 does not know the call (observed).
func (c *call) cleanContainers(ids []string) error {
	if !c.server.atLeast(1, 4, 0) {
		return fail(codeInvalidArgument, "unknown route com.apple.container.apiserver/containerClean")
	}
	listing, err := c.managed()
	if err != nil {
		return err
	}
	running := map[string]bool{}
	for _, each := range listing.containers {
		running[each.ID] = each.Status.State == stateRunning
	}
	if len(ids) == 0 {
		ids = slices.DeleteFunc(slices.Sorted(maps.Keys(running)), func(id string) bool { return !running[id] })
	}
	var failed failures
	for _, id := range ids {
		if err := c.cleanOne(id, running); err != nil {
			failed = append(failed, fail(codeInternalError, "failed to clean container").because(err))
			continue
		}
		c.print(id)
	}
	return failed.err()
}

func (c *call) cleanOne(id string, running map[string]bool) error {
	runs, exists := running[id]
	switch {
	case !exists:
		return fail(codeNotFound, "container with ID %s not found", id)
	case !runs:
		return fail(codeInvalidState, "container %s is not running", id)
	}
	current, err := c.store.read()
	if err != nil {
		return err
	}
	if record := current.Containers[id]; record != nil && !record.Agent.atLeast(1, 4, 0) {
		return fail(codeUnsupported, "Requested RPC isn't implemented by this server.")
	}
	return nil
}
