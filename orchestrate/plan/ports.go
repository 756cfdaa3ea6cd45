package plan

import (
	"fmt"
	"net/netip"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
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

// planPorts settles the host port of every published port: fixed ones first, then ranges, of which each replica gets
// the next free one, then free ones, which keep the port that the ledger has for them as long as nobody took it.
// Conflicts are refused here, naming the holder.
func (p *planner) planPorts() {
	var all []*replica
	published := false
	for _, s := range p.services {
		for _, r := range p.replicas[s.Name] {
			all = append(all, r)
			published = published || len(s.Ports) > 0 && !r.running()
		}
	}
	if !published {
		return
	}
	if p.in.Listening == nil {
		p.unknown(unknownPorts)
	}
	m := p.portsInUse(all)
	for _, r := range all {
		if !r.made() && !r.running() {
			p.checkStopped(m, r)
		}
	}
	for _, class := range []func(declared.Port) bool{isFixed, isRange, isFree} {
		for _, r := range all {
			if r.made() {
				p.publish(m, r, class)
			}
		}
	}
}

func isFixed(d declared.Port) bool { return d.First != 0 && d.First == d.Last }
func isRange(d declared.Port) bool { return d.First != 0 && d.First != d.Last }
func isFree(d declared.Port) bool  { return d.First == 0 }

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

// checkStopped looks at a container that exists and will be started: its ports are settled. A free one that somebody
// took meanwhile is replaced together with the container; a fixed one is refused.
func (p *planner) checkStopped(m *portMap, r *replica) {
	var lost []Reason
	for _, port := range eachPort(r.existing.Ports) {
		k, addr := portKey{port.Protocol, port.HostPort}, hostAddr(port.HostIP)
		holder, taken := m.taken(k, addr)
		switch {
		case taken && heldFree(r.entry, port) && p.in.Goal.Verb != Start && !p.in.Goal.NoRecreate:
			lost = append(lost, Reason{Cause: CauseChanged, Field: fmt.Sprintf("ports[%d/%s].host", port.ContainerPort, port.Protocol), From: fmt.Sprint(port.HostPort)})
		case taken:
			p.refusePort(r, k, addr, holder)
		}
	}
	if len(lost) > 0 {
		r.recreate, r.reasons = true, append(r.reasons, lost...)
		return
	}
	for _, port := range eachPort(r.existing.Ports) {
		m.claim(portKey{port.Protocol, port.HostPort}, claim{addr: hostAddr(port.HostIP), holder: "container " + r.name, own: r})
	}
}

// heldFree tells whether a port is one that was chosen for a free one.
func heldFree(e *ledger.Entry, port adapter.Port) bool {
	for _, held := range e.Ports {
		if held.Host == port.HostPort && held.Protocol == port.Protocol {
			return true
		}
	}
	return false
}

// publish settles the ports of one class.
func (p *planner) publish(m *portMap, r *replica, class func(declared.Port) bool) {
	for _, d := range r.service.Ports {
		if !class(d) {
			continue
		}
		host, ok := p.hostPort(m, r, d)
		if !ok {
			continue
		}
		k := portKey{d.Protocol, host}
		m.claim(k, claim{addr: hostAddr(d.HostIP), holder: "container " + r.name, own: r})
		r.ports = append(r.ports, adapter.Port{HostIP: d.HostIP, HostPort: host, ContainerPort: d.Target, Protocol: d.Protocol})
		if isFree(d) {
			r.chosen = append(r.chosen, ledger.Port{Target: d.Target, Protocol: d.Protocol, HostIP: d.HostIP, Host: host})
		}
	}
}

func (p *planner) hostPort(m *portMap, r *replica, d declared.Port) (uint16, bool) {
	addr := hostAddr(d.HostIP)
	if isFree(d) {
		return p.freePort(m, r, d, addr)
	}
	var holder claim
	for n := int(d.First); n <= int(d.Last); n++ {
		k := portKey{d.Protocol, uint16(n)}
		c, taken := m.taken(k, addr)
		if !taken && !r.publishes(k) {
			return uint16(n), true
		}
		holder = c
	}
	if isFixed(d) {
		p.refusePort(r, portKey{d.Protocol, d.First}, addr, holder)
		return 0, false
	}
	p.find(finding.Error, "services."+r.service.Name+".ports", fmt.Sprintf("all ports from %d to %d are taken, and %s needs one (the last is held by %s)", d.First, d.Last, r.name, holder.holder),
		"widen the range, or use fewer replicas")
	return 0, false
}

// publishes tells whether the container has the port already, on whatever address: the runtime refuses one host port
// on two addresses of one container (Apple container, 4.2).
func (r *replica) publishes(k portKey) bool {
	for _, port := range r.ports {
		if port.Protocol == k.protocol && port.HostPort == k.port {
			return true
		}
	}
	return false
}

// freePort keeps the port that the ledger has, else takes the first candidate that nobody has.
func (p *planner) freePort(m *portMap, r *replica, d declared.Port, addr netip.Addr) (uint16, bool) {
	available := func(n uint16) bool {
		k := portKey{d.Protocol, n}
		_, taken := m.taken(k, addr)
		return !taken && !r.publishes(k)
	}
	if r.entry != nil {
		for _, held := range r.entry.Ports {
			if held.Target == d.Target && held.Protocol == d.Protocol && held.HostIP == d.HostIP && available(held.Host) {
				return held.Host, true
			}
		}
	}
	for i, n := range m.free {
		if available(n) {
			m.free = m.free[i+1:]
			return n, true
		}
	}
	if p.in.Listening == nil || len(p.in.FreePorts) == 0 {
		p.unknown(unknownPorts)
		return 0, false
	}
	p.find(finding.Error, "services."+r.service.Name+".ports", fmt.Sprintf("no free port was found for port %d of %s", d.Target, r.name), "give it a fixed one, such as 8080:80")
	return 0, false
}

func (p *planner) refusePort(r *replica, k portKey, addr netip.Addr, c claim) {
	path := "services." + r.service.Name + ".ports"
	what := fmt.Sprintf("port %d/%s on %s", k.port, k.protocol, address(addr))
	switch {
	case c.own != nil && c.own.service == r.service:
		p.find(finding.Error, path, fmt.Sprintf("%s is wanted by %d replicas of %s, and only one can have it", what, len(p.replicas[r.service.Name]), r.service.Name),
			"use a range such as 8080-8089, leave the host port out, or use one replica")
	case c.own != nil:
		p.find(finding.Error, path, fmt.Sprintf("%s is already published by service %s of this project", what, c.own.service.Name), "give one of them another host port")
	default:
		p.find(finding.Error, path, fmt.Sprintf("%s is already in use by %s", what, c.holder), "stop it, or publish another host port")
	}
}

func address(a netip.Addr) string {
	if a.IsUnspecified() {
		return "all addresses"
	}
	return a.String()
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
