package plan

import (
	"fmt"
	"net/netip"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// planPorts settles the host port of every published port: fixed ones first, then ranges, of which each replica gets
// the next free one, then free ones, which keep the port that the ledger has for them as long as nobody took it.
// Conflicts are refused here, naming the holder.
func (p *planner) planPorts() {
	var all []*replica
	published := false
	for _, s := range p.services {
		for _, r := range p.replicas[s.Name] {
			all = append(all, r)
			publishes := len(s.Ports) > 0 || r.existing != nil && len(r.existing.Ports) > 0
			published = published || publishes && !r.running()
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

// checkStopped looks at a container that exists and will be started: its ports are settled. A free one that somebody
// took meanwhile is replaced together with the container; a fixed one is refused.
func (p *planner) checkStopped(m *portMap, r *replica) {
	var lost []Reason
	for _, port := range eachPort(r.existing.Ports) {
		k, addr := portKey{port.Protocol, port.HostPort}, hostAddr(port.HostIP)
		holder, taken := m.taken(k, addr)
		switch {
		case taken && heldFree(r.entry, port) && p.in.Goal.Verb.recreates() && !p.in.Goal.NoRecreate:
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
