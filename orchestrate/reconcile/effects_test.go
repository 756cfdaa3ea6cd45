package reconcile

import (
	"os"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/volumefolder"
	"gotest.tools/v3/assert"
)

// effect is an action with what must be there before, and what it does.
type effect struct {
	name   string
	before func(b *bench) []plan.Action
	action func(b *bench) plan.Action
	op     string // of the call, "" for a folder, which no call makes
	kind   ledger.Kind
	of     string
	intent ledger.State // in the ledger when the call begins
	there  func(b *bench) bool
}

func (e effect) creates() bool { return e.intent == ledger.Creating }

var effects = []effect{
	{name: "create network", action: (*bench).network, op: adapter.OpCreateNetwork, kind: ledger.Network, of: "shop_default", intent: ledger.Creating, there: theNetwork},
	{name: "delete network", before: first((*bench).network), action: is(plan.DeleteNetwork{Name: "shop_default"}), op: adapter.OpDeleteNetwork,
		kind: ledger.Network, of: "shop_default", intent: ledger.Removing, there: theNetwork},
	{name: "create volume", action: disk, op: adapter.OpCreateVolume, kind: ledger.Volume, of: "shop_data", intent: ledger.Creating, there: theVolume},
	{name: "delete volume", before: first(disk), action: is(plan.DeleteVolume{Name: "shop_data"}), op: adapter.OpDeleteVolume,
		kind: ledger.Volume, of: "shop_data", intent: ledger.Removing, there: theVolume},
	{name: "create folder", action: aFolder, kind: ledger.Volume, of: "shop_data", intent: ledger.Creating, there: theFolder},
	{name: "delete folder", before: first(aFolder), action: is(plan.DeleteVolume{Name: "shop_data", Folder: true}),
		kind: ledger.Volume, of: "shop_data", intent: ledger.Removing, there: theFolder},
	{name: "create container", before: first((*bench).network), action: web, op: adapter.OpCreateContainer,
		kind: ledger.Container, of: "shop-web-1", intent: ledger.Creating, there: theContainer},
	{name: "delete container", before: first((*bench).network, web), action: is(plan.DeleteContainer{ID: "shop-web-1"}), op: adapter.OpDeleteContainer,
		kind: ledger.Container, of: "shop-web-1", intent: ledger.Removing, there: theContainer},
	{name: "delete image", before: func(b *bench) []plan.Action {
		b.ledger.Put(ledger.Entry{Kind: ledger.Image, Name: "docker.io/library/app:latest", State: ledger.Created})
		return nil
	}, action: is(plan.DeleteImage{Reference: "docker.io/library/app:latest"}), op: adapter.OpDeleteImage,
		kind: ledger.Image, of: "docker.io/library/app:latest", intent: ledger.Removing, there: theImage},
}

func first(actions ...func(*bench) plan.Action) func(*bench) []plan.Action {
	return func(b *bench) (out []plan.Action) {
		for _, a := range actions {
			out = append(out, a(b))
		}
		return out
	}
}

func is(a plan.Action) func(*bench) plan.Action { return func(*bench) plan.Action { return a } }
func disk(b *bench) plan.Action                 { return b.volume(false) }
func aFolder(b *bench) plan.Action              { return b.volume(true) }
func web(b *bench) plan.Action                  { return b.container("web") }

func theNetwork(b *bench) bool {
	s := b.Snapshot()
	_, ok := s.Network("shop_default")
	return ok
}

func theVolume(b *bench) bool {
	s := b.Snapshot()
	_, ok := s.Volume("shop_data")
	return ok
}

func theFolder(b *bench) bool {
	_, err := os.Stat(volumefolder.Path(b.state, b.ledger.ID, "shop_data"))
	return err == nil
}

func theContainer(b *bench) bool {
	s := b.Snapshot()
	_, ok := s.Container("shop-web-1")
	return ok
}

func theImage(b *bench) bool {
	s := b.Snapshot()
	_, ok := s.Image("docker.io/library/app:latest")
	return ok
}

func (e effect) prepare(b *bench) {
	if e.before != nil {
		b.do(e.before(b)...)
	}
}

