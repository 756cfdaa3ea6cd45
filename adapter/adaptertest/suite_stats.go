package adaptertest

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

var statsCases = []conformanceCase{
	{name: "stats tell of running containers", run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-stats", serves))
		s.create(t, s.request("hwtest-stats-idle", serves))
		s.startAndAwait(t, "hwtest-stats")
		one, err := s.ContainerStats(t.Context(), []string{"hwtest-stats"})
		assert.NilError(t, err)
		assert.Equal(t, len(one), 1)
		assert.Equal(t, one[0].ID, "hwtest-stats")
		assert.Assert(t, !one[0].Taken.IsZero() && one[0].Processes > 0 && one[0].MemoryLimit > 0, "%+v", one[0])
		again, err := s.ContainerStats(t.Context(), []string{"hwtest-stats"})
		assert.NilError(t, err)
		assert.Assert(t, again[0].CPU >= one[0].CPU && again[0].Taken.After(one[0].Taken))
		all, err := s.ContainerStats(t.Context(), nil)
		assert.NilError(t, err)
		ids := map[string]bool{}
		for _, each := range all {
			ids[each.ID] = true
		}
		assert.Assert(t, ids["hwtest-stats"] && !ids["hwtest-stats-idle"], "%v", ids)
	}},
	{name: "a stopped container is left out of stats, an unknown one is an error", run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-stats-off", serves))
		none, err := s.ContainerStats(t.Context(), []string{"hwtest-stats-off"})
		assert.NilError(t, err)
		assert.Equal(t, len(none), 0)
		_, err = s.ContainerStats(t.Context(), []string{"hwtest-stats-none"})
		wantKind(t, err, adapter.NotFound)
	}},
}
