package translate

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/hostwright/compose/translate/declared"
)

// ports gives the published ports, sorted. The runtime publishes tcp and udp on IPv4 addresses only.
func (s *scope) ports() []declared.Port {
	var out []declared.Port
	for i, p := range s.from.Ports {
		path := fmt.Sprintf("ports[%d]", i)
		port := declared.Port{Protocol: strings.ToLower(p.Protocol)}
		if port.Protocol == "" {
			port.Protocol = "tcp"
		}
		if port.Protocol != "tcp" && port.Protocol != "udp" {
			s.refuse(path, "publish tcp or udp", "protocol %s cannot be published", port.Protocol)
			continue
		}
		if p.Target < 1 || p.Target > 65535 {
			s.refuse(path, "a port is a number from 1 to 65535", "container port %d does not exist", p.Target)
			continue
		}
		port.Target = uint16(p.Target)
		var err error
		if port.First, port.Last, err = hostPorts(p.Published); err != nil {
			s.refuse(path, "write a port or a range such as 8000-8010, or leave it out for a free one", "%v", err)
			continue
		}
		var ok bool
		if port.HostIP, ok = s.hostIP(path, p.HostIP); ok && !slices.Contains(out, port) {
			out = append(out, port)
		}
	}
	slices.SortFunc(out, func(a, b declared.Port) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.HostIP, b.HostIP),
			cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last))
	})
	s.sameHostPort(out)
	return out
}

// hostPorts reads a published port: "" and "0" stand for a free one (0, 0).
func hostPorts(published string) (first, last uint16, err error) {
	if published == "" || published == "0" {
		return 0, 0, nil
	}
	from, to, isRange := strings.Cut(published, "-")
	if !isRange {
		to = from
	}
	a, errA := strconv.ParseUint(from, 10, 16)
	b, errB := strconv.ParseUint(to, 10, 16)
	if errA != nil || errB != nil || a == 0 || b < a {
		return 0, 0, fmt.Errorf("host port %q is no port", published)
	}
	return uint16(a), uint16(b), nil
}

// hostIP gives the IPv4 address to publish on, "" for all.
func (s *scope) hostIP(path, given string) (string, bool) {
	if given == "" {
		return "", true
	}
	addr, err := netip.ParseAddr(given)
	if err != nil {
		s.refuse(path, "", "host address %q is no IP address", given)
		return "", false
	}
	addr = addr.Unmap()
	switch {
	case addr == netip.IPv4Unspecified():
		return "", true
	case addr.Is4():
		return addr.String(), true
	case addr == netip.IPv6Loopback():
		s.warn(path, "use 127.0.0.1 or localhost", "the runtime publishes on IPv4 only: the port answers on 127.0.0.1 instead of [::1]")
		return "127.0.0.1", true
	case addr == netip.IPv6Unspecified():
		s.warn(path, "", "the runtime publishes on IPv4 only: the port answers on all IPv4 addresses instead of [::]")
		return "", true
	}
	s.refuse(path, "publish on an IPv4 address, or without one", "the runtime cannot publish on the IPv6 address %s", addr)
	return "", false
}

// sameHostPort refuses one host port on several addresses, which the runtime takes for an overlap (Apple container,
// 1.0.0 to 1.4.1).
func (s *scope) sameHostPort(ports []declared.Port) {
	type key struct {
		protocol string
		port     uint16
	}
	seen := map[key]declared.Port{}
	for _, p := range ports {
		if p.First == 0 || p.First != p.Last {
			continue
		}
		k := key{p.Protocol, p.First}
		if other, twice := seen[k]; twice {
			s.refuse("ports", "publish it once, without an address when several shall answer",
				"host port %d/%s is published twice, on %s and %s, which the runtime refuses", p.First, p.Protocol, address(other), address(p))
		}
		seen[k] = p
	}
}

func address(p declared.Port) string {
	if p.HostIP == "" {
		return fmt.Sprintf("all addresses to %d", p.Target)
	}
	return fmt.Sprintf("%s to %d", p.HostIP, p.Target)
}
