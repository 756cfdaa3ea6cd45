//go:build linux

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// resolverPatience is how long an upstream name server has.
const resolverPatience = 2 * time.Second

// DNS response codes.
const (
	dnsServerFailure = 2
	dnsNoSuchName    = 3
)

// serveNames answers DNS queries at the gateway of the container's network, as macOS's forwarder does while a container runs
// there: with what the machine's own resolver knows. It knows no container (reference 5.5). The relays of one network share
// the port. When a program of the machine holds it, nothing is done: that program answers then, for good or ill.
func (r *relay) serveNames() error {
	if r.spec.Resolver == "" {
		return nil
	}
	conn, err := listenShared(r.spec.Namespace, hostPort(r.spec.Resolver, 53))
	if errors.Is(err, unix.EADDRINUSE) {
		return nil
	}
	if err != nil {
		return err
	}
	upstreams := machineResolvers("/etc/resolv.conf")
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				if errors.Is(err, net.ErrClosed) {
					return
				}
				continue
			}
			query := append([]byte{}, buffer[:n]...)
			go func() {
				if answer := resolve(query, upstreams); answer != nil {
					_, _ = conn.WriteTo(answer, from) // a lost datagram is UDP's own business
				}
			}()
		}
	}()
	return nil
}

// listenShared opens a UDP port that several processes may have, in a network namespace.
func listenShared(namespace, address string) (net.PacketConn, error) {
	type result struct {
		conn net.PacketConn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		if namespace != "" {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			if err := enterNamespace(namespace); err != nil {
				done <- result{err: err}
				return
			}
		}
		config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
			var optionErr error
			err := raw.Control(func(fd uintptr) { optionErr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) })
			return errors.Join(err, optionErr)
		}}
		conn, err := config.ListenPacket(context.Background(), "udp4", address)
		done <- result{conn, err}
	}()
	got := <-done
	return got.conn, got.err
}

// machineResolvers reads the name servers of the machine.
func machineResolvers(file string) []string {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var servers []string
	for line := range strings.SplitSeq(string(data), "\n") {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "nameserver" {
			servers = append(servers, net.JoinHostPort(fields[1], "53"))
		}
	}
	return servers
}

// resolve answers one query; nil when it is none.
func resolve(query []byte, upstreams []string) []byte {
	name, ok := questionName(query)
	if !ok {
		return nil
	}
	if isLocalName(name) {
		return dnsAnswer(query, dnsNoSuchName)
	}
	for _, server := range upstreams {
		if answer := askUpstream(query, server); answer != nil {
			return answer
		}
	}
	return dnsAnswer(query, dnsServerFailure)
}

func askUpstream(query []byte, server string) []byte {
	conn, err := net.DialTimeout("udp", server, resolverPatience)
	if err != nil {
		return nil
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(resolverPatience)); err != nil {
		return nil
	}
	if _, err := conn.Write(query); err != nil {
		return nil
	}
	answer := make([]byte, 65535)
	n, err := conn.Read(answer)
	if err != nil || n < 12 || binary.BigEndian.Uint16(answer) != binary.BigEndian.Uint16(query) {
		return nil
	}
	return answer[:n]
}

// questionName gives the name of a query's one question, without the final dot and in lower case.
func questionName(query []byte) (string, bool) {
	const header = 12
	if len(query) < header || query[2]&0x80 != 0 || binary.BigEndian.Uint16(query[4:]) != 1 {
		return "", false
	}
	var labels []string
	at := header
	for at < len(query) {
		length := int(query[at])
		at++
		if length == 0 {
			return strings.ToLower(strings.Join(labels, ".")), at+4 <= len(query)
		}
		if length > 63 || at+length > len(query) {
			return "", false
		}
		labels = append(labels, string(query[at:at+length]))
		at += length
	}
	return "", false
}

// isLocalName says whether nobody outside can know a name: one of a single label, or an address of a private network.
func isLocalName(name string) bool {
	if !strings.Contains(name, ".") {
		return true
	}
	reverse, found := strings.CutSuffix(name, ".in-addr.arpa")
	if !found {
		return strings.HasSuffix(name, ".ip6.arpa")
	}
	labels := strings.Split(reverse, ".")
	for i, j := 0, len(labels)-1; i < j; i, j = i+1, j-1 {
		labels[i], labels[j] = labels[j], labels[i]
	}
	address := net.ParseIP(strings.Join(labels, "."))
	return address == nil || address.IsPrivate() || address.IsLoopback() || address.IsLinkLocalUnicast()
}

// dnsAnswer is an answer without records: the query's header and question with a code.
func dnsAnswer(query []byte, code byte) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the root label, type and class
	answer := append([]byte{}, query[:end]...)
	answer[2] = 0x80 | query[2]&0x79 // an answer; opcode and "recursion desired" as asked
	answer[3] = 0x80 | code          // recursion available
	for i := 6; i < 12; i++ {
		answer[i] = 0 // no answers, no authorities, no additional records
	}
	return answer
}
