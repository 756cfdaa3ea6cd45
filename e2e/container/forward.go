//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/docker/docker/client"
	"golang.org/x/sys/unix"
)

// udpIdle is how long a UDP client's way back is kept without traffic.
const udpIdle = time.Minute

// resetDelay is what the forwarder of a Mac takes to find out that it may not connect: a client has connected by then.
const resetDelay = 20 * time.Millisecond

// relay forwards what arrives at the host's ports and sockets into one container.
type relay struct {
	spec   relaySpec
	docker *client.Client
}

// listen opens every port and socket, or none counts: the process ends on an error, which closes them.
func (r *relay) listen() error {
	for _, port := range r.spec.Ports {
		target := r.spec.IPv4
		network := port.Proto + "4"
		if netip.MustParseAddr(port.HostAddress).Is6() {
			network, target = port.Proto+"6", r.spec.IPv6
			if target == "" {
				return errors.New("cannot configure IPv6 port forwarding for container with unknown IPv6 address")
			}
		}
		for i := range int(port.Count) {
			from := hostPort(port.HostAddress, int(port.HostPort)+i)
			to := hostPort(target, int(port.ContainerPort)+i)
			if err := r.open(network, port.Proto, from, to); err != nil {
				return bindError(err, int(port.HostPort)+i)
			}
		}
	}
	for _, socket := range r.spec.Sockets {
		if err := r.openSocket(socket); err != nil {
			return err
		}
	}
	if len(r.spec.Shares) > 0 {
		unix.Umask(0) // what is made in a share has the mode that was asked for inside
	}
	for _, each := range r.spec.Shares {
		if err := each.mount(); err != nil {
			return err
		}
	}
	return nil
}

func (r *relay) open(network, proto, from, to string) error {
	if proto == "udp" {
		conn, err := net.ListenPacket(network, from)
		if err != nil {
			return err
		}
		if !r.spec.Reset { // else datagrams are dropped
			go r.forwardUDP(conn, to)
		}
		return nil
	}
	listener, err := net.Listen(network, from)
	if err != nil {
		return err
	}
	if r.spec.Reset {
		go serveResets(listener)
		return nil
	}
	go serve(listener, func() (net.Conn, error) { return r.dial("tcp", to) })
	return nil
}

// serve accepts for ever. A client is accepted whether or not anything listens in the container, and closed if nothing does.
func serve(listener net.Listener, dial func() (net.Conn, error)) {
	for {
		incoming, err := listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(10 * time.Millisecond) // out of descriptors, or the like: let connections end
			continue
		}
		go func() {
			defer incoming.Close()
			outgoing, err := dial()
			if err != nil {
				return
			}
			defer outgoing.Close()
			joinStreams(incoming, outgoing)
		}()
	}
}

// serveResets accepts every client and resets it at once, as the forwarder of a Mac does without the Local Network permission
// (observed, section 3.4).
func serveResets(listener net.Listener) {
	for {
		incoming, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		go func() {
			time.Sleep(resetDelay)
			if tcp, ok := incoming.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // closing resets
			}
			_ = incoming.Close()
		}()
	}
}

// joinStreams copies both ways until both are at their end; an end of one side is passed on as such.
func joinStreams(a, b net.Conn) {
	var both sync.WaitGroup
	oneWay := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // a reset by either side ends the connection, nothing to report
		if half, ok := to.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	}
	both.Go(func() { oneWay(a, b) })
	both.Go(func() { oneWay(b, a) })
	both.Wait()
}

// dial connects from the network namespace of the engine.
func (r *relay) dial(network, address string) (net.Conn, error) {
	return dialFrom(r.spec.Namespace, network, address)
}

// dialFrom connects from a network namespace, "" for the caller's own. The address is an IP address and a port.
func dialFrom(namespace, network, address string) (net.Conn, error) {
	if namespace == "" {
		return net.DialTimeout(network, address, 10*time.Second)
	}
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		// The thread has changed its namespace and must not be used again: it ends with the goroutine, since it stays locked.
		runtime.LockOSThread()
		if err := enterNamespace(namespace); err != nil {
			done <- result{err: err}
			return
		}
		conn, err := net.DialTimeout(network, address, 10*time.Second)
		done <- result{conn, err}
	}()
	got := <-done
	return got.conn, got.err
}

// enterNamespace moves the calling thread into a network namespace.
func enterNamespace(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("enter network namespace: %w", err)
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter network namespace %s: %w", path, err)
	}
	return nil
}

// forwardUDP keeps one outgoing socket per client, so that answers find their way back.
func (r *relay) forwardUDP(conn net.PacketConn, to string) {
	var lock sync.Mutex
	clients := map[string]net.Conn{}
	buffer := make([]byte, 65535)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		lock.Lock()
		out := clients[from.String()]
		lock.Unlock()
		if out == nil {
			if out, err = r.dial("udp", to); err != nil {
				continue
			}
			lock.Lock()
			clients[from.String()] = out
			lock.Unlock()
			go func() {
				answerUDP(conn, out, from)
				lock.Lock()
				delete(clients, from.String())
				lock.Unlock()
				_ = out.Close()
			}()
		}
		_, _ = out.Write(buffer[:n]) // a lost datagram is UDP's own business
	}
}

func answerUDP(conn net.PacketConn, out net.Conn, to net.Addr) {
	buffer := make([]byte, 65535)
	for {
		if err := out.SetReadDeadline(time.Now().Add(udpIdle)); err != nil {
			return
		}
		n, err := out.Read(buffer)
		if errors.Is(err, unix.ECONNREFUSED) {
			continue
		}
		if err != nil {
			return
		}
		if _, err := conn.WriteTo(buffer[:n], to); err != nil {
			return
		}
	}
}

// openSocket listens on a Unix socket of the host for one of the container. A live socket there is refused, anything
// else is deleted (reference 2.1).
func (r *relay) openSocket(socket publishedSocket) error {
	if conn, err := net.Dial("unix", socket.HostPath); err == nil {
		_ = conn.Close()
		return fmt.Errorf("host path %s is a socket in use", socket.HostPath)
	}
	if err := os.MkdirAll(filepath.Dir(socket.HostPath), 0o755); err != nil {
		return fmt.Errorf("publish socket: %w", err)
	}
	if err := removeIfThere(socket.HostPath); err != nil {
		return err
	}
	listener, err := net.Listen("unix", socket.HostPath)
	if err != nil {
		return fmt.Errorf("publish socket: %w", err)
	}
	go serve(listener, func() (net.Conn, error) { return r.dialInside(socket.ContainerPath) })
	return nil
}

// dialInside connects to a Unix socket in the container's file system, through its process's root.
func (r *relay) dialInside(path string) (net.Conn, error) {
	found, err := r.docker.ContainerInspect(context.Background(), r.spec.Container)
	if err != nil {
		return nil, err
	}
	root, err := unix.Open(fmt.Sprintf("/proc/%d/root", found.State.Pid), unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open container's root: %w", err)
	}
	defer unix.Close(root)
	inside, err := unix.Openat2(root, path, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT})
	if err != nil {
		return nil, fmt.Errorf("open container's socket: %w", err)
	}
	defer unix.Close(inside)
	return net.Dial("unix", fmt.Sprintf("/proc/self/fd/%d", inside))
}
