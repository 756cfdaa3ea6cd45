package ports

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/hostwright/compose/orchestrate/plan"
)

// socket is one listening socket with the inode by which its process is found.
type socket struct {
	plan.Listener
	inode string
}

// States in /proc/net (Linux, include/net/tcp_states.h). A udp socket that is not connected shows as closed.
const (
	tcpListen = "0A"
	udpBound  = "07"
)

// parseProc reads one of /proc/net/tcp, tcp6, udp and udp6 and gives the listening sockets. Lines that are no sockets
// are an error: a table that cannot be read must not look like an empty one.
func parseProc(r io.Reader, protocol string) ([]socket, error) {
	wanted := tcpListen
	if protocol == "udp" {
		wanted = udpBound
	}
	var out []socket
	lines := bufio.NewScanner(r)
	for n := 0; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if n == 0 || len(fields) == 0 { // the heading
			continue
		}
		if len(fields) < 10 {
			return nil, fmt.Errorf("line %d: %d fields instead of 10 or more", n+1, len(fields))
		}
		if fields[3] != wanted {
			continue
		}
		addr, port, err := parseProcAddress(fields[1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		if port != 0 {
			out = append(out, socket{plan.Listener{Protocol: protocol, Addr: addr, Port: port}, fields[9]})
		}
	}
	return out, lines.Err()
}

// parseProcAddress reads "0100007F:1F90": the address as 32-bit words in the byte order of little-endian machines (the
// only ones that Hostwright runs on), the port in plain hex.
func parseProcAddress(text string) (netip.Addr, uint16, error) {
	host, service, found := strings.Cut(text, ":")
	raw, err := hex.DecodeString(host)
	if !found || err != nil || len(raw) != 4 && len(raw) != 16 {
		return netip.Addr{}, 0, fmt.Errorf("address %q", text)
	}
	port, err := strconv.ParseUint(service, 16, 16)
	if err != nil {
		return netip.Addr{}, 0, fmt.Errorf("port in %q", text)
	}
	for i := 0; i < len(raw); i += 4 {
		raw[i], raw[i+1], raw[i+2], raw[i+3] = raw[i+3], raw[i+2], raw[i+1], raw[i]
	}
	addr, _ := netip.AddrFromSlice(raw)
	return addr, uint16(port), nil
}
