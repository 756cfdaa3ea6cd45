package daemon

import (
	"testing"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/ledger"
	"gotest.tools/v3/assert"
)

func TestAContainerThatTheListingLacksIsNotTakenForGone(t *testing.T) {
	f := adaptertest.NewFake()
	f.AddImage(adaptertest.FakeImage{Reference: "busybox"})
	for _, id := range []string{"app-new-1", "app-old-1"} {
		assert.NilError(t, f.CreateContainer(t.Context(), adapter.CreateRequest{ID: id, Image: "busybox", Command: []string{"true"}}))
	}
	l := &ledger.Ledger{}
	for _, id := range []string{"app-new-1", "app-old-1", "app-gone-1"} {
		l.Put(ledger.Entry{Kind: ledger.Container, Name: id})
	}
	f.HideOnce("app-new-1")
	calls := adaptertest.NewCalls(f)
	got, err := listContainers(t.Context(), calls, l)
	assert.NilError(t, err)
	assert.Equal(t, len(got), 2)
	assert.Equal(t, got[0].ID, "app-new-1")
	assert.Equal(t, calls.Count(adapter.OpInspectContainer), 2)

	l.Drop(ledger.Container, "app-gone-1")
	calls.Reset()
	_, err = listContainers(t.Context(), calls, l)
	assert.NilError(t, err)
	assert.Equal(t, calls.Count(adapter.OpInspectContainer), 0)
}
