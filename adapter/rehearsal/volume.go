package rehearsal

import (
	"regexp"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
)

// volumeName is the rule of Apple container 1.0.0 and later; defaultVolumeSize is its default capacity in bytes.
var volumeName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$`) })

const defaultVolumeSize = 512 << 30

// CreateVolume makes a volume.
func (w *World) CreateVolume(r adapter.VolumeRequest, now time.Time) error {
	switch {
	case !volumeName().MatchString(r.Name):
		return Fail(adapter.Refused, adapter.OpCreateVolume, r.Name, "invalid volume name '%s'", r.Name)
	case w.Volumes[r.Name] != nil:
		return Fail(adapter.Exists, adapter.OpCreateVolume, r.Name, "volume '%s' already exists", r.Name)
	}
	v := &Volume{adapter.Volume{Name: r.Name, Labels: r.Labels, Created: wholeSecond(now), Size: r.Size}}
	if v.Size == 0 {
		v.Size = defaultVolumeSize
	}
	w.Volumes[r.Name] = v
	return nil
}

// DeleteVolume removes a volume that no container refers to.
func (w *World) DeleteVolume(name string) error {
	if w.Volumes[name] == nil {
		return Fail(adapter.NotFound, adapter.OpDeleteVolume, name, "failed to delete one or more volumes: [%q]", name)
	}
	for _, id := range sortedKeys(w.Containers) {
		if _, uses := w.Containers[id].mounted()[name]; uses {
			return Fail(adapter.InUse, adapter.OpDeleteVolume, name, "volume '%s' is currently in use and cannot be accessed by another container", name)
		}
	}
	delete(w.Volumes, name)
	return nil
}
