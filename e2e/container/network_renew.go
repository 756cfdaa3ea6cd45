//go:build linux

package main

import (
	"fmt"
	"strings"

	"github.com/docker/docker/client"
)

// renewSubnets gives every network whose subnet was not asked for another one, as may happen when the services start again.
// All containers are stopped then; a start connects them anew.
func (c *call) renewSubnets(tx *transaction) error {
	docker, err := c.engine()
	if err != nil {
		return err
	}
	for name, record := range tx.state.Networks {
		if record.Configuration.IPv4Subnet != "" {
			continue
		}
		// Chosen while the old network is there, so it differs; written down first, so that a killed call is finished by repair.
		subnet, err := c.freeSubnet(docker)
		if err != nil {
			return err
		}
		record.Renewing = subnet
		if err := tx.save(); err != nil {
			return err
		}
		if err := docker.NetworkRemove(c.ctx, record.DockerName); err != nil && !isNotFound(err) {
			return fmt.Errorf("give network %s another subnet: %w", name, c.engineError(err))
		}
		if err := c.finishRenewal(docker, record); err != nil {
			return err
		}
	}
	return nil
}

// finishRenewal makes the Docker network of a network under its old name in its new subnet.
func (c *call) finishRenewal(docker *client.Client, record *networkRecord) error {
	subnet := record.Renewing
	for attempt := 0; ; attempt++ {
		err := c.createDockerNetwork(docker, record, subnet, record.Configuration.IPv6Subnet)
		if err == nil {
			record.Renewing, record.LastHost = "", 1
			return nil
		}
		// Somebody else on this engine may have taken the free subnet meanwhile.
		if attempt == 10 || !strings.Contains(err.Error(), "overlap") {
			return err
		}
		if subnet, err = c.freeSubnet(docker); err != nil {
			return err
		}
	}
}
