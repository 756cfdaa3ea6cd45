package daemon

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/adapter/rehearsal"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"gotest.tools/v3/assert"
)

// rehearsed is the rehearsal as shops see it.
type rehearsed struct {
	*rehearsal.Runtime
	t *testing.T
}

// inRehearsedShop runs a test in a shop on a rehearsal of its own, with a clock of its own.
func inRehearsedShop(t *testing.T, test func(s *shop)) {
	t.Helper()
	state, dir, runtime := inMemory(t), inMemory(t), inMemory(t)
	synctest.Test(t, func(t *testing.T) {
		r := rehearsed{rehearsal.New(runtime), t}
		for _, image := range []string{"redis:7", "busybox"} {
			assert.NilError(t, r.PullImage(t.Context(), adapter.PullRequest{Reference: image}))
		}
		s := &shop{t: t, under: r, calls: adaptertest.NewCalls(r), state: statedir.Dir(state), ref: orchestrate.ProjectRef{Name: "shop", Dir: dir}}
		s.project = shopProject(dir)
		t.Cleanup(r.end)
		test(s)
	})
}

// Snapshot gives all that is there, in the order of the listings.
func (r rehearsed) Snapshot() (s adapter.Snapshot) {
	r.t.Helper()
	var err error
	s.Containers, err = r.ListContainers(context.Background())
	assert.NilError(r.t, err)
	s.Images, err = r.ListImages(context.Background())
	assert.NilError(r.t, err)
	s.Networks, err = r.ListNetworks(context.Background())
	assert.NilError(r.t, err)
	s.Volumes, err = r.ListVolumes(context.Background())
	assert.NilError(r.t, err)
	return s
}

// AwaitRunning waits until a container runs.
func (r rehearsed) AwaitRunning(ctx context.Context, id string) error {
	for {
		c, err := r.InspectContainer(ctx, id)
		if err != nil || c.Running() {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

// end removes every container, and gives those who wait for their ends the time to see it.
func (r rehearsed) end() {
	for _, c := range r.Snapshot().Containers {
		assert.Check(r.t, r.DeleteContainer(context.Background(), c.ID, true))
	}
	time.Sleep(time.Second)
}
