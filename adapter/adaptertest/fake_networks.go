package adaptertest

import (
	"context"
	"time"

	"github.com/hostwright/compose/adapter"
)

// ListNetworks gives every network, sorted.
func (f *Fake) ListNetworks(ctx context.Context) ([]adapter.Network, error) {
	if err := f.enter(ctx, adapter.OpListNetworks, ""); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	return f.snapshot().Networks, nil
}

// CreateNetwork makes a network.
func (f *Fake) CreateNetwork(ctx context.Context, r adapter.NetworkRequest) error {
	if err := f.enter(ctx, adapter.OpCreateNetwork, r.Name); err != nil {
		return err
	}
	defer f.mu.Unlock()
	defer f.notify()
	return f.world.CreateNetwork(r, time.Now())
}

// DeleteNetwork removes a network that no container refers to.
func (f *Fake) DeleteNetwork(ctx context.Context, name string) error {
	if err := f.enter(ctx, adapter.OpDeleteNetwork, name); err != nil {
		return err
	}
	defer f.mu.Unlock()
	defer f.notify()
	return f.world.DeleteNetwork(name)
}
