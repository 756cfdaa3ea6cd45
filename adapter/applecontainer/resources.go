package applecontainer

import (
	"context"

	"github.com/hostwright/compose/adapter"
)

// ListNetworks is `network list`.
func (a *Adapter) ListNetworks(ctx context.Context) ([]adapter.Network, error) {
	c := call{op: adapter.OpListNetworks, args: listNetworksArgs, total: a.limits.Control}
	return read(ctx, a, c, decodeNetworks)
}

// CreateNetwork is `network create`.
func (a *Adapter) CreateNetwork(ctx context.Context, r adapter.NetworkRequest) error {
	if r.Name == "none" { // a container's word for no network
		return refused(adapter.OpCreateNetwork, r.Name, "the name is reserved")
	}
	return a.change(ctx, adapter.OpCreateNetwork, r.Name, createNetworkArgs(r))
}

// DeleteNetwork is `network delete` of one network.
func (a *Adapter) DeleteNetwork(ctx context.Context, name string) error {
	return a.change(ctx, adapter.OpDeleteNetwork, name, deleteNetworkArgs(name))
}

// ListVolumes is `volume list`.
func (a *Adapter) ListVolumes(ctx context.Context) ([]adapter.Volume, error) {
	c := call{op: adapter.OpListVolumes, args: listVolumesArgs, total: a.limits.Control}
	return read(ctx, a, c, decodeVolumes)
}

// CreateVolume is `volume create`.
func (a *Adapter) CreateVolume(ctx context.Context, r adapter.VolumeRequest) error {
	return a.change(ctx, adapter.OpCreateVolume, r.Name, createVolumeArgs(r))
}

// DeleteVolume is `volume delete` of one volume.
func (a *Adapter) DeleteVolume(ctx context.Context, name string) error {
	return a.change(ctx, adapter.OpDeleteVolume, name, deleteVolumeArgs(name))
}

// change makes a control call that changes the runtime.
func (a *Adapter) change(ctx context.Context, op, resource string, args []string) error {
	if resource == "" {
		return refused(op, resource, "the name is empty")
	}
	_, err := a.run(ctx, call{op: op, resource: resource, args: args, total: a.limits.Control})
	return err
}
