package adaptertest

import (
	"context"
	"regexp"

	"github.com/hostwright/compose/adapter"
)

// volumeName is the rule of Apple container 1.0.0 and later; defaultVolumeSize is its default capacity in bytes.
var volumeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$`)

const defaultVolumeSize = 512 << 30

// lostFound is the folder of a new ext4 file system.
const lostFound = "lost+found"

type fakeVolume struct {
	adapter.Volume
	files files
}

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
	switch {
	case !volumeName.MatchString(r.Name):
		return fail(adapter.Refused, adapter.OpCreateVolume, r.Name, "invalid volume name '%s'", r.Name)
	case f.volumes[r.Name] != nil:
		return fail(adapter.Exists, adapter.OpCreateVolume, r.Name, "volume '%s' already exists", r.Name)
	}
	v := &fakeVolume{files: files{}, Volume: adapter.Volume{Name: r.Name, Labels: r.Labels, Created: now(), Size: r.Size}}
	if v.Size == 0 {
		v.Size = defaultVolumeSize
	}
	if f.caps.VolumeLostFound {
		v.files["/"+lostFound] = nil
	}
	f.volumes[r.Name] = v
	f.notify()
	return nil
}

// DeleteVolume removes a volume that no container refers to.
func (f *Fake) DeleteVolume(ctx context.Context, name string) error {
	if err := f.enter(ctx, adapter.OpDeleteVolume, name); err != nil {
		return err
	}
	defer f.mu.Unlock()
	if f.volumes[name] == nil {
		return fail(adapter.NotFound, adapter.OpDeleteVolume, name, "failed to delete one or more volumes: [%q]", name)
	}
	for _, id := range sortedKeys(f.containers) {
		if _, uses := mountsOf(f.containers[id])[name]; uses {
			return fail(adapter.InUse, adapter.OpDeleteVolume, name, "volume '%s' is currently in use and cannot be accessed by another container", name)
		}
	}
	delete(f.volumes, name)
	f.notify()
	return nil
}

// takeVolumes applies the rule of a disk: one running writer, or any number of running readers.
func (f *Fake) takeVolumes(c *fakeContainer) error {
	if f.caps.VolumeSharing {
		return nil
	}
	wanted := mountsOf(c)
	for _, other := range f.containers {
		if other.state != adapter.StateRunning {
			continue
		}
		for name, writes := range mountsOf(other) {
			mine, uses := wanted[name]
			if uses && (mine || writes) {
				return fail(adapter.VolumeBusy, adapter.OpStartContainer, c.request.ID, "volume %s: The storage device attachment is invalid.", name)
			}
		}
	}
	return nil
}

// mountsOf gives the volumes of a container and whether it writes to them.
func mountsOf(c *fakeContainer) map[string]bool {
	volumes := map[string]bool{}
	for _, m := range c.request.Mounts {
		if m.Kind == adapter.MountVolume {
			volumes[m.Source] = volumes[m.Source] || !m.ReadOnly
		}
	}
	return volumes
}
