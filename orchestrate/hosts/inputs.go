package hosts

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/translate/declared"
)

// Input is everything that a hosts file is made of. The order of its lists is the order of the file.
type Input struct {
	// Hostname is the guest's own host name: the container's ID up to its first dot (Apple container 1.0.0 and later).
	Hostname string
	// Own are the container's networks with its names on each, the first network first. An Addr that is not valid
	// yet stands for an address that the runtime has not given yet.
	Own []Endpoint
	// Peers are the endpoints of other running containers on networks of this one.
	Peers []Endpoint
	// Extra are the extra_hosts; their Address is one, or HostGateway. A name in here hides the peers of that name.
	Extra []Entry
	// Gateway is the host as the first network sees it; not valid: not known yet, or there is none.
	Gateway netip.Addr
}

// Endpoint is one container on one network: its address there and the names that it answers to.
type Endpoint struct {
	Addr  netip.Addr
	Names []string
}

// Entry is one line of extra_hosts.
type Entry struct {
	Name    string
	Address string
}

// HostGateway is the address in extra_hosts that stands for the host (Docker's --add-host).
const HostGateway = "host-gateway"

// Self is the container that a file is for.
type Self struct {
	ID      string
	Service string
	Number  int
	// OneOff is true for a container that does not answer to its service's names, as those of run.
	OneOff bool
}

// Inputs gathers the input for one container from what is declared and what the runtime showed. The container itself
// may be missing from containers: it may not have been started, or be too new for the listing. networks may be nil;
// they tell the gateway before the start. Containers of other projects on a shared network have their names too, as
// on Docker, but not their aliases, which only their own project knows.
func Inputs(p *declared.Project, self Self, containers []adapter.Container, networks []adapter.Network) Input {
	service, _ := p.Service(self.Service)
	if service == nil {
		service = &declared.Service{Name: self.Service}
	}
	runtimeName := networkNames(p)
	var me *adapter.Container
	for i := range containers {
		if containers[i].ID == self.ID {
			me = &containers[i]
		}
	}

	in := Input{Hostname: Hostname(self.ID)}
	for _, a := range service.Networks {
		network := runtimeName[a.Network]
		end := Endpoint{Names: ownNames(service, self, a.Aliases)}
		if me != nil && me.Running() {
			end.Addr = addressOn(me, network)
		}
		in.Own = append(in.Own, end)
		in.Peers = append(in.Peers, peersOn(p, service, self, network, containers)...)
	}
	if len(in.Own) == 0 { // no network at all: the own names still resolve
		in.Own = []Endpoint{{Names: ownNames(service, self, nil)}}
	}
	for _, e := range service.ExtraHosts {
		in.Extra = append(in.Extra, Entry(e))
	}
	if len(service.Networks) > 0 {
		in.Gateway = gatewayOf(runtimeName[service.Networks[0].Network], me, containers, networks)
	}
	return in
}

// Hostname gives the host name that the runtime gives a container: its ID up to the first dot.
func Hostname(id string) string {
	name, _, _ := strings.Cut(id, ".")
	return name
}

func networkNames(p *declared.Project) map[string]string {
	names := make(map[string]string, len(p.Networks))
	for _, n := range p.Networks {
		names[n.Key] = n.Name
	}
	return names
}

// ownNames are a container's own names on one network: declared host name, container, service, aliases.
func ownNames(s *declared.Service, self Self, aliases []string) []string {
	var names []string
	if s.Hostname != "" {
		names = append(names, s.Hostname)
		if short := Hostname(s.Hostname); short != s.Hostname {
			names = append(names, short)
		}
	}
	names = append(names, self.ID)
	if self.OneOff {
		return names
	}
	if self.Service != "" {
		names = append(names, self.Service)
	}
	return append(names, aliases...)
}

