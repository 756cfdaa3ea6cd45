//go:build linux

package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
)

// addresses is the part of the private address space that a lab uses: a range
// of 2^18 addresses, cut into the default bridge's network, the link of the
// network namespace, and the pool that the engine takes networks from.
type addresses struct{ Range netip.Prefix }

const (
	rangeBits   = 14
	networkBits = 24 // of each network that the engine makes: 512 of them
)

// bridge is the address of the default bridge, with its network's length.
func (a addresses) bridge() netip.Prefix { return a.at(0, 1, networkBits) }

// hostLink and engineLink are the two ends of the link between the machine
// and the lab's network namespace.
func (a addresses) hostLink() netip.Prefix   { return a.at(1, 1, 30) }
func (a addresses) engineLink() netip.Prefix { return a.at(1, 2, 30) }

// pool is the upper half of the range.
func (a addresses) pool() netip.Prefix {
	return a.at(1<<(32-rangeBits-1-8), 0, rangeBits+1)
}

// at returns the address host in the network-th /24 of the range.
func (a addresses) at(network, host uint32, bits int) netip.Prefix {
	base := a.Range.Addr().As4()
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(base[:])+network<<8+host)
	return netip.PrefixFrom(netip.AddrFrom4(b), bits)
}

// chooseAddresses returns the first private range that overlaps nothing in
// taken. The low networks of 10.0.0.0/8 come last, since people use them most.
func chooseAddresses(taken []netip.Prefix) (addresses, error) {
	var candidates []netip.Prefix
	for second := 64; second < 256; second += 4 {
		candidates = append(candidates, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(second), 0, 0}), rangeBits))
	}
	for second := 16; second < 32; second += 4 {
		candidates = append(candidates, netip.PrefixFrom(netip.AddrFrom4([4]byte{172, byte(second), 0, 0}), rangeBits))
	}
	for second := 0; second < 64; second += 4 {
		candidates = append(candidates, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(second), 0, 0}), rangeBits))
	}
	for _, candidate := range candidates {
		if !overlapsAny(candidate, taken) {
			return addresses{candidate}, nil
		}
	}
	return addresses{}, errors.New("no free range of private addresses: this machine's routes cover all of 10.0.0.0/8 and 172.16.0.0/12")
}

func overlapsAny(p netip.Prefix, taken []netip.Prefix) bool {
	for _, t := range taken {
		// A default route covers everything and takes nothing.
		if t.Bits() > 0 && p.Overlaps(t) {
			return true
		}
	}
	return false
}

// takenAddresses lists what this machine uses: its interfaces, its routes and
// its name servers.
func takenAddresses() ([]netip.Prefix, error) {
	var taken []netip.Prefix
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	for _, a := range interfaces {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			taken = append(taken, p.Masked())
		}
	}
	f, err := os.Open("/proc/net/route")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	routes, err := parseRoutes(f)
	if err != nil {
		return nil, fmt.Errorf("/proc/net/route: %w", err)
	}
	for _, r := range routes {
		taken = append(taken, r.to)
	}
	for _, server := range nameservers("/etc/resolv.conf") {
		taken = append(taken, netip.PrefixFrom(server, server.BitLen()))
	}
	return taken, nil
}

// route is a line of /proc/net/route.
type route struct {
	link string
	to   netip.Prefix
}

// parseRoutes reads the format of /proc/net/route: a heading, then lines
// whose 1st, 2nd and 8th fields are the interface, the destination and the
// mask, the latter two in hexadecimal, the lowest byte first.
func parseRoutes(r io.Reader) ([]route, error) {
	var routes []route
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 || fields[0] == "Iface" {
			continue
		}
		to, err1 := hex.DecodeString(fields[1])
		mask, err2 := hex.DecodeString(fields[7])
		if err := errors.Join(err1, err2); err != nil || len(to) != 4 || len(mask) != 4 {
			return nil, fmt.Errorf("line not understood: %q", lines.Text())
		}
		bits, _ := net.IPv4Mask(mask[3], mask[2], mask[1], mask[0]).Size()
		routes = append(routes, route{fields[0], netip.PrefixFrom(netip.AddrFrom4([4]byte{to[3], to[2], to[1], to[0]}), bits)})
	}
	return routes, lines.Err()
}

// outerMTU is the largest packet that the link of the default route carries,
// 1500 when there is none.
func outerMTU() int {
	const usual = 1500
	f, err := os.Open("/proc/net/route")
	if err != nil {
		return usual
	}
	defer f.Close()
	routes, err := parseRoutes(f)
	if err != nil {
		return usual
	}
	for _, r := range routes {
		if r.to.Bits() != 0 {
			continue
		}
		if link, err := net.InterfaceByName(r.link); err == nil {
			return link.MTU
		}
	}
	return usual
}

// nameservers reads the servers that a resolv.conf names. A missing file has none.
func nameservers(path string) []netip.Addr {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var servers []netip.Addr
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) >= 2 && fields[0] == "nameserver" {
			if a, err := netip.ParseAddr(fields[1]); err == nil {
				servers = append(servers, a)
			}
		}
	}
	return servers
}

// engineNameservers are the servers to tell the engine of, when it cannot use
// the machine's own file: a resolver on the machine's loopback is out of a
// namespace's reach, so the servers behind it are named. Nil means that the
// machine's file will do.
func engineNameservers(machine, behind []netip.Addr) []string {
	for _, a := range machine {
		if !a.IsLoopback() {
			return nil
		}
	}
	var servers []string
	for _, a := range behind {
		if !a.IsLoopback() {
			servers = append(servers, a.String())
		}
	}
	return servers
}
