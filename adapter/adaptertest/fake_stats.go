package adaptertest

import (
	"context"
	"time"

	"github.com/hostwright/compose/adapter"
)

// ContainerStats gives a process, constant memory, and processor time that is a tenth of the time since the start.
func (f *Fake) ContainerStats(ctx context.Context, ids []string) ([]adapter.Stats, error) {
	if err := f.enter(ctx, adapter.OpStats, firstOf(ids...)); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	return f.world.Stats(ids, time.Now())
}
