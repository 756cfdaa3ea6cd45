package ports

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/hostwright/compose/orchestrate/plan"
)

// parseNetstat reads what macOS prints for "netstat -anv -p tcp" and "-p udp", and gives the listening sockets. The
// last part of an address is the port; tcp46 and udp46 are sockets that take IPv4 too.
func parseNetstat(r io.Reader) ([]plan.Listener, error) {
	var out []plan.Listener
	var column processColumn
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) < 5 {
			continue
		}
		if fields[0] == "Proto" {
			column = findProcessColumn(fields)
			continue
		}
		protocol, family, ok := netstatProtocol(fields[0])
		if !ok {
			continue // headings
		}
		rest := fields[5:]
		if protocol == "tcp" {
			if len(rest) == 0 || rest[0] != "LISTEN" {
				continue
			}
			rest = rest[1:]
		} else if fields[4] != "*.*" {
			continue // connected
		}
		addr, port, err := netstatAddress(fields[3], family)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if port != 0 {
			out = append(out, plan.Listener{Protocol: protocol, Addr: addr, Port: port, V6Only: family == "6", Holder: column.holder(rest)})
		}
	}
	return out, lines.Err()
}

func netstatProtocol(text string) (protocol, family string, ok bool) {
	for _, p := range []string{"tcp", "udp"} {
		if family, ok := strings.CutPrefix(text, p); ok && (family == "4" || family == "6" || family == "46") {
			return p, family, true
		}
	}
	return "", "", false
}

func netstatAddress(text, family string) (netip.Addr, uint16, error) {
	i := strings.LastIndexByte(text, '.')
	if i < 0 {
		return netip.Addr{}, 0, fmt.Errorf("address %q has no port", text)
	}
	host, service := text[:i], text[i+1:]
	if service == "*" {
		return netip.Addr{}, 0, nil
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return netip.Addr{}, 0, fmt.Errorf("port in address %q", text)
	}
	switch {
	case host == "*" && family == "4":
		return netip.IPv4Unspecified(), uint16(port), nil
	case host == "*":
		return netip.IPv6Unspecified(), uint16(port), nil
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, 0, fmt.Errorf("address %q: %w", text, err)
	}
	return addr, uint16(port), nil
}

// processColumn is where a line names its process: after how many numbers behind the state, and whether its name
// stands there ("process:pid", newer versions) or its number alone ("pid"). Versions of macOS differ in both, so the
// heading decides.
type processColumn struct {
	skip  int
	named bool
	known bool
}

func findProcessColumn(heading []string) processColumn {
	state := slices.Index(heading, "(state)")
	for i, word := range heading {
		if state >= 0 && i > state && (word == "pid" || word == "process:pid") {
			return processColumn{skip: i - state - 1, named: word == "process:pid", known: true}
		}
	}
	return processColumn{}
}

// holder gives the process, "" when the line tells none. A process's name may have blanks in it.
func (c processColumn) holder(rest []string) string {
	if !c.known || len(rest) <= c.skip {
		return ""
	}
	rest = rest[c.skip:]
	if !c.named {
		if n, err := strconv.ParseUint(rest[0], 10, 32); err == nil && n != 0 {
			return fmt.Sprintf("pid %d", n)
		}
		return ""
	}
	for i, f := range rest {
		colon := strings.LastIndexByte(f, ':')
		if colon < 0 {
			continue
		}
		n, err := strconv.ParseUint(f[colon+1:], 10, 32)
		if err != nil || n == 0 {
			continue
		}
		return fmt.Sprintf("%s, pid %d", strings.Join(append(rest[:i:i], f[:colon]), " "), n)
	}
	return ""
}
