//go:build linux

package main

import (
	"fmt"
	"net/netip"

	"github.com/docker/docker/api/types/container"
)

// assignAddresses takes the next free address of each network. They rotate, so a restarted container has another one.
func (c *call) assignAddresses(current *state, record *containerRecord, docker map[string]container.Summary) ([]attachment, error) {
	used := map[string]bool{}
	for _, other := range current.Containers {
		if other != record && other.Run != nil && docker[other.DockerID].State == dockerRunning {
			for _, held := range other.Run.Attachments {
				used[held.IPv4Address] = true
			}
		}
	}
	attachments := []attachment{}
	for _, wanted := range record.Configuration.Networks {
		network := current.Networks[wanted.Network]
		if network == nil {
			return nil, fail(codeInternalError, "failed to bootstrap container").because(
				fail(codeNotFound, "no network for id %s", wanted.Network))
		}
		address, err := network.nextAddress(used)
		if err != nil {
			return nil, err
		}
		given := attachment{
			Network: wanted.Network, Hostname: wanted.Options.Hostname, IPv4Address: address.String(),
			IPv4Gateway: network.Status.IPv4Gateway, MTU: wanted.Options.MTU, MACAddress: wanted.Options.MACAddress,
		}
		if given.MACAddress == "" {
			given.MACAddress = bridgeMAC(address.Addr())
		}
		if network.Status.IPv6Subnet != "" {
			given.IPv6Address = eui64(netip.MustParsePrefix(network.Status.IPv6Subnet), given.MACAddress).String()
		}
		used[given.IPv4Address] = true
		attachments = append(attachments, given)
	}
	return attachments, nil
}

// nextAddress gives the next free address after the one handed out last: .2 to .253 of a /24 (reference 5.6).
func (n *networkRecord) nextAddress(used map[string]bool) (netip.Prefix, error) {
	subnet := netip.MustParsePrefix(n.Status.IPv4Subnet)
	last := 1<<(32-subnet.Bits()) - 3
	for range last {
		n.LastHost++
		if n.LastHost < 2 || n.LastHost > last {
			n.LastHost = 2
		}
		candidate := netip.PrefixFrom(hostAddress(subnet, n.LastHost), subnet.Bits())
		if !used[candidate.String()] {
			return candidate, nil
		}
	}
	return netip.Prefix{}, fail(codeInternalError, "failed to bootstrap container").because(
		fail(codeInvalidState, "no addresses left in network %s", n.Configuration.Name))
}

// hostAddress is the n-th address of an IPv4 subnet.
func hostAddress(subnet netip.Prefix, n int) netip.Addr {
	raw := subnet.Masked().Addr().As4()
	value := uint32(raw[0])<<24 | uint32(raw[1])<<16 | uint32(raw[2])<<8 | uint32(raw[3])
	value += uint32(n)
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)})
}

// bridgeMAC is the hardware address that Docker's bridge driver derives from an IPv4 address.
func bridgeMAC(address netip.Addr) string {
	raw := address.As4()
	return fmt.Sprintf("02:42:%02x:%02x:%02x:%02x", raw[0], raw[1], raw[2], raw[3])
}

// eui64 is the address that a hardware address gives in an IPv6 subnet: predicted, as the runtime does.
func eui64(subnet netip.Prefix, mac string) netip.Prefix {
	var m [6]byte
	_, _ = fmt.Sscanf(mac, "%02x:%02x:%02x:%02x:%02x:%02x", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5])
	raw := subnet.Masked().Addr().As16()
	copy(raw[8:], []byte{m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]})
	return netip.PrefixFrom(netip.AddrFrom16(raw), subnet.Bits())
}
