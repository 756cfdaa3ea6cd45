package adaptertest

import (
	"context"
	"time"

	"github.com/hostwright/compose/adapter"
)

// Call is one call of an adapter.
type Call struct {
	Op       string // one of adapter's Op constants
	Resource string // ID, name or reference; empty for listings
}

// around runs a call: it calls next once, or not at all, and gives the call's error.
type around func(ctx context.Context, c Call, next func(context.Context) error) error

// wrapped sends every call that reaches the runtime through one function. Name, Capabilities and NormaliseReference
// do not reach it.
type wrapped struct {
	adapter.RuntimeAdapter
	around around
}

// valued is around for a call that gives a value; the value is the zero one when the call was not made.
func valued[T any](ctx context.Context, w *wrapped, c Call, next func(context.Context) (T, error)) (T, error) {
	var value T
	err := w.around(ctx, c, func(ctx context.Context) (err error) {
		value, err = next(ctx)
		return err
	})
	return value, err
}

// ListContainers passes the call on.
func (w *wrapped) ListContainers(ctx context.Context) ([]adapter.Container, error) {
	return valued(ctx, w, Call{Op: adapter.OpListContainers}, w.RuntimeAdapter.ListContainers)
}

// InspectContainer passes the call on.
func (w *wrapped) InspectContainer(ctx context.Context, id string) (adapter.Container, error) {
	return valued(ctx, w, Call{adapter.OpInspectContainer, id}, func(ctx context.Context) (adapter.Container, error) {
		return w.RuntimeAdapter.InspectContainer(ctx, id)
	})
}

// CreateContainer passes the call on.
func (w *wrapped) CreateContainer(ctx context.Context, r adapter.CreateRequest) error {
	return w.around(ctx, Call{adapter.OpCreateContainer, r.ID}, func(ctx context.Context) error {
		return w.RuntimeAdapter.CreateContainer(ctx, r)
	})
}

// StartAttached passes the call on. A call that was not made, or failed, gives -1.
func (w *wrapped) StartAttached(ctx context.Context, r adapter.StartRequest) (int, error) {
	code, err := valued(ctx, w, Call{adapter.OpStartContainer, r.ID}, func(ctx context.Context) (int, error) {
		return w.RuntimeAdapter.StartAttached(ctx, r)
	})
	return orMinusOne(code, err), err
}

// StopContainer passes the call on.
func (w *wrapped) StopContainer(ctx context.Context, id, signal string, grace time.Duration) error {
	return w.around(ctx, Call{adapter.OpStopContainer, id}, func(ctx context.Context) error {
		return w.RuntimeAdapter.StopContainer(ctx, id, signal, grace)
	})
}

// KillContainer passes the call on.
func (w *wrapped) KillContainer(ctx context.Context, id, signal string) error {
	return w.around(ctx, Call{adapter.OpKillContainer, id}, func(ctx context.Context) error {
		return w.RuntimeAdapter.KillContainer(ctx, id, signal)
	})
}

// DeleteContainer passes the call on.
func (w *wrapped) DeleteContainer(ctx context.Context, id string, force bool) error {
	return w.around(ctx, Call{adapter.OpDeleteContainer, id}, func(ctx context.Context) error {
		return w.RuntimeAdapter.DeleteContainer(ctx, id, force)
	})
}

// Exec passes the call on. A call that was not made, or failed, gives -1.
func (w *wrapped) Exec(ctx context.Context, r adapter.ExecRequest) (int, error) {
	code, err := valued(ctx, w, Call{adapter.OpExec, r.ID}, func(ctx context.Context) (int, error) {
		return w.RuntimeAdapter.Exec(ctx, r)
	})
	return orMinusOne(code, err), err
}

// ContainerStats passes the call on; its resource is the first ID.
func (w *wrapped) ContainerStats(ctx context.Context, ids []string) ([]adapter.Stats, error) {
	return valued(ctx, w, Call{adapter.OpStats, firstOf(ids...)}, func(ctx context.Context) ([]adapter.Stats, error) {
		return w.RuntimeAdapter.ContainerStats(ctx, ids)
	})
}

func orMinusOne(code int, err error) int {
	if err != nil {
		return -1
	}
	return code
}

// ListImages passes the call on.
func (w *wrapped) ListImages(ctx context.Context) ([]adapter.Image, error) {
	return valued(ctx, w, Call{Op: adapter.OpListImages}, w.RuntimeAdapter.ListImages)
}

