//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"net/netip"

	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
)

// freeSubnet gives a subnet for a network that none was asked for. Addresses can be given to containers only in a network whose
// subnet was chosen, and they must be given, to be known before a start and new at each. Out of the engine's own pools one is
// drawn by lot that no network has; an engine that does not tell its pools is made to choose.
func (c *call) freeSubnet(docker *client.Client) (string, error) {
	facts, err := c.host()
	if err != nil {
		return "", err
	}
	listed, err := docker.NetworkList(c.ctx, network.ListOptions{})
	if err != nil {
		return "", fmt.Errorf("choose a subnet: %w", c.engineError(err))
	}
	var used []netip.Prefix
	for _, each := range listed {
		for _, pool := range each.IPAM.Config {
			if prefix, err := netip.ParsePrefix(pool.Subnet); err == nil {
				used = append(used, prefix)
			}
		}
	}
	if free, found := drawSubnet(facts.Pools, used, rand.IntN); found {
		return free.String(), nil
	}
	return c.probedSubnet(docker)
}

// drawSubnet draws a subnet of the pools ("10.66.0.0/15 24") that overlaps none of used. Draws are random, so that several
// pretend Macs on one engine seldom want the same one.
func drawSubnet(pools []string, used []netip.Prefix, random func(int) int) (netip.Prefix, bool) {
	var free []netip.Prefix
	for _, pool := range pools {
		var text string
		var bits int
		if _, err := fmt.Sscanf(pool, "%s %d", &text, &bits); err != nil {
			continue
		}
		base, err := netip.ParsePrefix(text)
		if err != nil || !base.Addr().Is4() || bits < base.Bits() || bits > 29 {
			continue
		}
		count := min(1<<(bits-base.Bits()), 4096)
		for i := range count {
			candidate := netip.PrefixFrom(hostAddress(base, i<<(32-bits)), bits)
			if !overlapsAny(candidate, used) {
				free = append(free, candidate)
			}
		}
	}
	if len(free) == 0 {
		return netip.Prefix{}, false
	}
	return free[random(len(free))], true
}

func overlapsAny(candidate netip.Prefix, used []netip.Prefix) bool {
	for _, each := range used {
		if candidate.Overlaps(each) {
			return true
		}
	}
	return false
}

// probedSubnet makes a network without a subnet, looks at it, and removes it.
func (c *call) probedSubnet(docker *client.Client) (string, error) {
	probe, err := docker.NetworkCreate(c.ctx, opaqueName(), network.CreateOptions{
		Driver: "bridge", Internal: true, Labels: map[string]string{rootLabel: c.root},
	})
	if err != nil {
		return "", fmt.Errorf("choose a subnet: %w", c.engineError(err))
	}
	found, err := docker.NetworkInspect(c.ctx, probe.ID, network.InspectOptions{})
	removeErr := docker.NetworkRemove(c.ctx, probe.ID)
	if err != nil {
		return "", fmt.Errorf("choose a subnet: %w", err)
	}
	if removeErr != nil {
		return "", fmt.Errorf("choose a subnet: %w", removeErr)
	}
	for _, pool := range found.IPAM.Config {
		if prefix, err := netip.ParsePrefix(pool.Subnet); err == nil && prefix.Addr().Is4() {
			return prefix.Masked().String(), nil
		}
	}
	return "", fmt.Errorf("choose a subnet: the engine gave none")
}
