package ports

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/orchestrate/plan"
)

// TestListeningSeesOurOwnSockets asks the real table of this machine, on Linux and on macOS.
func TestListeningSeesOurOwnSockets(t *testing.T) {
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	assert.NilError(t, err)
	defer tcp.Close()
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	assert.NilError(t, err)
	defer udp.Close()
	got, err := Listening()
	assert.NilError(t, err)
	for _, want := range []struct {
		protocol string
		at       netip.AddrPort
	}{
		{"tcp", netip.MustParseAddrPort(tcp.Addr().String())},
		{"udp", netip.MustParseAddrPort(udp.LocalAddr().String())},
	} {
		l, ok := find(got, want.protocol, want.at)
		assert.Assert(t, ok, "%s %s is missing", want.protocol, want.at)
		assert.Assert(t, l.Holder == "" || strings.Contains(l.Holder, fmt.Sprintf("pid %d", os.Getpid())), l.Holder)
	}
	assert.NilError(t, tcp.Close())
	got, err = Listening()
	assert.NilError(t, err)
	assert.Assert(t, got != nil)
	_, ok := find(got, "tcp", netip.MustParseAddrPort(tcp.Addr().String()))
	assert.Assert(t, !ok, "a closed socket is still there")
}

func find(list []plan.Listener, protocol string, at netip.AddrPort) (plan.Listener, bool) {
	for _, l := range list {
		if l.Protocol == protocol && l.Port == at.Port() && l.Addr == at.Addr() {
			return l, true
		}
	}
	return plan.Listener{}, false
}
