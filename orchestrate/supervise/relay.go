package supervise

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hostwright/compose/adapter"
)

// maxRelayed bounds the connections of one relayed port at a time; more wait to be accepted.
const maxRelayed = 256

// acceptPause is the rest after a connection that could not be accepted: with too many open files the next one fails
// as well.
const acceptPause = 50 * time.Millisecond

// relay makes a published TCP port answer on [::1] too, where programs that prefer IPv6 look for "localhost": the
// runtime publishes on IPv4 alone. It listens nowhere else, and dials 127.0.0.1, never a container.
type relay struct {
	listener *net.TCPListener
	// rejected is called when the port took a connection and reset it without a word.
	rejected func()
	slots    chan struct{}
	done     sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]bool // nil once closed
}

// newRelay begins to listen on [::1].
func newRelay(port uint16, rejected func()) (*relay, error) {
	l, err := net.ListenTCP("tcp6", &net.TCPAddr{IP: net.IPv6loopback, Port: int(port)})
	if err != nil {
		return nil, err
	}
	r := &relay{listener: l, rejected: rejected, slots: make(chan struct{}, maxRelayed), open: map[net.Conn]bool{}}
	target := net.JoinHostPort("127.0.0.1", strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	r.done.Go(func() { r.accept(target) })
	return r, nil
}

func (r *relay) accept(target string) {
	for {
		r.slots <- struct{}{}
		from, err := r.listener.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // too many open files, or a client that was too fast
			<-r.slots
			<-time.After(acceptPause)
			continue
		}
		r.done.Go(func() {
			defer func() { <-r.slots }()
			r.pass(from, target)
		})
	}
}

// pass carries one connection over, each direction with an end of its own.
func (r *relay) pass(from *net.TCPConn, target string) {
	defer r.drop(from)
	if !r.keep(from) {
		return
	}
	conn, err := net.Dial("tcp4", target)
	if err != nil {
		if errors.Is(err, syscall.ECONNRESET) { // so fast that the connection was not yet made
			r.rejected()
		}
		_ = from.SetLinger(0) // refused there: reset here
		return
	}
	to := conn.(*net.TCPConn)
	defer r.drop(to)
	if !r.keep(to) {
		return
	}
	var both sync.WaitGroup
	for _, way := range [][2]*net.TCPConn{{to, from}, {from, to}} {
		both.Go(func() {
			n, err := io.Copy(way[0], way[1])
			if n == 0 && way[1] == to && errors.Is(err, syscall.ECONNRESET) {
				r.rejected()
			}
			if err != nil {
				_, _ = way[0].Close(), way[1].Close()
				return
			}
			_ = way[0].CloseWrite()
		})
	}
	both.Wait()
}

// keep notes an open connection; it is false once the relay is closed.
func (r *relay) keep(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		return false
	}
	r.open[c] = true
	return true
}

func (r *relay) drop(c net.Conn) {
	_ = c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, c)
}

// close stops listening, ends all connections and waits for them.
func (r *relay) close() {
	_ = r.listener.Close()
	r.mu.Lock()
	for c := range r.open {
		_ = c.Close()
	}
	r.open = nil
	r.mu.Unlock()
	// A full house waits for a slot and not for a connection.
	select {
	case <-r.slots:
	default:
	}
	r.done.Wait()
}

// relayed are the host ports of a container that are to answer on [::1].
func relayed(ports []adapter.Port) []uint16 {
	var out []uint16
	for _, p := range ports {
		if p.Protocol != "tcp" || p.HostIP != "" && p.HostIP != "0.0.0.0" && p.HostIP != "127.0.0.1" {
			continue
		}
		for i := range max(p.Count, 1) {
			out = append(out, p.HostPort+i)
		}
	}
	return out
}

// relayPorts begins and ends relays, so that they are those of the containers that run.
func (p *project) relayPorts() {
	wanted := map[uint16]bool{}
	for _, c := range p.containers {
		if c.running() {
			for _, port := range relayed(c.seen.Ports) {
				wanted[port] = true
			}
		}
	}
	for port, r := range p.relays {
		if !wanted[port] {
			r.close()
			delete(p.relays, port)
		}
	}
	for port := range wanted {
		if p.relays[port] != nil {
			continue
		}
		r, err := newRelay(port, func() {
			select {
			case p.rejections <- port:
			default: // others wait to be looked into
			}
		})
		switch {
		case err == nil:
			p.relays[port] = r
		case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EAFNOSUPPORT):
			p.Log("port %d does not answer on [::1]: %v", port, err) // somebody else's, or a machine without IPv6
		default:
			p.Log("relay port %d: %v", port, err)
		}
	}
}

// closeRelays ends all of them.
func (p *project) closeRelays() {
	for _, r := range p.relays {
		r.close()
	}
}
