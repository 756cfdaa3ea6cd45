package rehearsal

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
)

// defaultNetwork is the builtin network's name.
const defaultNetwork = "default"

// networkName is the rule of Apple container 1.0.0 and later.
var networkName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$`) })

// CreateNetwork makes a network.
func (w *World) CreateNetwork(r adapter.NetworkRequest, now time.Time) error {
	switch {
	case !networkName().MatchString(r.Name) || r.Name == "none":
		return Fail(adapter.Refused, adapter.OpCreateNetwork, r.Name, "invalid network name: %s", r.Name)
	case w.Networks[r.Name] != nil:
		return Fail(adapter.Exists, adapter.OpCreateNetwork, r.Name, "network %s already exists", r.Name)
	}
	if r.Subnet != "" {
		subnet, err := netip.ParsePrefix(r.Subnet)
		if err != nil || !subnet.Addr().Is4() {
			return Fail(adapter.Refused, adapter.OpCreateNetwork, r.Name, "%q is no IPv4 subnet", r.Subnet)
		}
		for _, name := range sortedKeys(w.Networks) {
			if n := w.Networks[name]; n.Subnet.Overlaps(subnet) {
				return Fail(adapter.Refused, adapter.OpCreateNetwork, r.Name,
					"IPv4 subnet %s overlaps an existing network with subnet %s", subnet, n.Subnet)
			}
		}
	}
	w.addNetwork(r, false, now)
	return nil
}

// addNetwork makes a network with the subnet asked for, else the next free one of 192.168.64.0/24 and up.
func (w *World) addNetwork(r adapter.NetworkRequest, builtin bool, now time.Time) {
	subnet, err := netip.ParsePrefix(r.Subnet)
	for err != nil || r.Subnet == "" && w.subnetTaken(subnet) {
		subnet = netip.MustParsePrefix(fmt.Sprintf("192.%d.%d.0/24", 168+(64+w.Subnets)/256, (64+w.Subnets)%256))
		w.Subnets, err = w.Subnets+1, nil
	}
	w.Networks[r.Name] = &Network{Next: 2, Network: adapter.Network{
		Name: r.Name, Internal: r.Internal, Builtin: builtin, Subnet: subnet.Masked(),
		Gateway: subnet.Masked().Addr().Next(), Labels: r.Labels, Created: wholeSecond(now),
	}}
}

func (w *World) subnetTaken(subnet netip.Prefix) bool {
	for _, n := range w.Networks {
		if n.Subnet.Overlaps(subnet) {
			return true
		}
	}
	return false
}

// DeleteNetwork removes a network that no container refers to.
func (w *World) DeleteNetwork(name string) error {
	n := w.Networks[name]
	switch {
	case n == nil:
		return Fail(adapter.NotFound, adapter.OpDeleteNetwork, name, "failed to delete one or more networks: [%q]", name)
	case n.Builtin:
		return Fail(adapter.Refused, adapter.OpDeleteNetwork, name, "cannot delete a builtin network: %s", name)
	}
	for _, id := range sortedKeys(w.Containers) {
		if slices.Contains(w.Containers[id].Networks, name) {
			return Fail(adapter.InUse, adapter.OpDeleteNetwork, name, "cannot delete subnet %s with referring containers: [%q]", name, id)
		}
	}
	delete(w.Networks, name)
	return nil
}
