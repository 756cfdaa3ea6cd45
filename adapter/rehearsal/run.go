package rehearsal

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/hostwright/compose/adapter"
)

// HostPort is a port of the host.
type HostPort struct {
	Protocol string
	Port     uint16
}

// Container finds a container for a call; NotFound when there is none.
func (w *World) Container(op, id string) (*Container, error) {
	if c := w.Containers[id]; c != nil {
		return c, nil
	}
	return nil, Fail(adapter.NotFound, op, id, "container with ID %s not found", id)
}

// CheckStart tells whether a container may start: it is stopped, nobody holds its ports or its volumes. held are ports of
// the host that somebody outside the runtime has.
func (w *World) CheckStart(c *Container, held map[HostPort]bool) error {
	if c.State != adapter.StateStopped {
		return Fail(adapter.WrongState, adapter.OpStartContainer, c.Request.ID, "attach is currently unsupported on already running containers")
	}
	if err := w.checkPorts(c, held); err != nil {
		return err
	}
	return w.checkVolumes(c)
}

// Start makes a container run, with new addresses.
func (w *World) Start(c *Container, now time.Time) {
	c.Runs++
	c.State, c.Begun, c.Started = adapter.StateRunning, now, wholeSecond(now)
	c.Addresses = w.addresses(c)
}

// End notes that a container's process has ended.
func (c *Container) End(code int) {
	if c.State != adapter.StateRunning {
		return
	}
	c.State, c.Addresses = adapter.StateStopped, nil
	c.Ended, c.ExitCode = c.Runs, code
}

// Delete removes a container. A running one is ended before, by force.
func (w *World) Delete(c *Container, force bool) error {
	id := c.Request.ID
	if c.State == adapter.StateRunning && !force {
		return Fail(adapter.WrongState, adapter.OpDeleteContainer, id, "container %s is running and can not be deleted", id)
	}
	c.End(KilledCode)
	delete(w.Containers, id)
	return nil
}

// MustRun says that a call needs a running container.
func (c *Container) MustRun(op string) error {
	if c.State == adapter.StateRunning {
		return nil
	}
	return Fail(adapter.WrongState, op, c.Request.ID, "container %s is not running", c.Request.ID)
}

// addresses gives a starting container a new address on each of its networks.
func (w *World) addresses(c *Container) []adapter.Address {
	var list []adapter.Address
	for i, name := range c.Networks {
		n := w.Networks[name]
		base := n.Subnet.Addr().As4()
		base[3] = byte(n.Next)
		n.Next++
		if n.Next > 253 {
			n.Next = 2
		}
		w.MACs++
		mac := fmt.Sprintf("f2:00:00:%02x:%02x:%02x", w.MACs>>16&0xff, w.MACs>>8&0xff, w.MACs&0xff)
		if len(c.Request.Networks) > i && c.Request.Networks[i].MAC != "" {
			mac = c.Request.Networks[i].MAC
		}
		list = append(list, adapter.Address{Network: name, IPv4: netip.AddrFrom4(base), Gateway: n.Gateway, MAC: mac})
	}
	return list
}

// checkPorts refuses a port that a running container publishes or somebody else holds.
func (w *World) checkPorts(c *Container, held map[HostPort]bool) error {
	wanted := c.published()
	for key, is := range held {
		if is && wanted[key] {
			return portInUse(c, key)
		}
	}
	for _, id := range sortedKeys(w.Containers) {
		other := w.Containers[id]
		if other.State != adapter.StateRunning {
			continue
		}
		for key := range other.published() {
			if wanted[key] {
				return portInUse(c, key)
			}
		}
	}
	return nil
}

func portInUse(c *Container, key HostPort) error {
	return Fail(adapter.PortInUse, adapter.OpStartContainer, c.Request.ID, "port %d/%s: Address already in use", key.Port, key.Protocol)
}

func (c *Container) published() map[HostPort]bool {
	ports := map[HostPort]bool{}
	for _, p := range c.Request.Ports {
		for i := range max(p.Count, 1) {
			ports[HostPort{p.Protocol, p.HostPort + i}] = true
		}
	}
	return ports
}

// checkVolumes applies the rule of a disk: one running writer, or any number of running readers.
func (w *World) checkVolumes(c *Container) error {
	if w.Capabilities.VolumeSharing {
		return nil
	}
	wanted := c.mounted()
	for _, id := range sortedKeys(w.Containers) {
		other := w.Containers[id]
		if other.State != adapter.StateRunning {
			continue
		}
		for name, writes := range other.mounted() {
			mine, uses := wanted[name]
			if uses && (mine || writes) {
				return Fail(adapter.VolumeBusy, adapter.OpStartContainer, c.Request.ID, "volume %s: The storage device attachment is invalid.", name)
			}
		}
	}
	return nil
}

// mounted gives the volumes of a container and whether it writes to them.
func (c *Container) mounted() map[string]bool {
	volumes := map[string]bool{}
	for _, m := range c.Request.Mounts {
		if m.Kind == adapter.MountVolume {
			volumes[m.Source] = volumes[m.Source] || !m.ReadOnly
		}
	}
	return volumes
}

// idleMemory is what a container that runs uses (bytes).
const idleMemory = 21 << 20

// Stats gives a process, constant memory, and processor time that is a tenth of the time since the start. No ids are all
// containers.
func (w *World) Stats(ids []string, now time.Time) ([]adapter.Stats, error) {
	for _, id := range ids {
		if w.Containers[id] == nil {
			return nil, Fail(adapter.NotFound, adapter.OpStats, id, "no such container: %s", id)
		}
	}
	out := []adapter.Stats{}
	for _, id := range sortedKeys(w.Containers) {
		c := w.Containers[id]
		if c.State != adapter.StateRunning || len(ids) > 0 && !slices.Contains(ids, id) {
			continue
		}
		out = append(out, adapter.Stats{
			ID: id, Taken: now, CPU: now.Sub(c.Started) / 10, Memory: idleMemory, MemoryLimit: uint64(c.Request.Memory), Processes: 1,
		})
	}
	return out, nil
}
