//go:build linux

package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// query is a DNS query for an A record.
func query(name string) []byte {
	packet := []byte{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	if name != "" {
		for label := range strings.SplitSeq(name, ".") {
			packet = append(append(packet, byte(len(label))), label...)
		}
	}
	return append(packet, 0, 0, 1, 0, 1)
}

func TestQuestionName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"web", "db.shop.test", ""} {
		got, ok := questionName(query(name))
		assert.Assert(t, ok)
		assert.Equal(t, got, name)
	}
	got, _ := questionName(query("WEB.Test"))
	assert.Equal(t, got, "web.test")
	whole := query("db.shop.test")
	for length := range whole {
		_, ok := questionName(whole[:length])
		assert.Assert(t, !ok, length)
	}
}

func TestLocalNames(t *testing.T) {
	t.Parallel()
	for name, local := range map[string]bool{
		"web": true, "": true, "example.com": false, "5.2.66.10.in-addr.arpa": true, "1.0.0.127.in-addr.arpa": true, "8.8.8.8.in-addr.arpa": false,
		"1.0.168.192.in-addr.arpa": true, "x.in-addr.arpa": true, "0.8.e.f.ip6.arpa": true,
	} {
		assert.Equal(t, isLocalName(name), local, name)
	}
}

func TestResolveAsksTheMachinesServers(t *testing.T) {
	t.Parallel()
	upstream, err := net.ListenPacket("udp4", "127.0.0.1:0")
	assert.NilError(t, err)
	defer upstream.Close()
	go func() {
		buffer := make([]byte, 512)
		for {
			n, from, err := upstream.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = upstream.WriteTo(append(buffer[:n:n], "answer"...), from)
		}
	}()
	servers := []string{"127.0.0.1:1", upstream.LocalAddr().String()} // the first one refuses
	asked := query("example.com")
	assert.DeepEqual(t, resolve(asked, servers), append(asked[:len(asked):len(asked)], "answer"...))
	failed := resolve(asked, servers[:1])
	assert.DeepEqual(t, failed[:4], []byte{0x12, 0x34, 0x81, 0x82})
	missing := resolve(query("web"), servers)
	assert.DeepEqual(t, missing[:4], []byte{0x12, 0x34, 0x81, 0x83})
	assert.Assert(t, bytes.HasSuffix(missing, query("web")[12:]), "the question is repeated")
	assert.Assert(t, resolve([]byte("no query"), servers) == nil)
}

func FuzzResolve(f *testing.F) {
	f.Add(query("web"))
	f.Add(query("db.shop.test"))
	f.Add([]byte{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63})
	f.Fuzz(func(t *testing.T, packet []byte) {
		answer := resolve(packet, nil)
		if answer == nil {
			return
		}
		if !bytes.Equal(answer[:2], packet[:2]) || answer[2]&0x80 == 0 || len(answer) > len(packet) {
			t.Errorf("%x is answered by %x", packet, answer)
		}
	})
}

func TestMachineResolvers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "resolv.conf")
	assert.NilError(t, os.WriteFile(file, []byte("# nameserver 1.1.1.1\nnameserver 192.0.2.1 \nnameserver\nsearch x\nnameserver ::1\n"), 0o600))
	assert.DeepEqual(t, machineResolvers(file), []string{"192.0.2.1:53", "[::1]:53"})
	assert.Equal(t, len(machineResolvers(file+"none")), 0)
}

func TestUnknownNamesAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("network", "create", "net1")
	m.sleeper("c1", "--network", "net1")
	m.sleeper("c2", "--network", "net1")
	begun := time.Now()
	for range 10 {
		got := m.run("exec", "c1", "nslookup", "c2")
		assert.Assert(t, strings.Contains(got.stdout+got.stderr, "NXDOMAIN"), got.stdout+got.stderr)
	}
	assert.Assert(t, time.Since(begun) < 10*5*time.Second, "no query waits for its time-out")
	// The relays of a network share the port: the others go on when one ends.
	m.ok("stop", "c1")
	got := m.run("exec", "c2", "nslookup", "c1")
	assert.Assert(t, strings.Contains(got.stdout+got.stderr, "NXDOMAIN"), got.stdout+got.stderr)
}
