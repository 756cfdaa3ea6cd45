package adaptertest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/rehearsal"
)

// fakeContainer is a container of a Fake. run is nil before the first start.
type fakeContainer struct {
	*rehearsal.Container
	image FakeImage // with its programs
	files files     // the root file system
	run   *fakeRun
}

// CreateContainer registers a container. The image, its networks and its volumes must exist.
func (f *Fake) CreateContainer(ctx context.Context, r adapter.CreateRequest) error {
	if err := f.enter(ctx, adapter.OpCreateContainer, r.ID); err != nil {
		return err
	}
	defer f.mu.Unlock()
	c, err := f.world.Create(r, time.Now())
	if err != nil {
		return err
	}
	f.containers[r.ID] = &fakeContainer{Container: c, image: f.images[c.Image.Reference], files: files{}}
	f.notify()
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