// PullImage passes the call on.
func (w *wrapped) PullImage(ctx context.Context, r adapter.PullRequest) error {
	return w.around(ctx, Call{adapter.OpPullImage, r.Reference}, func(ctx context.Context) error {
		return w.RuntimeAdapter.PullImage(ctx, r)
	})
}

// PushImage passes the call on.
func (w *wrapped) PushImage(ctx context.Context, r adapter.PushRequest) error {
	return w.around(ctx, Call{adapter.OpPushImage, r.Reference}, func(ctx context.Context) error {
		return w.RuntimeAdapter.PushImage(ctx, r)
	})
}

// BuildImage passes the call on; its resource is the first tag.
func (w *wrapped) BuildImage(ctx context.Context, r adapter.BuildRequest) error {
	return w.around(ctx, Call{adapter.OpBuildImage, firstOf(r.Tags...)}, func(ctx context.Context) error {
		return w.RuntimeAdapter.BuildImage(ctx, r)
	})
}

// ImageConfig passes the call on.
func (w *wrapped) ImageConfig(ctx context.Context, reference, platform string) (adapter.ImageConfig, error) {
	return valued(ctx, w, Call{adapter.OpImageConfig, reference}, func(ctx context.Context) (adapter.ImageConfig, error) {
		return w.RuntimeAdapter.ImageConfig(ctx, reference, platform)
	})
}

// TagImage passes the call on; its resource is the target.
func (w *wrapped) TagImage(ctx context.Context, source, target string) error {
	return w.around(ctx, Call{adapter.OpTagImage, target}, func(ctx context.Context) error {
		return w.RuntimeAdapter.TagImage(ctx, source, target)
	})
}

// DeleteImage passes the call on.
func (w *wrapped) DeleteImage(ctx context.Context, reference string) error {
	return w.around(ctx, Call{adapter.OpDeleteImage, reference}, func(ctx context.Context) error {
		return w.RuntimeAdapter.DeleteImage(ctx, reference)
	})
}

// ListNetworks passes the call on.
func (w *wrapped) ListNetworks(ctx context.Context) ([]adapter.Network, error) {
	return valued(ctx, w, Call{Op: adapter.OpListNetworks}, w.RuntimeAdapter.ListNetworks)
}

// CreateNetwork passes the call on.
func (w *wrapped) CreateNetwork(ctx context.Context, r adapter.NetworkRequest) error {
	return w.around(ctx, Call{adapter.OpCreateNetwork, r.Name}, func(ctx context.Context) error {
		return w.RuntimeAdapter.CreateNetwork(ctx, r)
	})
}

// DeleteNetwork passes the call on.
func (w *wrapped) DeleteNetwork(ctx context.Context, name string) error {
	return w.around(ctx, Call{adapter.OpDeleteNetwork, name}, func(ctx context.Context) error {
		return w.RuntimeAdapter.DeleteNetwork(ctx, name)
	})
}

// ListVolumes passes the call on.
func (w *wrapped) ListVolumes(ctx context.Context) ([]adapter.Volume, error) {
	return valued(ctx, w, Call{Op: adapter.OpListVolumes}, w.RuntimeAdapter.ListVolumes)
}

// CreateVolume passes the call on.
func (w *wrapped) CreateVolume(ctx context.Context, r adapter.VolumeRequest) error {
	return w.around(ctx, Call{adapter.OpCreateVolume, r.Name}, func(ctx context.Context) error {
		return w.RuntimeAdapter.CreateVolume(ctx, r)
	})
}

// DeleteVolume passes the call on.
func (w *wrapped) DeleteVolume(ctx context.Context, name string) error {
	return w.around(ctx, Call{adapter.OpDeleteVolume, name}, func(ctx context.Context) error {
		return w.RuntimeAdapter.DeleteVolume(ctx, name)
	})
}

// Version passes the call on.
func (w *wrapped) Version(ctx context.Context) (adapter.Version, error) {
	return valued(ctx, w, Call{Op: adapter.OpVersion}, w.RuntimeAdapter.Version)
}

// Ping passes the call on.
func (w *wrapped) Ping(ctx context.Context) error {
	return w.around(ctx, Call{Op: adapter.OpPing}, w.RuntimeAdapter.Ping)
}

// StartServices passes the call on.
func (w *wrapped) StartServices(ctx context.Context) error {
	return w.around(ctx, Call{Op: adapter.OpStartServices}, w.RuntimeAdapter.StartServices)
}