// peersOn gives the endpoints of the other running containers on a network, by service, number and ID, so that the
// file is the same whatever the order of the listing.
func peersOn(p *declared.Project, s *declared.Service, self Self, network string, containers []adapter.Container) []Endpoint {
	type peer struct {
		service string
		number  int
		id      string
		end     Endpoint
	}
	var peers []peer
	for i := range containers {
		c := &containers[i]
		if c.ID == self.ID || !c.Running() {
			continue
		}
		addr := addressOn(c, network)
		if !addr.IsValid() {
			continue
		}
		number, _ := strconv.Atoi(firstOf(c.Labels, declared.OwnNumber, declared.LabelNumber))
		service := serviceOf(c)
		peers = append(peers, peer{service, number, c.ID, Endpoint{Addr: addr, Names: peerNames(p, s, c, service, network)}})
	}
	slices.SortFunc(peers, func(a, b peer) int {
		if d := strings.Compare(a.service, b.service); d != 0 {
			return d
		}
		if a.number != b.number {
			return a.number - b.number
		}
		return strings.Compare(a.id, b.id)
	})
	var out []Endpoint
	for _, x := range peers {
		out = append(out, x.end)
	}
	return out
}

// peerNames are the names of another container on a network, as s sees it: container, service, aliases, host name, links of s.
// A one-off has its own name only, as with Docker Compose's run.
func peerNames(p *declared.Project, s *declared.Service, c *adapter.Container, service, network string) []string {
	names := []string{c.ID}
	if service == "" {
		return names
	}
	names = append(names, service)
	if firstOf(c.Labels, declared.OwnProject, declared.LabelProject) != p.Name {
		return names
	}
	if peer, ok := p.Service(service); ok {
		for _, a := range peer.Networks {
			if n, ok := networkOf(p, a.Network); ok && n == network {
				names = append(names, a.Aliases...)
			}
		}
		// Docker's DNS knows a container's host name as well (Engine 25 and later).
		if peer.Hostname != "" {
			names = append(names, peer.Hostname)
		}
	}
	for _, l := range s.Links {
		if l.Service == service && l.Alias != "" {
			names = append(names, l.Alias)
		}
	}
	return names
}

func networkOf(p *declared.Project, key string) (string, bool) {
	for _, n := range p.Networks {
		if n.Key == key {
			return n.Name, true
		}
	}
	return "", false
}

// serviceOf gives the service whose names a container answers to, "" for one-offs (unless they are to answer) and for
// containers of no compose project.
func serviceOf(c *adapter.Container) string {
	if c.Labels[declared.OwnAliases] != "true" && strings.EqualFold(firstOf(c.Labels, declared.OwnOneOff, declared.LabelOneOff), "true") {
		return ""
	}
	return firstOf(c.Labels, declared.OwnService, declared.LabelService)
}

func firstOf(labels map[string]string, keys ...string) string {
	for _, k := range keys {
		if v := labels[k]; v != "" {
			return v
		}
	}
	return ""
}

func addressOn(c *adapter.Container, network string) netip.Addr {
	for _, a := range c.Addresses {
		if a.Network == network {
			return a.IPv4
		}
	}
	return netip.Addr{}
}

// gatewayOf finds a network's gateway: from the container's own address, from a peer's, from the listing of networks.
func gatewayOf(network string, me *adapter.Container, containers []adapter.Container, networks []adapter.Network) netip.Addr {
	look := func(c *adapter.Container) netip.Addr {
		for _, a := range c.Addresses {
			if a.Network == network && a.Gateway.IsValid() {
				return a.Gateway
			}
		}
		return netip.Addr{}
	}
	if me != nil {
		if g := look(me); g.IsValid() {
			return g
		}
	}
	for i := range networks {
		if networks[i].Name == network && networks[i].Gateway.IsValid() {
			return networks[i].Gateway
		}
	}
	for i := range containers {
		if g := look(&containers[i]); g.IsValid() {
			return g
		}
	}
	return netip.Addr{}
}
