//go:build linux

package main

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sort"
	"strings"

	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
)

const networkPlugin = "container-network-vmnet"

// networkAsk is what `network create` was asked for.
type networkAsk struct {
	name     string
	internal bool
	labels   map[string]string
	options  map[string]string
	plugin   string
	ipv4     string
	ipv6     string
}

// createNetwork makes a network and prints its name.
func (c *call) createNetwork(ask networkAsk) error {
	if err := checkNetworkName(ask.name); err != nil {
		return err
	}
	if err := checkNetworkLabels(ask.labels); err != nil {
		return err
	}
	if ask.plugin != networkPlugin {
		return fail(codeNotFound, "unable to locate network plugin %s", ask.plugin)
	}
	err := c.store.update(func(tx *transaction) error {
		if err := c.ensureDefaultNetwork(tx); err != nil {
			return err
		}
		if tx.state.Networks[ask.name] != nil {
			return fail(codeExists, "network %s already exists", ask.name)
		}
		if err := checkOverlap(tx.state, ask); err != nil {
			return err
		}
		tx.state.NextNetwork++
		return c.addNetwork(tx, ask, tx.state.NextNetwork)
	})
	if err != nil {
		return err
	}
	c.print(ask.name)
	return nil
}

// checkOverlap refuses a subnet that overlaps one of this Mac's networks.
func checkOverlap(current *state, ask networkAsk) error {
	for _, asked := range []string{ask.ipv4, ask.ipv6} {
		if asked == "" {
			continue
		}
		wanted := netip.MustParsePrefix(asked)
		for _, record := range current.Networks {
			for _, used := range []string{record.Status.IPv4Subnet, record.Status.IPv6Subnet} {
				if used != "" && wanted.Overlaps(netip.MustParsePrefix(used)) {
					return fail(codeExists, "%s subnet %s overlaps an existing network with subnet %s", family(wanted), asked, used)
				}
			}
		}
	}
	return nil
}

func family(prefix netip.Prefix) string {
	if prefix.Addr().Is6() {
		return "IPv6"
	}
	return "IPv4"
}

// ensureDefaultNetwork makes the builtin network, which a Mac always has, when it is first needed. Its number is 0: Docker
// prefers the gateway of the network whose name sorts first.
func (c *call) ensureDefaultNetwork(tx *transaction) error {
	if tx.state.Networks[defaultNetwork] != nil {
		return nil
	}
	builtin := map[string]string{"com.apple.container.resource.role": "builtin"}
	if err := c.addNetwork(tx, networkAsk{name: defaultNetwork, labels: builtin, plugin: networkPlugin}, 0); err != nil {
		return err
	}
	return tx.save()
}

// addNetwork makes the Docker network and the record.
func (c *call) addNetwork(tx *transaction, ask networkAsk, number int) error {
	record := &networkRecord{
		Configuration: networkConfiguration{
			Name: ask.name, CreationDate: dateNow(), Mode: "nat", IPv4Subnet: ask.ipv4, IPv6Subnet: ask.ipv6,
			Labels: notNilMap(ask.labels), Plugin: ask.plugin, Options: notNilMap(ask.options),
		},
		DockerName: fmt.Sprintf("standin-%06d-%x", number, randomBytes(6)),
		LastHost:   1,
	}
	if ask.internal {
		record.Configuration.Mode = "hostOnly"
	}
	docker, err := c.engine()
	if err != nil {
		return err
	}
	subnet := ask.ipv4
	for attempt := 0; ; attempt++ {
		if ask.ipv4 == "" {
			if subnet, err = c.freeSubnet(docker); err != nil {
				return err
			}
		}
		err = c.createDockerNetwork(docker, record, subnet, ask.ipv6)
		// Somebody else on this engine may have taken the free subnet meanwhile.
		if err == nil || ask.ipv4 != "" || attempt == 10 || !strings.Contains(err.Error(), "overlap") {
			break
		}
	}
	if err != nil {
		return err
	}
	tx.state.Networks[ask.name] = record
	return nil
}

func notNilMap(values map[string]string) map[string]string {
	if values == nil {
		return map[string]string{}
	}
	return values
}

