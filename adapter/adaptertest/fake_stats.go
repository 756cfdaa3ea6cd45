package adaptertest

import (
	"context"
	"slices"
	"time"

	"github.com/hostwright/compose/adapter"
)

// fakeMemory is what each running container of a Fake uses.
const fakeMemory = 21 << 20

// ContainerStats gives a process, constant memory, and processor time that is a tenth of the time since the start.
func (f *Fake) ContainerStats(ctx context.Context, ids []string) ([]adapter.Stats, error) {
	if err := f.enter(ctx, adapter.OpStats, firstOf(ids...)); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	for _, id := range ids {
		if f.containers[id] == nil {
			return nil, fail(adapter.NotFound, adapter.OpStats, id, "no such container: %s", id)
		}
	}
	out := []adapter.Stats{}
	for _, c := range f.snapshot().Containers {
		if !c.Running() || len(ids) > 0 && !slices.Contains(ids, c.ID) {
			continue
		}
		limit := c.Memory
		if limit == 0 {
			limit = f.caps.DefaultMemory
		}
		now := time.Now()
		out = append(out, adapter.Stats{
			ID: c.ID, Taken: now, CPU: now.Sub(c.Started) / 10, Memory: fakeMemory, MemoryLimit: uint64(limit), Processes: 1,
		})
	}
	return out, nil
}