// The intent is on disk when the call begins, and the outcome when the action is over.
func TestTheIntentIsWrittenBeforeTheEffect(t *testing.T) {
	for _, e := range effects {
		t.Run(e.name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				e.prepare(b)
				assert.Equal(b, e.there(b), !e.creates())
				seen := 0
				watched := adaptertest.NewSlow(b.Fake, func(c adaptertest.Call) time.Duration {
					if c.Op == e.op {
						seen++
						assert.Check(b, c.Resource == e.of)
						assert.Check(b, b.written(e.kind, e.of) == e.intent, "the ledger says %q", b.written(e.kind, e.of))
					}
					return 0
				})
				assert.NilError(b, b.through(watched, e.action(b)))
				assert.Equal(b, seen == 1, e.op != "")
				assert.Equal(b, e.there(b), e.creates())
				want := ledger.State("")
				if e.creates() {
					want = ledger.Created
				}
				assert.Equal(b, b.written(e.kind, e.of), want)
			})
		})
	}
}

// What stays in the ledger after a call that failed: nothing where nothing can have been made, the intent where nobody
// knows, the thing where a second look finds it.
func TestWhatAFailedCallLeavesInTheLedger(t *testing.T) {
	for _, e := range effects {
		if e.op == "" {
			continue
		}
		for _, c := range []struct {
			action      string
			failed      bool         // the action
			made, stays ledger.State // of a creation, of a removal
		}{
			{"fail=refused", true, "", ledger.Removing},
			{"fail=unknown", true, ledger.Creating, ledger.Removing},
			{"fail=timeout", true, ledger.Creating, ledger.Removing},
			{"fail-after=unknown", true, ledger.Creating, ledger.Removing},
			{"fail-after=timeout", !e.creates(), ledger.Created, ledger.Removing},
			{"fail=not-found", e.creates(), "", ""},
		} {
			t.Run(e.name+"/"+c.action, func(t *testing.T) {
				onBench(t, func(b *bench) {
					e.prepare(b)
					faulty, err := adaptertest.NewFaulty(b.Fake, dashed(e.op)+"@1:"+c.action)
					assert.NilError(b, err)
					err = b.through(faulty, e.action(b))
					assert.Equal(b, faulty.Hits(), 1)
					assert.Equal(b, err != nil, c.failed, "%v", err)
					want := c.stays
					if e.creates() {
						want = c.made
					}
					assert.Equal(b, b.written(e.kind, e.of), want)
				})
			})
		}
	}
}

// What exists and is ours was made by an operation that was cut off; what is somebody else's is not taken over.
func TestWhatExistsIsOursOnlyByItsLabel(t *testing.T) {
	for _, e := range effects {
		if !e.creates() || e.op == "" {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				e.prepare(b)
				action := e.action(b)
				b.do(action)
				b.ledger.Drop(e.kind, e.of)
				assert.NilError(b, b.through(b.Fake, action))
				assert.Equal(b, b.written(e.kind, e.of), ledger.Created)

				b.ledger.Drop(e.kind, e.of)
				b.ledger.ID = "ffffffffffffffffffffffffffffffff" // it is another's now
				err := b.through(b.Fake, action)
				assert.Assert(b, adapter.Is(err, adapter.Exists), "%v", err)
				assert.Equal(b, b.written(e.kind, e.of), ledger.State(""))
				assert.Assert(b, e.there(b))
			})
		})
	}
}

// A network or volume that somebody else's container refers to stays ours, which is told.
func TestWhatIsInUseStays(t *testing.T) {
	onBench(t, func(b *bench) {
		b.do(b.network(), b.volume(false))
		foreign := adapter.CreateRequest{
			ID: "foreign", Image: "app", Networks: []adapter.NetworkAttachment{{Network: "shop_default"}},
			Mounts: []adapter.Mount{{Kind: adapter.MountVolume, Source: "shop_data", Target: "/d"}},
		}
		assert.NilError(b, b.CreateContainer(b.Context(), foreign))
		b.told = nil
		b.do(plan.DeleteNetwork{Name: "shop_default"}, plan.DeleteVolume{Name: "shop_data"})
		assert.DeepEqual(b, b.told, []string{
			"shop_default Working Removing", "shop_default Warning Resource is still in use",
			"shop_data Working Removing", "shop_data Warning Resource is still in use",
		})
		assert.Equal(b, b.written(ledger.Network, "shop_default"), ledger.Created)
		assert.Equal(b, b.written(ledger.Volume, "shop_data"), ledger.Created)

		assert.NilError(b, b.DeleteContainer(b.Context(), "foreign", true))
		b.do(plan.DeleteNetwork{Name: "shop_default"}, plan.DeleteVolume{Name: "shop_data"})
		assert.Assert(b, !theNetwork(b) && !theVolume(b))
	})
}
