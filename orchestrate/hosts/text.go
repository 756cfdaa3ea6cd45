package hosts

import (
	"net/netip"
	"strings"
	"unicode"
)

// notYet stands for the container's own address until the runtime has given one (Debian's convention for a host
// without a fixed address).
var notYet = netip.AddrFrom4([4]byte{127, 0, 1, 1})

// dockerNames are the names by which programs on Docker Desktop reach the host.
var dockerNames = []string{"host.docker.internal", "gateway.docker.internal"}

// Text makes the hosts file.
//
// Each line has one name: so the canonical name of a look-up is the name that was asked for, as with Docker's DNS,
// and the reverse look-up gives the first name of an address: the guest's host name for its own, the container's
// name for a peer's. localhost is IPv4 alone, as the runtime itself writes it: a program that takes the first address
// finds servers that listen on IPv4 only.
func Text(in Input) string {
	w := &writer{seen: map[string]bool{}, fixed: map[string]bool{}}
	w.raw("127.0.0.1\tlocalhost\n::1\tip6-localhost ip6-loopback\n")
	for _, e := range in.Extra {
		w.fixed[strings.ToLower(e.Name)] = true
	}

	for i, end := range in.Own {
		addr := end.Addr
		if !addr.IsValid() {
			if i > 0 {
				continue // one line for the time being is enough
			}
			addr = notYet
		}
		if i == 0 {
			w.own(addr, in.Hostname)
		}
		for _, name := range end.Names {
			w.own(addr, name)
		}
	}
	for _, e := range in.Extra {
		if e.Address == HostGateway {
			if in.Gateway.IsValid() {
				w.add(in.Gateway.String(), e.Name)
			}
			continue
		}
		if addr, err := netip.ParseAddr(strings.Trim(e.Address, "[]")); err == nil {
			w.add(addr.String(), e.Name)
		}
	}
	if in.Gateway.IsValid() {
		for _, name := range dockerNames {
			w.other(in.Gateway, name)
		}
	}
	for _, end := range in.Peers {
		for _, name := range end.Names {
			w.other(end.Addr, name)
		}
	}
	return w.String()
}

// writer collects lines, each once.
type writer struct {
	strings.Builder
	seen  map[string]bool
	fixed map[string]bool // names of extra_hosts
}

func (w *writer) raw(s string) { w.WriteString(s) }

// own adds a name of the container itself. localhost stays localhost, whatever a service is called.
func (w *writer) own(addr netip.Addr, name string) {
	if !strings.EqualFold(name, "localhost") {
		w.add(addr.String(), name)
	}
}

// other adds a name of somebody else unless extra_hosts says otherwise.
func (w *writer) other(addr netip.Addr, name string) {
	if low := strings.ToLower(name); !w.fixed[low] && low != "localhost" {
		w.add(addr.String(), name)
	}
}

func (w *writer) add(addr, name string) {
	line := addr + "\t" + name + "\n"
	if !usable(name) || w.seen[strings.ToLower(line)] {
		return
	}
	w.seen[strings.ToLower(line)] = true
	w.WriteString(line)
}

// usable tells whether a name can stand in a hosts file: one word without a comment sign.
func usable(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r == '#' || unicode.IsSpace(r) || unicode.IsControl(r)
	})
}
