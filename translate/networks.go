package translate

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/hostwright/compose/translate/declared"
)

// defaultNetwork is the key of the network of services that name none.
const defaultNetwork = "default"

// mtuOption is the driver option of Docker's bridge driver for the MTU.
const mtuOption = "com.docker.network.driver.mtu"

// networks fills in the networks of the project. network_mode: bridge means the default network here, since the
// runtime's own network would let containers of all projects meet.
func (t *translator) networks() {
	from := maps.Clone(t.from.Networks)
	for _, service := range t.from.Services {
		if _, ok := from[defaultNetwork]; !ok && bridge(service.NetworkMode) {
			from = maps.Clone(from)
			if from == nil {
				from = types.Networks{}
			}
			from[defaultNetwork] = types.NetworkConfig{Name: declared.ResourceName(t.from.Name, defaultNetwork)}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(from)) {
		n := from[key]
		p := "networks." + key
		out := declared.Network{Key: key, Name: n.Name, External: bool(n.External), Internal: n.Internal, Labels: sortedPairs(n.Labels)}
		if !out.External {
			out.Name = t.fit(p, n.Name)
		}
		t.otherOptions(p+".driver_opts", n.DriverOpts, "networks", mtuOption)
		t.subnets(p, n, &out)
		t.to.Networks = append(t.to.Networks, out)
	}
}

// otherOptions notes the driver options that are not among the known ones.
func (t *translator) otherOptions(path string, options types.Options, of string, known ...string) {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if !slices.Contains(known, name) {
			t.note(path+"."+name, "", "the runtime's %s have no option %s", of, name)
		}
	}
}

func bridge(mode string) bool { return mode == "bridge" || mode == "default" }

// subnets takes the first prefix of each family.
func (t *translator) subnets(p string, from types.NetworkConfig, out *declared.Network) {
	for i, pool := range from.Ipam.Config {
		if pool == nil || pool.Subnet == "" {
			continue
		}
		at := fmt.Sprintf("%s.ipam.config[%d].subnet", p, i)
		prefix, err := netip.ParsePrefix(pool.Subnet)
		switch {
		case err != nil:
			t.refuse(at, "write a prefix such as 10.89.0.0/24", "%q is no subnet", pool.Subnet)
		case prefix.Addr().Is4() && out.Subnet == "":
			out.Subnet = prefix.Masked().String()
		case prefix.Addr().Is6() && out.SubnetV6 == "":
			out.SubnetV6 = prefix.Masked().String()
		default:
			t.warn(at, "use a network for each subnet", "the network has one subnet of each family; %s is left out", pool.Subnet)
		}
	}
	if from.EnableIPv6 != nil && *from.EnableIPv6 && out.SubnetV6 == "" {
		t.note(p+".enable_ipv6", "give an IPv6 subnet under ipam to choose it", "the runtime chooses the IPv6 prefix itself")
	}
}

// attach fills in the service's networks, the one with the default route first.
func (s *scope) attach(out *declared.Service) {
	mode := s.from.NetworkMode
	switch {
	case mode == "none":
		out.NetworkMode = "none"
		return
	case bridge(mode):
		s.note("network_mode", "", "the containers join the project's default network instead of one that all projects share")
		out.Networks = []declared.Attachment{{Network: defaultNetwork, MAC: s.from.MacAddress, MTU: s.mtu(defaultNetwork, nil)}}
		return
	case mode != "": // refused by its row
		return
	}
	keys := s.from.NetworksByPriority()
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(s.gateway(b), s.gateway(a)) })
	for i, key := range keys {
		a := declared.Attachment{Network: key}
		n := s.from.Networks[key]
		if n != nil {
			s.otherOptions(s.path("networks."+key+".driver_opts"), n.DriverOpts, "networks", mtuOption)
			a.Aliases = sorted(n.Aliases)
			a.MAC = n.MacAddress
		}
		if a.MAC == "" && i == 0 {
			a.MAC = s.from.MacAddress
		}
		a.MTU = s.mtu(key, n)
		out.Networks = append(out.Networks, a)
	}
}

// gateway gives a network's priority for the default route.
func (s *scope) gateway(key string) int {
	if n := s.from.Networks[key]; n != nil {
		return n.GatewayPriority
	}
	return 0
}

// mtu reads the MTU from the attachment's options or the network's; 0 where neither says one. The runtime takes 1280 to
// 65535.
func (s *scope) mtu(key string, n *types.ServiceNetworkConfig) int {
	given, at := s.translator.from.Networks[key].DriverOpts[mtuOption], "networks."+key+".driver_opts."+mtuOption
	if n != nil && n.DriverOpts[mtuOption] != "" {
		given, at = n.DriverOpts[mtuOption], s.path("networks."+key+".driver_opts."+mtuOption)
	}
	if given == "" {
		return 0
	}
	mtu, err := strconv.Atoi(given)
	if err != nil || mtu < 1280 || mtu > 65535 {
		s.translator.refuse(at, "give a number from 1280 to 65535", "an MTU of %q is not possible", given)
		return 0
	}
	return mtu
}

// extraHosts gives the lines by name; a name may have several addresses, whose order is kept.
func (s *scope) extraHosts() []declared.HostEntry {
	var out []declared.HostEntry
	for _, name := range slices.Sorted(maps.Keys(s.from.ExtraHosts)) {
		for _, address := range s.from.ExtraHosts[name] {
			if _, err := netip.ParseAddr(address); err != nil && address != "host-gateway" {
				s.refuse("extra_hosts."+name, "give an IP address, or host-gateway for this machine", "%q is no IP address", address)
				continue
			}
			out = append(out, declared.HostEntry{Name: name, Address: address})
		}
	}
	return out
}

// sorted gives a sorted copy without duplicates, nil for none.
func sorted(names []string) []string {
	out := slices.Clone(names)
	slices.Sort(out)
	return list(slices.Compact(out))
}
