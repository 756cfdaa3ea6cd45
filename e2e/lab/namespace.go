//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// inNetns reports whether this lab's engine lives in a network namespace.
func (l layout) inNetns() bool {
	_, err := os.Stat(l.netnsFile())
	return err == nil
}

// inNamespace returns argv as it has to run to be where the engine is.
// nsenter becomes the program, so process ids stay what they are; unlike
// `ip netns exec` it leaves /sys and the control groups under it alone.
func (l layout) inNamespace(argv []string) []string {
	if !l.inNetns() {
		return argv
	}
	return append([]string{"nsenter", "--net=" + l.netnsPath(), "--"}, argv...)
}

// dial connects from where the engine is.
func (l layout) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if !l.inNetns() {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		// The thread is in another namespace from here on. It stays locked,
		// so it ends with this goroutine and no other one ever runs on it. A
		// socket belongs to the namespace that it was made in.
		runtime.LockOSThread()
		ns, err := os.Open(l.netnsPath())
		if err != nil {
			done <- result{nil, err}
			return
		}
		defer ns.Close()
		if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- result{nil, fmt.Errorf("enter %s: %w", l.netnsPath(), err)}
			return
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}

// settleNamespace decides, before the first process starts, whether the lab
// gets a network namespace of its own, and makes it. Two engines in one
// namespace would write over each other's firewall rules.
func (l layout) settleNamespace(ctx context.Context, p *progress) error {
	for _, d := range l.daemons() {
		if l.pid(d) != 0 {
			return nil // settled when it started
		}
	}
	wanted := os.Getenv("HOSTWRIGHT_LAB_NETNS") == "1"
	if pid := otherEngine(); pid != 0 {
		p.step("another Docker Engine runs here (process %d): the lab gets a network namespace of its own, %s", pid, l.name)
		wanted = true
	}
	if !wanted {
		return l.removeNamespace(ctx)
	}
	return l.makeNamespace(ctx)
}

// otherEngine returns the process id of a dockerd in this network namespace, or 0.
func otherEngine() int {
	own, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return 0
	}
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, path := range names {
		name, err := os.ReadFile(path)
		if err != nil || string(bytes.TrimSpace(name)) != "dockerd" {
			continue
		}
		dir := filepath.Dir(path)
		if ns, err := os.Readlink(filepath.Join(dir, "ns/net")); err == nil && ns == own {
			pid, _ := strconv.Atoi(filepath.Base(dir))
			return pid
		}
	}
	return 0
}

// makeNamespace makes the namespace anew, with a link to the machine's own
// and address translation for what the engine fetches.
func (l layout) makeNamespace(ctx context.Context) error {
	if err := l.removeNamespace(ctx); err != nil {
		return err
	}
	a, err := l.chosenAddresses()
	if err != nil {
		return err
	}
	inside := "nsenter --net=" + l.netnsPath() + " -- "
	commands := []string{
		"ip netns add " + l.name,
		"ip link add name " + l.hostVeth() + " mtu " + strconv.Itoa(outerMTU()) + " type veth peer name eth0 netns " + l.name,
		"ip address add " + a.hostLink().String() + " dev " + l.hostVeth(),
		"ip link set " + l.hostVeth() + " up",
		inside + "ip link set lo up",
		inside + "ip address add " + a.engineLink().String() + " dev eth0",
		inside + "ip link set eth0 up",
		inside + "ip route add default via " + a.hostLink().Addr().String(),
		"sysctl -q -w net.ipv4.ip_forward=1",
	}
	tag := " -m comment --comment " + l.name
	commands = append(commands,
		"iptables -w -t nat -A POSTROUTING -s "+a.hostLink().Masked().String()+" ! -o "+l.hostVeth()+tag+" -j MASQUERADE",
		"iptables -w -I FORWARD -i "+l.hostVeth()+tag+" -j ACCEPT",
		"iptables -w -I FORWARD -o "+l.hostVeth()+tag+" -j ACCEPT",
	)
	if err := l.rememberFirewall(ctx); err != nil {
		return err
	}
	for _, command := range commands {
		argv := strings.Fields(command)
		if _, err := output(ctx, argv[0], argv[1:]...); err != nil {
			return fmt.Errorf("make network namespace %s: %w", l.name, err)
		}
	}
	return writeFile(l.netnsFile(), []byte(l.netnsPath()+"\n"))
}

// removeNamespace removes the namespace, its link and its rules, as far as
// they are there. Bridges and rules inside go with it.
func (l layout) removeNamespace(ctx context.Context) error {
	if err := l.removeTaggedRules(ctx); err != nil {
		return err
	}
	if _, err := net.InterfaceByName(l.hostVeth()); err == nil {
		if _, err := output(ctx, "ip", "link", "delete", l.hostVeth()); err != nil {
			return err
		}
	}
	if _, err := os.Stat(l.netnsPath()); err == nil {
		if _, err := output(ctx, "ip", "netns", "delete", l.name); err != nil {
			return err
		}
	}
	if err := os.Remove(l.netnsFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
