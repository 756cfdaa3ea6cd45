package adaptertest

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"

	"github.com/hostwright/compose/adapter"
)

// defaultNetwork is the builtin network's name.
const defaultNetwork = "default"

// networkName is the rule of Apple container 1.0.0 and later.
var networkName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$`)

type fakeNetwork struct {
	adapter.Network
	next int // last part of the address that the next start gets
}

type portKey struct {
	protocol string
	port     uint16
}

// ListNetworks gives every network, sorted.
func (f *Fake) ListNetworks(ctx context.Context) ([]adapter.Network, error) {
	if err := f.enter(ctx, adapter.OpListNetworks, ""); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	return f.snapshot().Networks, nil
}

// CreateNetwork makes a network.
func (f *Fake) CreateNetwork(ctx context.Context, r adapter.NetworkRequest) error {
	if err := f.enter(ctx, adapter.OpCreateNetwork, r.Name); err != nil {
		return err
	}
	defer f.mu.Unlock()
	switch {
	case !networkName.MatchString(r.Name) || r.Name == "none":
		return fail(adapter.Refused, adapter.OpCreateNetwork, r.Name, "invalid network name: %s", r.Name)
	case f.networks[r.Name] != nil:
		return fail(adapter.Exists, adapter.OpCreateNetwork, r.Name, "network %s already exists", r.Name)
	}
	if r.Subnet != "" {
		subnet, err := netip.ParsePrefix(r.Subnet)
		if err != nil || !subnet.Addr().Is4() {
			return fail(adapter.Refused, adapter.OpCreateNetwork, r.Name, "%q is no IPv4 subnet", r.Subnet)
		}
		for _, name := range sortedKeys(f.networks) {
			if n := f.networks[name]; n.Subnet.Overlaps(subnet) {
				return fail(adapter.Refused, adapter.OpCreateNetwork, r.Name,
					"IPv4 subnet %s overlaps an existing network with subnet %s", subnet, n.Subnet)
			}
		}
	}
	f.addNetwork(r, false)
	f.notify()
	return nil
}

// addNetwork makes a network with the subnet asked for, else the next free one of 192.168.64.0/24 and up.
func (f *Fake) addNetwork(r adapter.NetworkRequest, builtin bool) {
	subnet, err := netip.ParsePrefix(r.Subnet)
	for err != nil || r.Subnet == "" && f.subnetTaken(subnet) {
		subnet = netip.MustParsePrefix(fmt.Sprintf("192.%d.%d.0/24", 168+(64+f.nextNet)/256, (64+f.nextNet)%256))
		f.nextNet, err = f.nextNet+1, nil
	}
	n := &fakeNetwork{next: 2, Network: adapter.Network{
		Name: r.Name, Internal: r.Internal, Builtin: builtin, Subnet: subnet.Masked(),
		Gateway: subnet.Masked().Addr().Next(), Labels: r.Labels, Created: now(),
	}}
	f.networks[r.Name] = n
}

func (f *Fake) subnetTaken(subnet netip.Prefix) bool {
	for _, n := range f.networks {
		if n.Subnet.Overlaps(subnet) {
			return true
		}
	}
	return false
}

// DeleteNetwork removes a network that no container refers to.
func (f *Fake) DeleteNetwork(ctx context.Context, name string) error {
	if err := f.enter(ctx, adapter.OpDeleteNetwork, name); err != nil {
		return err
	}
	defer f.mu.Unlock()
	n := f.networks[name]
	switch {
	case n == nil:
		return fail(adapter.NotFound, adapter.OpDeleteNetwork, name, "failed to delete one or more networks: [%q]", name)
	case n.Builtin:
		return fail(adapter.Refused, adapter.OpDeleteNetwork, name, "cannot delete a builtin network: %s", name)
	}
	for _, id := range sortedKeys(f.containers) {
		if slices.Contains(f.containers[id].networks, name) {
			return fail(adapter.InUse, adapter.OpDeleteNetwork, name, "cannot delete subnet %s with referring containers: [%q]", name, id)
		}
	}
	delete(f.networks, name)
	f.notify()
	return nil
}

// addresses gives a starting container a new address on each of its networks.
func (f *Fake) addresses(c *fakeContainer) []adapter.Address {
	var list []adapter.Address
	for i, name := range c.networks {
		n := f.networks[name]
		base := n.Subnet.Addr().As4()
		base[3] = byte(n.next)
		n.next++
		if n.next > 253 {
			n.next = 2
		}
		f.nextMAC++
		mac := fmt.Sprintf("f2:00:00:%02x:%02x:%02x", f.nextMAC>>16&0xff, f.nextMAC>>8&0xff, f.nextMAC&0xff)
		if len(c.request.Networks) > i && c.request.Networks[i].MAC != "" {
			mac = c.request.Networks[i].MAC
		}
		list = append(list, adapter.Address{Network: name, IPv4: netip.AddrFrom4(base), Gateway: n.Gateway, MAC: mac})
	}
	return list
}

// takePorts checks that no running container and nobody else holds a port that a container publishes.
func (f *Fake) takePorts(c *fakeContainer) error {
	wanted := publishedPorts(c)
	for key, held := range f.held {
		if held && wanted[key] {
			return portInUse(c, key)
		}
	}
	for _, other := range f.containers {
		if other.state != adapter.StateRunning {
			continue
		}
		for key := range publishedPorts(other) {
			if wanted[key] {
				return portInUse(c, key)
			}
		}
	}
	return nil
}

func portInUse(c *fakeContainer, key portKey) error {
	return fail(adapter.PortInUse, adapter.OpStartContainer, c.request.ID, "port %d/%s: Address already in use", key.port, key.protocol)
}

func publishedPorts(c *fakeContainer) map[portKey]bool {
	ports := map[portKey]bool{}
	for _, p := range c.request.Ports {
		for i := range max(p.Count, 1) {
			ports[portKey{p.Protocol, p.HostPort + i}] = true
		}
	}
	return ports
}
