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

// fixInterfaces makes the default route of a container follow its first network, whatever Docker chose (Docker goes by the names
// of its networks, and passes over internal ones), and gives the interfaces of further networks the hardware addresses asked
// for, which old engines cannot. A container with one network needs nothing.
func (c *call) fixInterfaces(record *containerRecord, pid int) error {
	if record.Run == nil || len(record.Run.Attachments) < 2 || pid == 0 {
		return nil
	}
	done := make(chan error, 1)
	go func() {
		// The thread changes its namespace and ends with the goroutine, since it stays locked.
		runtime.LockOSThread()
		if err := enterNamespace(fmt.Sprintf("/proc/%d/ns/net", pid)); err != nil {
			done <- err
			return
		}
		done <- fixHere(record)
	}()
	return <-done
}

// fixHere works on the calling thread's namespace.
func fixHere(record *containerRecord) error {
	for i, given := range record.Run.Attachments {
		own, _, _ := strings.Cut(given.IPv4Address, "/")
		index, err := interfaceWith(own)
		if err != nil {
			return err
		}
		if text := record.Configuration.Networks[i].Options.MACAddress; text != "" && i > 0 {
			mac, err := net.ParseMAC(text)
			if err != nil {
				return fmt.Errorf("set hardware address: %w", err)
			}
			if err := askKernel(hardwareAddressMessage(mac, index)); err != nil {
				return fmt.Errorf("set hardware address: %w", err)
			}
		}
		if i > 0 {
			continue
		}
		gateway, err := netip.ParseAddr(given.IPv4Gateway)
		if err == nil {
			err = askKernel(defaultRouteMessage(gateway, index))
		}
		if err != nil {
			return fmt.Errorf("replace default route: %w", err)
		}
	}
	return nil
}

// askKernel sends a netlink message and waits for its acknowledgement.
func askKernel(message []byte) error {
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("open netlink: %w", err)
	}
	defer unix.Close(socket)
	if err := unix.Sendto(socket, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(socket, answer, 0)
	if err != nil {
		return err
	}
	// An acknowledgement is an error message with code 0, behind a header of 16 bytes.
	if n >= 20 && binary.NativeEndian.Uint16(answer[4:6]) == unix.NLMSG_ERROR {
		if code := int32(binary.NativeEndian.Uint32(answer[16:20])); code != 0 {
			return unix.Errno(-code)
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
	route := []byte{unix.AF_INET, 0, 0, 0, unix.RT_TABLE_MAIN, unix.RTPROT_BOOT, unix.RT_SCOPE_UNIVERSE, unix.RTN_UNICAST, 0, 0, 0, 0}
	route = append(route, netlinkAttribute(unix.RTA_GATEWAY, raw[:])...)
	route = append(route, netlinkAttribute(unix.RTA_OIF, binary.NativeEndian.AppendUint32(nil, uint32(index)))...)
	return netlinkMessage(unix.RTM_NEWROUTE, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, route)
}

// hardwareAddressMessage is RTM_NEWLINK for an interface that exists: ip link set dev index address mac.
func hardwareAddressMessage(mac net.HardwareAddr, index int) []byte {
	link := make([]byte, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(link[4:], uint32(index))
	return netlinkMessage(unix.RTM_NEWLINK, 0, append(link, netlinkAttribute(unix.IFLA_ADDRESS, mac)...))
}

// netlinkAttribute pads its value to four bytes.
func netlinkAttribute(kind uint16, value []byte) []byte {
	out := make([]byte, 4, 4+len(value)+3)
	binary.NativeEndian.PutUint16(out[0:], uint16(4+len(value)))
	binary.NativeEndian.PutUint16(out[2:], kind)
	out = append(out, value...)
	for len(out)%4 != 0 {
		out = append(out, 0)
	}
	return out
}

func netlinkMessage(kind, flags uint16, body []byte) []byte {
	message := make([]byte, 16, 16+len(body))
	binary.NativeEndian.PutUint32(message[0:], uint32(16+len(body)))
	binary.NativeEndian.PutUint16(message[4:], kind)
	binary.NativeEndian.PutUint16(message[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK|flags)
	binary.NativeEndian.PutUint32(message[8:], 1)
	return append(message, body...)
}

// settleInterfaces sets the default route and hardware addresses of a container with several networks. One that has ended already needs none.
func (c *call) settleInterfaces(record *containerRecord) error {
	if len(record.Configuration.Networks) < 2 {
		return nil
	}
	found, err := c.docker.ContainerInspect(c.ctx, record.DockerID)
	if isNotFound(err) || err == nil && !found.State.Running {
		return nil
	}
	if err == nil {
		err = c.fixInterfaces(record, found.State.Pid)
	}
	if err != nil {
		if again, inspectErr := c.docker.ContainerInspect(c.ctx, record.DockerID); inspectErr == nil && !again.State.Running {
			return nil // it ended meanwhile, and its namespace with it
		}
		return fmt.Errorf("set up interfaces: %w", err)
	}
	return nil
}
