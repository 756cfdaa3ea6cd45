//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// fixRoute makes the default route of a container follow its first network, whatever Docker chose (Docker goes by the names
// of its networks, and passes over internal ones). A container with one network needs nothing.
func (c *call) fixRoute(record *containerRecord, pid int) error {
	if record.Run == nil || len(record.Run.Attachments) < 2 || pid == 0 {
		return nil
	}
	first := record.Run.Attachments[0]
	gateway, err := netip.ParseAddr(first.IPv4Gateway)
	if err != nil {
		return fmt.Errorf("read gateway: %w", err)
	}
	done := make(chan error, 1)
	go func() {
		// The thread changes its namespace and ends with the goroutine, since it stays locked.
		runtime.LockOSThread()
		if err := enterNamespace(fmt.Sprintf("/proc/%d/ns/net", pid)); err != nil {
			done <- err
			return
		}
		own, _, _ := strings.Cut(first.IPv4Address, "/")
		done <- replaceDefaultRoute(gateway, own)
	}()
	return <-done
}

// replaceDefaultRoute sets the default route of the calling thread's namespace, through the interface that has the address.
func replaceDefaultRoute(gateway netip.Addr, own string) error {
	index, err := interfaceWith(own)
	if err != nil {
		return err
	}
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("open netlink: %w", err)
	}
	defer unix.Close(socket)
	if err := unix.Sendto(socket, defaultRouteMessage(gateway, index), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("replace default route: %w", err)
	}
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(socket, answer, 0)
	if err != nil {
		return fmt.Errorf("replace default route: %w", err)
	}
	// An acknowledgement is an error message with code 0, behind a header of 16 bytes.
	if n >= 20 && binary.NativeEndian.Uint16(answer[4:6]) == unix.NLMSG_ERROR {
		if code := int32(binary.NativeEndian.Uint32(answer[16:20])); code != 0 {
			return fmt.Errorf("replace default route: %w", unix.Errno(-code))
		}
	}
	return nil
}

func interfaceWith(address string) (int, error) {
	all, err := net.Interfaces()
	if err != nil {
		return 0, fmt.Errorf("list interfaces: %w", err)
	}
	for _, each := range all {
		addresses, err := each.Addrs()
		if err != nil {
			continue
		}
		for _, held := range addresses {
			if strings.HasPrefix(held.String(), address+"/") {
				return each.Index, nil
			}
		}
	}
	return 0, fmt.Errorf("no interface has address %s", address)
}

// defaultRouteMessage is RTM_NEWROUTE with NLM_F_REPLACE: default via gateway dev index.
func defaultRouteMessage(gateway netip.Addr, index int) []byte {
	raw := gateway.As4()
	attribute := func(kind uint16, value []byte) []byte {
		out := make([]byte, 4, 4+len(value))
		binary.NativeEndian.PutUint16(out[0:], uint16(4+len(value)))
		binary.NativeEndian.PutUint16(out[2:], kind)
		return append(out, value...)
	}
	route := []byte{unix.AF_INET, 0, 0, 0, unix.RT_TABLE_MAIN, unix.RTPROT_BOOT, unix.RT_SCOPE_UNIVERSE, unix.RTN_UNICAST, 0, 0, 0, 0}
	route = append(route, attribute(unix.RTA_GATEWAY, raw[:])...)
	route = append(route, attribute(unix.RTA_OIF, binary.NativeEndian.AppendUint32(nil, uint32(index)))...)
	message := make([]byte, 16, 16+len(route))
	binary.NativeEndian.PutUint32(message[0:], uint32(16+len(route)))
	binary.NativeEndian.PutUint16(message[4:], unix.RTM_NEWROUTE)
	binary.NativeEndian.PutUint16(message[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_REPLACE)
	binary.NativeEndian.PutUint32(message[8:], 1)
	return append(message, route...)
}
