package supervise

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/ports"
)

// tablePatience bounds the look into a container's own table of ports.
const tablePatience = 5 * time.Second

// blockedPort is a published port that resets connections although a process listens behind it, in the run of a
// container that was started at a time.
type blockedPort struct {
	id      string
	started time.Time
	port    uint16 // of the host
}

// lookIntoPort finds out, once a start, whether a process listens behind a port that has reset a connection.
func (p *project) lookIntoPort(ctx context.Context, port uint16) {
	c, inside := p.publisher(port)
	if c == nil || c.suspects[port].Equal(c.seen.Started) {
		return
	}
	if c.suspects == nil {
		c.suspects = map[uint16]time.Time{}
	}
	c.suspects[port] = c.seen.Started
	found := blockedPort{c.id, c.seen.Started, port}
	p.probes.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, tablePatience)
		defer cancel()
		var table bytes.Buffer
		_, err := p.Adapter.Exec(ctx, adapter.ExecRequest{ID: found.id, Command: ports.TableCommand, Stdout: &table, Stderr: new(bytes.Buffer)})
		if err != nil || !ports.ListensIn(table.String(), inside) {
			return // nobody listens, or nobody can tell
		}
		select {
		case p.blocked <- found:
		case <-ctx.Done():
		}
	})
}

// publisher finds the running container that publishes a TCP port of the host, and its port inside.
func (p *project) publisher(port uint16) (*container, uint16) {
	for _, c := range p.containers {
		if !c.running() {
			continue
		}
		for _, published := range c.seen.Ports {
			if at := port - published.HostPort; published.Protocol == "tcp" && port >= published.HostPort && at < max(published.Count, 1) {
				return c, published.ContainerPort + at
			}
		}
	}
	return nil, 0
}

// tellBlocked keeps what was found out, for ps, and says it.
func (p *project) tellBlocked(b blockedPort) {
	c := p.containers[b.id]
	if c == nil || !c.running() || !c.seen.Started.Equal(b.started) || slices.Contains(c.memory.Blocked, b.port) {
		return
	}
	c.memory.Blocked = append(c.memory.Blocked, b.port)
	p.remember(c)
	port := strconv.Itoa(int(b.port))
	p.Log("container %s: port %s resets connections although a process listens behind it: %s", c.id, port, ports.LocalNetworkHint)
	p.emit(p.event(c, orchestrate.EventBlocked, p.Now(), map[string]string{"port": port, "hint": ports.LocalNetworkHint}))
}
