package plan

import (
	"net/netip"

	"github.com/hostwright/compose/adapter"
)

// portKey is a port of this host, without its address.
type portKey struct {
	protocol string
	port     uint16
}

// claim is one use of a port: by a container of this plan or of somebody else, or by a process.
type claim struct {
	addr   netip.Addr
	v6Only bool
	holder string
	own    *replica // nil for others
}

// overlaps tells whether two sockets cannot listen side by side: the same address, or one of them is the wildcard of
// its family. [::] takes the IPv4 port as well unless it says otherwise.
func (c claim) overlaps(addr netip.Addr) bool {
	a, b := c.addr.Unmap(), addr.Unmap()
	if a.Is6() && a.IsUnspecified() && !c.v6Only {
		return true
	}
	if a.Is4() != b.Is4() {
		return false
	}
	return a == b || a.IsUnspecified() || b.IsUnspecified()
}

// portMap knows who has which port.
type portMap struct {
	claims map[portKey][]claim
	free   []uint16 // candidates behind the last one that was handed out
}

// taken gives who has the port on an address that overlaps.
func (m *portMap) taken(k portKey, addr netip.Addr) (claim, bool) {
	for _, c := range m.claims[k] {
		if c.overlaps(addr) {
			return c, true
		}
	}
	return claim{}, false
}

func (m *portMap) claim(k portKey, c claim) { m.claims[k] = append(m.claims[k], c) }

// hostAddr is the address of a published port, the IPv4 wildcard when it has none.
func hostAddr(ip string) netip.Addr {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return addr
}

// portsInUse gathers the ports of containers that run and stay, and of processes. A process whose port is that of a
// container of ours is the runtime's own forwarder: it goes with the container.
func (p *planner) portsInUse(all []*replica) *portMap {
	m := &portMap{claims: map[portKey][]claim{}, free: p.in.FreePorts}
	staying := map[string]*replica{}
	for _, r := range all {
		if r.running() {
			staying[r.current()] = r
		}
	}
	going := map[string]bool{}
	for _, r := range p.allReplicas() {
		going[r.current()] = staying[r.current()] == nil
	}
	ours := &portMap{claims: map[portKey][]claim{}}
	for i := range p.in.Snapshot.Containers {
		c := &p.in.Snapshot.Containers[i]
		if !c.Running() {
			continue
		}
		for _, port := range eachPort(c.Ports) {
			k, own := portKey{port.Protocol, port.HostPort}, claim{addr: hostAddr(port.HostIP), holder: "container " + c.ID, own: staying[c.ID]}
			ours.claim(k, own)
			if !going[c.ID] {
				m.claim(k, own)
			}
		}
	}
	for _, l := range p.in.Listening {
		k := portKey{l.Protocol, l.Port}
		if _, forwarded := ours.taken(k, l.Addr); forwarded {
			continue
		}
		holder := "another process"
		if l.Holder != "" {
			holder = l.Holder
		}
		m.claim(k, claim{addr: l.Addr, v6Only: l.V6Only, holder: holder})
	}
	return m
}

// eachPort takes ranges apart.
func eachPort(ports []adapter.Port) []adapter.Port {
	var out []adapter.Port
	for _, port := range ports {
		for i := uint16(0); i < max(port.Count, 1); i++ {
			one := port
			one.HostPort, one.ContainerPort, one.Count = port.HostPort+i, port.ContainerPort+i, 0
			out = append(out, one)
		}
	}
	return out
}

// portHolders are the steps that take away containers whose ports this one takes over.
func (p *planner) portHolders(r *replica) []int {
	var out []int
	for _, port := range r.ports {
		for _, c := range p.goingPorts()[portKey{port.Protocol, port.HostPort}] {
			if c.overlaps(hostAddr(port.HostIP)) {
				out = append(out, c.own.removed)
			}
		}
	}
	return out
}

// goingPorts are the ports of running containers that the plan removes.
func (p *planner) goingPorts() map[portKey][]claim {
	if p.going != nil {
		return p.going
	}
	p.going = map[portKey][]claim{}
	for _, r := range p.allReplicas() {
		if r.removed == 0 || !r.existing.Running() {
			continue
		}
		for _, port := range eachPort(r.existing.Ports) {
			k := portKey{port.Protocol, port.HostPort}
			p.going[k] = append(p.going[k], claim{addr: hostAddr(port.HostIP), own: r})
		}
	}
	return p.going
}
