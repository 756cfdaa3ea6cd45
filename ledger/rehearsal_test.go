package ledger

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/hostwright/compose/ledger/statedir"
	"gotest.tools/v3/assert"
)

func TestARehearsalLeavesTheRealLedgerAlone(t *testing.T) {
	state, dir := statedir.Dir(t.TempDir()), t.TempDir()
	real := Open(state, "shop", dir)
	l, err := New("shop", dir, rand.Reader)
	assert.NilError(t, err)
	l.Put(Entry{Kind: Container, Name: "shop-web-1", State: Created})
	assert.NilError(t, real.Save(l))
	before, err := os.ReadFile(real.Path())
	assert.NilError(t, err)

	away := Open(state.Rehearsal(), "shop", dir)
	got, notice, err := away.Load()
	assert.NilError(t, err)
	assert.Assert(t, got == nil && notice == nil)
	assert.NilError(t, away.Check())
	r, err := New("shop", dir, rand.Reader)
	assert.NilError(t, err)
	r.Put(Entry{Kind: Container, Name: "shop-db-1", State: Created})
	assert.NilError(t, away.Save(r))
	got, notice, err = away.Load()
	assert.NilError(t, err)
	assert.Assert(t, notice == nil, "nothing was restored")
	assert.Equal(t, got.ID, r.ID)
	assert.NilError(t, away.Replace(r))
	list, err := List(state)
	assert.NilError(t, err)
	assert.Equal(t, len(list), 1)
	assert.Equal(t, list[0].Ledger.ID, l.ID)

	r.Drop(Container, "shop-db-1")
	assert.NilError(t, away.Save(r))
	assert.NilError(t, away.Remove())
	got, _, err = away.Load()
	assert.NilError(t, err)
	assert.Assert(t, got == nil)
	after, err := os.ReadFile(real.Path())
	assert.NilError(t, err)
	assert.Equal(t, string(after), string(before))
	left, err := os.ReadDir(filepath.Dir(real.Path()))
	assert.NilError(t, err)
	assert.Equal(t, len(left), 1)
}
