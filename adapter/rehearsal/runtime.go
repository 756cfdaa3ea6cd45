package rehearsal

import (
	"context"
	"time"

	"github.com/hostwright/compose/adapter"
)

// version is the version of Apple container whose rules are kept.
const version = "1.4.1"

// Runtime is the adapter. Its World lies in a folder, so that separate commands and recorders see the same one; its
// containers need no process: they end when their time is over, whoever looks. It is safe for concurrent use by
// goroutines and processes.
type Runtime struct{ dir string }

var _ adapter.RuntimeAdapter = (*Runtime)(nil)

// New gives the runtime whose world lies in a folder, which is made when something is changed. It does no I/O.
func New(dir string) *Runtime { return &Runtime{dir: dir} }

// Name says what it is.
func (r *Runtime) Name() string { return "rehearsal" }

// Capabilities are Apple container's, but that nothing runs: nothing is in a volume, and a start fails only with a reason.
func (r *Runtime) Capabilities() adapter.Capabilities {
	c := AppleCapabilities()
	c.RunsProcesses, c.VolumeLostFound, c.StartFailureIsExit1 = false, false, false
	return c
}

// Version is the version of Apple container whose rules are kept.
func (r *Runtime) Version(ctx context.Context) (adapter.Version, error) {
	if err := ctx.Err(); err != nil {
		return adapter.Version{}, err
	}
	return adapter.Version{Client: version, Server: version}, nil
}

// Ping always answers.
func (r *Runtime) Ping(ctx context.Context) error { return ctx.Err() }

// StartServices has nothing to start.
func (r *Runtime) StartServices(ctx context.Context) error { return ctx.Err() }

// ListNetworks gives every network, sorted.
func (r *Runtime) ListNetworks(ctx context.Context) (list []adapter.Network, err error) {
	err = r.use(ctx, adapter.OpListNetworks, "", func(w *World, _ time.Time) error {
		list = w.Snapshot().Networks
		return nil
	})
	return list, err
}

// CreateNetwork makes a network.
func (r *Runtime) CreateNetwork(ctx context.Context, n adapter.NetworkRequest) error {
	return r.use(ctx, adapter.OpCreateNetwork, n.Name, func(w *World, now time.Time) error { return w.CreateNetwork(n, now) })
}

// DeleteNetwork removes a network that no container refers to.
func (r *Runtime) DeleteNetwork(ctx context.Context, name string) error {
	return r.use(ctx, adapter.OpDeleteNetwork, name, func(w *World, _ time.Time) error { return w.DeleteNetwork(name) })
}

// ListVolumes gives every volume, sorted.
func (r *Runtime) ListVolumes(ctx context.Context) (list []adapter.Volume, err error) {
	err = r.use(ctx, adapter.OpListVolumes, "", func(w *World, _ time.Time) error {
		list = w.Snapshot().Volumes
		return nil
	})
	return list, err
}

// CreateVolume makes a volume.
func (r *Runtime) CreateVolume(ctx context.Context, v adapter.VolumeRequest) error {
	return r.use(ctx, adapter.OpCreateVolume, v.Name, func(w *World, now time.Time) error { return w.CreateVolume(v, now) })
}

// DeleteVolume removes a volume that no container refers to.
func (r *Runtime) DeleteVolume(ctx context.Context, name string) error {
	return r.use(ctx, adapter.OpDeleteVolume, name, func(w *World, _ time.Time) error { return w.DeleteVolume(name) })
}
