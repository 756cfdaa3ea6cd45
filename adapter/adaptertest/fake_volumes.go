package adaptertest

import (
	"context"
	"time"

	"github.com/hostwright/compose/adapter"
)

// lostFound is the folder of a new ext4 file system.
const lostFound = "lost+found"

// ListVolumes gives every volume, sorted.
func (f *Fake) ListVolumes(ctx context.Context) ([]adapter.Volume, error) {
	if err := f.enter(ctx, adapter.OpListVolumes, ""); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	return f.snapshot().Volumes, nil
}

// CreateVolume makes a volume with nothing in it but lost+found, or nothing at all without VolumeLostFound.
func (f *Fake) CreateVolume(ctx context.Context, r adapter.VolumeRequest) error {
	if err := f.enter(ctx, adapter.OpCreateVolume, r.Name); err != nil {
		return err
	}
	defer f.mu.Unlock()
	if err := f.world.CreateVolume(r, time.Now()); err != nil {
		return err
	}
	f.volumes[r.Name] = files{}
	if f.world.Capabilities.VolumeLostFound {
		f.volumes[r.Name]["/"+lostFound] = nil
	}
	f.notify()
	return nil
}

// DeleteVolume removes a volume that no container refers to.
func (f *Fake) DeleteVolume(ctx context.Context, name string) error {
	if err := f.enter(ctx, adapter.OpDeleteVolume, name); err != nil {
		return err
	}
	defer f.mu.Unlock()
	if err := f.world.DeleteVolume(name); err != nil {
		return err
	}
	delete(f.volumes, name)
	f.notify()
	return nil
}
