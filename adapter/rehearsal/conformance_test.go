package rehearsal_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/adapter/rehearsal"
)

func TestTheRehearsalKeepsTheContract(t *testing.T) {
	adaptertest.Run(t, adaptertest.Factory{
		New: func(t *testing.T) adapter.RuntimeAdapter {
			r := rehearsal.New(t.TempDir())
			assert.NilError(t, r.PullImage(t.Context(), adapter.PullRequest{Reference: "busybox"}))
			return r
		},
		Image: "busybox", Pullable: "alpine", Pushable: "registry.example.com/pushed:1",
	})
}