// createDockerNetwork makes the bridge and fills in the record's status.
func (c *call) createDockerNetwork(docker *client.Client, record *networkRecord, ipv4, ipv6 string) error {
	prefix := netip.MustParsePrefix(ipv4).Masked()
	gateway := prefix.Addr().Next()
	options := network.CreateOptions{
		Driver: "bridge", Internal: record.Configuration.Mode == "hostOnly", Labels: map[string]string{rootLabel: c.root},
		IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: prefix.String(), Gateway: gateway.String()}}},
	}
	record.Status = networkStatus{IPv4Subnet: prefix.String(), IPv4Gateway: gateway.String()}
	if ipv6 != "" {
		enable, wide := true, netip.MustParsePrefix(ipv6).Masked()
		options.EnableIPv6 = &enable
		options.IPAM.Config = append(options.IPAM.Config, network.IPAMConfig{Subnet: wide.String(), Gateway: wide.Addr().Next().String()})
		record.Status.IPv6Subnet = wide.String()
	}
	made, err := docker.NetworkCreate(c.ctx, record.DockerName, options)
	if err != nil {
		if strings.Contains(err.Error(), "overlap") {
			return fail(codeExists, "IPv4 subnet %s overlaps an existing network", ipv4)
		}
		return fmt.Errorf("create network %s: %w", record.Configuration.Name, c.engineError(err))
	}
	record.DockerID = made.ID
	return nil
}

// listedNetworks gives all networks, the builtin one among them, sorted by name.
func (c *call) listedNetworks() ([]networkResource, error) {
	current, err := c.store.read()
	if err != nil {
		return nil, err
	}
	if current.Networks[defaultNetwork] == nil {
		err := c.store.update(func(tx *transaction) error {
			current = tx.state
			return c.ensureDefaultNetwork(tx)
		})
		if err != nil {
			return nil, err
		}
	}
	listed := make([]networkResource, 0, len(current.Networks))
	for _, name := range slices.Sorted(maps.Keys(current.Networks)) {
		record := current.Networks[name]
		listed = append(listed, networkResource{ID: name, Configuration: record.Configuration, Status: record.Status})
	}
	return listed, nil
}

// deleteNetworks deletes names, or with all every network that is not builtin and not referred to.
func (c *call) deleteNetworks(names []string, all bool) error {
	if !all && len(names) == 0 {
		return fail(codeInvalidArgument, "no networks specified and --all not supplied")
	}
	if all && len(names) > 0 {
		return c.usage("explicitly supplied network name(s) conflict with the --all flag")
	}
	names = unique(names)
	if slices.Contains(names, defaultNetwork) {
		return fail(codeInvalidArgument, "cannot delete a builtin network: %s", defaultNetwork)
	}
	var deleted, failed []string
	err := c.store.update(func(tx *transaction) error {
		if all {
			for name := range tx.state.Networks {
				if name != defaultNetwork {
					names = append(names, name)
				}
			}
		}
		var missing []string
		for _, name := range names {
			if tx.state.Networks[name] == nil {
				missing = append(missing, name)
			}
		}
		if len(missing) > 0 {
			sort.Strings(missing)
			return fail(codeNotFound, "failed to delete one or more networks: %s", swiftList(missing))
		}
		for _, name := range names {
			if err := c.deleteNetwork(tx, name); err != nil {
				c.log("failed to delete network: %s", swiftMetadata(map[string]string{"id": name, "error": err.Error()}))
				failed = append(failed, name)
				continue
			}
			deleted = append(deleted, name)
		}
		return nil
	})
	for _, name := range deleted {
		c.print(name)
	}
	if err == nil && len(failed) > 0 {
		err = fail(codeInternalError, "delete failed for one or more networks: %s", swiftList(failed))
	}
	return err
}

func (c *call) deleteNetwork(tx *transaction, name string) error {
	user, used, err := c.usedBy(tx, refersToNetwork(name))
	if err != nil {
		return err
	}
	if used {
		return fail(codeInvalidState, "cannot delete subnet %s with referring containers: %s", name, user)
	}
	docker, err := c.engine()
	if err != nil {
		return err
	}
	if err := docker.NetworkRemove(c.ctx, tx.state.Networks[name].DockerName); err != nil && !isNotFound(err) {
		return c.engineError(err)
	}
	delete(tx.state.Networks, name)
	return tx.save()
}

// swiftList writes names as Swift interpolates an array: ["a", "b"].
func swiftList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = `"` + name + `"`
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// swiftMetadata writes the metadata of a log line: ["id": web, "error": ...].
func swiftMetadata(values map[string]string) string {
	parts := make([]string, 0, len(values))
	for key, value := range values {
		parts = append(parts, fmt.Sprintf("%q: %s", key, value))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// unique drops repeated names and keeps the order.
func unique(names []string) []string {
	var once []string
	for _, name := range names {
		if !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	return once
}
