package ports

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/hostwright/compose/orchestrate/plan"
)

func TestCandidatesVisitEveryPortOnce(t *testing.T) {
	seen := map[uint16]bool{}
	for _, p := range Candidates("shop") {
		assert.Assert(t, p >= First && p <= Last && !seen[p], "%d", p)
		seen[p] = true
	}
	assert.Equal(t, len(seen), Last-First+1)
}

func TestCandidatesDependOnTheProjectAlone(t *testing.T) {
	assert.DeepEqual(t, Candidates("shop"), Candidates("shop"))
	assert.Assert(t, Candidates("shop")[0] != Candidates("blog")[0])
}

func lines(list []plan.Listener) string {
	var b strings.Builder
	for _, l := range list {
		fmt.Fprintf(&b, "%s %s v6only=%t %q\n", l.Protocol, netip.AddrPortFrom(l.Addr, l.Port), l.V6Only, l.Holder)
	}
	return b.String()
}

func TestNetstatOfMacOS(t *testing.T) {
	for _, name := range []string{"netstat-macos13", "netstat-macos26"} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Open("testdata/" + name + ".txt")
			assert.NilError(t, err)
			defer f.Close()
			got, err := parseNetstat(f)
			assert.NilError(t, err)
			golden.Assert(t, lines(got), name+".golden")
		})
	}
}

func TestProcTables(t *testing.T) {
	const heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	for _, c := range []struct {
		name, protocol, line, want, err string
	}{
		{"listening on loopback", "tcp", "0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 77 1", "tcp 127.0.0.1:8080 inode 77", ""},
		{"listening on all", "tcp", "0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 78 1", "tcp 0.0.0.0:80 inode 78", ""},
		{"established", "tcp", "0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000 0 0 79 1", "", ""},
		{"time wait", "tcp", "0: 0100007F:1F90 0100007F:C350 06 00000000:00000000 00:00000000 00000000 0 0 0 1", "", ""},
		{"IPv6 wildcard", "tcp", "0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 80 1", "tcp [::]:80 inode 80", ""},
		{"IPv6 loopback", "tcp", "0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 81 1", "tcp [::1]:80 inode 81", ""},
		{"bound udp", "udp", "0: 00000000:14E9 00000000:0000 07 0:0 00:0 0 0 0 82 2", "udp 0.0.0.0:5353 inode 82", ""},
		{"a short line", "tcp", "0: 00000000:14E9", "", "line 2: 2 fields"},
		{"a bad address", "tcp", "0: 0000:0050 00000000:0000 0A 0:0 00:0 0 0 0 80 1", "", `line 2: address "0000:0050"`},
		{"a bad port", "tcp", "0: 00000000:G050 00000000:0000 0A 0:0 00:0 0 0 0 80 1", "", "line 2: port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseProc(strings.NewReader(heading+"   "+c.line+"\n"), c.protocol)
			if c.err != "" {
				assert.ErrorContains(t, err, c.err)
				return
			}
			assert.NilError(t, err)
			text := ""
			for _, s := range got {
				text += fmt.Sprintf("%s %s inode %s", s.Protocol, netip.AddrPortFrom(s.Addr, s.Port), s.inode)
			}
			assert.Equal(t, text, c.want)
		})
	}
}

func FuzzNetstat(f *testing.F) {
	for _, name := range []string{"netstat-macos13", "netstat-macos26"} {
		data, err := os.ReadFile("testdata/" + name + ".txt")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseNetstat(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, l := range got {
			assert.Assert(t, l.Port != 0 && l.Addr.IsValid() && (l.Protocol == "tcp" || l.Protocol == "udp"), "%+v", l)
		}
	})
}

func FuzzProc(f *testing.F) {
	f.Add("heading\n0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 0 0 77 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseProc(strings.NewReader(text), "tcp")
		if err != nil {
			return
		}
		for _, l := range got {
			assert.Assert(t, l.Port != 0 && l.Addr.IsValid(), "%+v", l)
		}
	})
}
