package ledger

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hostwright/compose/ledger/statedir"
	"gotest.tools/v3/assert"
)

// newStore gives a store on fresh folders, and an unsaved ledger for it.
func newStore(t *testing.T) (*Store, *Ledger) {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "shop")
	assert.NilError(t, os.Mkdir(dir, 0o755))
	return Open(statedir.Dir(filepath.Join(root, "state")), "shop", dir), ledgerFor(t, dir, 1)
}

func ledgerFor(t *testing.T, dir string, seed byte) *Ledger {
	t.Helper()
	l, err := New("shop", dir, bytes.NewReader(bytes.Repeat([]byte{seed}, idBytes+keyBytes)))
	assert.NilError(t, err)
	return l
}

func volume(name string) Entry {
	return Entry{Kind: Volume, Name: name, Key: "data", State: Prepared, VolumeKind: Disk}
}

func problem(t *testing.T, err error, kind ProblemKind) *Problem {
	t.Helper()
	var p *Problem
	assert.Assert(t, errors.As(err, &p), "want a problem of kind %q, got %v", kind, err)
	assert.Equal(t, p.Kind, kind)
	assert.Assert(t, p.Hint != "" && p.Path != "" && p.Detail != "", "%+v", p)
	return p
}

func write(t *testing.T, path, text string) {
	t.Helper()
	assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	assert.NilError(t, os.WriteFile(path, []byte(text), 0o600))
}

func TestSaveAndLoad(t *testing.T) {
	s, l := newStore(t)
	none, notice, err := s.Load()
	assert.NilError(t, err)
	assert.Assert(t, none == nil && notice == nil)

	l.Put(volume("shop_data"))
	assert.NilError(t, s.Save(l))
	assert.Equal(t, l.Serial, uint64(1))
	l.Put(volume("shop_cache"))
	assert.NilError(t, s.Save(l))
	assert.Equal(t, l.Serial, uint64(2))

	got, notice, err := s.Load()
	assert.NilError(t, err)
	assert.Assert(t, notice == nil)
	assert.DeepEqual(t, got, l)
}

func TestFilesArePrivateAndIgnored(t *testing.T) {
	s, l := newStore(t)
	assert.NilError(t, s.Save(l))
	for path, mode := range map[string]os.FileMode{
		s.Path():                                       0o600,
		s.IndexPath():                                  0o600,
		filepath.Dir(s.Path()):                         0o700 | os.ModeDir,
		filepath.Dir(filepath.Dir(s.Path())):           0o700 | os.ModeDir,
		filepath.Dir(s.IndexPath()):                    0o700 | os.ModeDir,
		filepath.Join(s.dir, ".hostwright/.gitignore"): 0o600,
	} {
		i, err := os.Stat(path)
		assert.NilError(t, err)
		assert.Equal(t, i.Mode(), mode, path)
	}
	ignore, err := os.ReadFile(filepath.Join(s.dir, ".hostwright/.gitignore"))
	assert.NilError(t, err)
	assert.Equal(t, string(ignore), "*\n")
}

func TestTheHigherSerialIsRight(t *testing.T) {
	s, l := newStore(t)
	assert.NilError(t, s.Save(l))
	first, err := os.ReadFile(s.Path())
	assert.NilError(t, err)
	firstIndex, err := os.ReadFile(s.IndexPath())
	assert.NilError(t, err)
	l.Put(volume("shop_data"))
	assert.NilError(t, s.Save(l))
	second, err := os.ReadFile(s.Path())
	assert.NilError(t, err)

	write(t, s.Path(), string(first)) // cut off between index and ledger
	got, notice, err := s.Load()
	assert.NilError(t, err)
	assert.Assert(t, notice == nil)
	assert.Equal(t, got.Serial, uint64(2))

	write(t, s.Path(), string(second))
	write(t, s.IndexPath(), string(firstIndex))
	got, _, err = s.Load()
	assert.NilError(t, err)
	assert.Equal(t, got.Serial, uint64(2))
}

func TestAMissingLedgerIsRestoredFromTheIndex(t *testing.T) {
	s, l := newStore(t)
	l.Put(volume("shop_data"))
	assert.NilError(t, s.Save(l))
	assert.NilError(t, os.RemoveAll(filepath.Join(s.dir, ".hostwright")))

	got, notice, err := s.Load()
	assert.NilError(t, err)
	assert.DeepEqual(t, got, l)
	assert.Equal(t, notice.Kind, Restored)
	assert.Assert(t, notice.Path == s.Path() && strings.Contains(notice.Message(), s.IndexPath()))

	assert.NilError(t, s.Save(got))
	_, notice, err = s.Load()
	assert.NilError(t, err)
	assert.Assert(t, notice == nil, "once saved it is no longer missing")
}

func TestAMissingIndexIsWrittenAgain(t *testing.T) {
	s, l := newStore(t)
	assert.NilError(t, s.Save(l))
	assert.NilError(t, os.RemoveAll(string(s.folder)))
	got, notice, err := s.Load()
	assert.NilError(t, err)
	assert.Assert(t, notice == nil)
	assert.NilError(t, s.Save(got))
	_, err = os.Stat(s.IndexPath())
	assert.NilError(t, err)
}

func TestUnusableLedgersAreRefusedAndLeftAlone(t *testing.T) {
	s, l := newStore(t)
	assert.NilError(t, s.Save(l))
	data, err := os.ReadFile(s.Path())
	assert.NilError(t, err)
	good := string(data)
	other := ledgerFor(t, s.dir, 9)
	other.Serial = 1
	otherData, err := Encode(other)
	assert.NilError(t, err)
	for _, c := range []struct {
		name string
		text string
		kind ProblemKind
	}{
		{"cut off", good[:len(good)/2], Damaged},
		{"empty", "", Damaged},
		{"other text", "hello", Damaged},
		{"no version", strings.Replace(good, `"version": 1,`, "", 1), Damaged},
		{"null", "null", Damaged},
		{"two documents", good + good, Damaged},
		{"a field that the schema lacks", strings.Replace(good, `"serial"`, `"serail"`, 1), Damaged},
		{"no id", strings.Replace(good, l.ID, "", 1), Damaged},
		{"a newer schema", strings.Replace(good, `"version": 1,`, `"version": 2, "shape": {"new": true},`, 1), Newer},
		{"another directory", strings.Replace(good, s.dir, "/elsewhere/shop", 1), OtherDirectory},
		{"another project", strings.Replace(good, `"project": "shop"`, `"project": "blog"`, 1), OtherProject},
		{"another lineage", string(otherData), OtherLineage},
	} {
		t.Run(c.name, func(t *testing.T) {
			write(t, s.Path(), c.text)
			_, _, err := s.Load()
			p := problem(t, err, c.kind)
			assert.Equal(t, p.Path, s.Path())
			problem(t, s.Save(l), c.kind)
			after, err := os.ReadFile(s.Path())
			assert.NilError(t, err)
			assert.Equal(t, string(after), c.text, "a refused ledger is never written over")
		})
	}
}

func TestADamagedIndexIsRefused(t *testing.T) {
	s, l := newStore(t)
	assert.NilError(t, s.Save(l))
	write(t, s.IndexPath(), `{"version": 1}`)
	_, _, err := s.Load()
	assert.Equal(t, problem(t, err, Damaged).Path, s.IndexPath())
}

func TestAMovedProjectNamesTheWayBack(t *testing.T) {
	s, l := newStore(t)
	assert.NilError(t, s.Save(l))
	moved := s.dir + "-moved"
	assert.NilError(t, os.Rename(s.dir, moved))
	m := &Store{layer: statedir.OS, folder: s.folder, project: "shop", dir: moved}
	m.folder = statedir.Dir(filepath.Join(filepath.Dir(moved), "state")).Project("shop", moved)
	_, _, err := m.Load()
	p := problem(t, err, OtherDirectory)
	assert.Assert(t, strings.Contains(p.Hint, "adopt --from "+s.dir+" --yes"), p.Hint)
}

func TestAnotherWriterIsNoticed(t *testing.T) {
	s, l := newStore(t)
	assert.NilError(t, s.Save(l))
	mine, _, err := s.Load()
	assert.NilError(t, err)
	theirs, _, err := s.Load()
	assert.NilError(t, err)
	assert.NilError(t, s.SaveIndex(theirs))
	problem(t, s.Save(mine), Conflict)
	assert.Equal(t, mine.Serial, uint64(1), "a refused ledger keeps its serial")

	fresh := ledgerFor(t, s.dir, 7)
	problem(t, s.Save(fresh), Conflict)

	gone, _, err := s.Load()
	assert.NilError(t, err)
	assert.NilError(t, s.Remove())
	problem(t, s.Save(gone), Conflict)
}

func TestReplaceKeepsTheOldFiles(t *testing.T) {
	s, l := newStore(t)
	assert.NilError(t, s.Save(l))
	write(t, s.Path(), "damaged")
	adopted := ledgerFor(t, s.dir, 5)
	adopted.Put(volume("shop_data"))
	assert.NilError(t, s.Replace(adopted))
	got, notice, err := s.Load()
	assert.NilError(t, err)
	assert.Assert(t, notice == nil)
	assert.DeepEqual(t, got, adopted)
	kept, err := os.ReadFile(s.Path() + ".replaced")
	assert.NilError(t, err)
	assert.Equal(t, string(kept), "damaged")
	_, err = os.Stat(s.IndexPath() + ".replaced")
	assert.NilError(t, err, "the index of another lineage is kept too")
}

func TestReplaceOfTheSameLineageGoesPastItsSerial(t *testing.T) {
	s, l := newStore(t)
	for range 3 {
		assert.NilError(t, s.Save(l))
	}
	write(t, s.Path(), "damaged")
	again := ledgerFor(t, s.dir, 1)
	assert.NilError(t, s.Replace(again))
	assert.Equal(t, again.Serial, uint64(4))
}

func TestRemoveLeavesOnlyTheLock(t *testing.T) {
	s, l := newStore(t)
	lock, err := s.Lock(t.Context(), Holder{PID: 1}, nil)
	assert.NilError(t, err)
	l.Put(volume("shop_data"))
	assert.NilError(t, s.Save(l))
	assert.ErrorContains(t, s.Remove(), "still lists 1 resources")

	l.Drop(Volume, "shop_data")
	assert.NilError(t, s.Save(l))
	assert.NilError(t, s.Remove())
	assert.NilError(t, s.Remove(), "removing twice is fine")
	assert.NilError(t, lock.Release())
	_, err = os.Stat(filepath.Join(s.dir, ".hostwright"))
	assert.Assert(t, os.IsNotExist(err))
	left, err := os.ReadDir(string(s.folder))
	assert.NilError(t, err)
	assert.Equal(t, len(left), 1)
	assert.Equal(t, left[0].Name(), "lock")
}

func TestRemoveKeepsTheFolderOfAnotherProject(t *testing.T) {
	s, l := newStore(t)
	assert.NilError(t, s.Save(l))
	beside := filepath.Join(s.dir, ".hostwright", "blog", "ledger.json")
	write(t, beside, "{}")
	assert.NilError(t, s.Remove())
	_, err := os.Stat(beside)
	assert.NilError(t, err)
	_, err = os.Stat(filepath.Join(s.dir, ".hostwright", ".gitignore"))
	assert.NilError(t, err)
}

func TestAProjectWhoseDirectoryIsGoneLivesInTheIndex(t *testing.T) {
	s, l := newStore(t)
	l.Put(volume("shop_data"))
	assert.NilError(t, s.Save(l))
	assert.NilError(t, os.RemoveAll(s.dir))
	got, notice, err := s.Load()
	assert.NilError(t, err)
	assert.Equal(t, notice.Kind, Restored)
	assert.NilError(t, s.Check())
	got.Drop(Volume, "shop_data")
	assert.NilError(t, s.Save(got))
	assert.NilError(t, s.Remove())
	_, err = os.Stat(s.dir)
	assert.Assert(t, os.IsNotExist(err), "a removed project directory is not made again")
}

func TestDropIndexLeavesTheLedger(t *testing.T) {
	s, l := newStore(t)
	assert.NilError(t, s.Save(l))
	assert.NilError(t, s.DropIndex())
	assert.NilError(t, s.DropIndex(), "dropping twice is fine")
	listed, err := List(statedir.Dir(filepath.Join(filepath.Dir(s.dir), "state")))
	assert.NilError(t, err)
	assert.Equal(t, len(listed), 0)
	got, _, err := s.Load()
	assert.NilError(t, err)
	assert.DeepEqual(t, got, l)
}

func TestListGivesEveryProjectAndNamesBadEntries(t *testing.T) {
	s, l := newStore(t)
	state := statedir.Dir(filepath.Join(filepath.Dir(s.dir), "state"))
	none, err := List(state)
	assert.NilError(t, err)
	assert.Equal(t, len(none), 0)

	assert.NilError(t, s.Save(l))
	dir2 := filepath.Join(filepath.Dir(s.dir), "copy")
	assert.NilError(t, os.Mkdir(dir2, 0o755))
	assert.NilError(t, Open(state, "shop", dir2).Save(ledgerFor(t, dir2, 3)))
	write(t, filepath.Join(state.Projects(), "zoo-1234", "index.json"), "{")
	write(t, filepath.Join(state.Projects(), "stray"), "a file")
	assert.NilError(t, os.Mkdir(filepath.Join(state.Projects(), "locked-only"), 0o700))

	got, err := List(state)
	assert.NilError(t, err)
	assert.Equal(t, len(got), 3)
	assert.Equal(t, got[0].Dir, dir2)
	assert.Equal(t, got[1].Dir, s.dir)
	assert.DeepEqual(t, got[1].Ledger, l)
	problem(t, got[2].Err, Damaged)
	assert.Equal(t, got[2].Project, "zoo-1234")
}

func TestCheck(t *testing.T) {
	t.Run("leaves nothing in the project", func(t *testing.T) {
		s, l := newStore(t)
		assert.NilError(t, s.Check())
		_, err := os.Stat(filepath.Join(s.dir, ".hostwright"))
		assert.Assert(t, os.IsNotExist(err))
		assert.NilError(t, s.Save(l))
		assert.NilError(t, s.Check())
		_, _, err = s.Load()
		assert.NilError(t, err)
	})
	t.Run("clears what a crash left", func(t *testing.T) {
		s, l := newStore(t)
		assert.NilError(t, s.Save(l))
		stale := filepath.Join(filepath.Dir(s.Path()), ".ledger.json.123")
		write(t, stale, "half")
		assert.NilError(t, s.Check())
		_, err := os.Stat(stale)
		assert.Assert(t, os.IsNotExist(err))
	})
	t.Run("a file in the folder's place", func(t *testing.T) {
		s, _ := newStore(t)
		write(t, filepath.Join(s.dir, ".hostwright"), "mine")
		p := problem(t, s.Check(), Unwritable)
		assert.Equal(t, p.Path, filepath.Join(s.dir, ".hostwright"))
		assert.Equal(t, p.Error(), "cannot write to "+p.Path+": it is no folder")
		_, _, err := s.Load()
		assert.NilError(t, err)
	})
	t.Run("a project name that leaves its folder", func(t *testing.T) {
		s, _ := newStore(t)
		s.project = "../shop"
		assert.ErrorContains(t, s.Check(), "cannot name a folder")
		_, _, err := s.Load()
		assert.ErrorContains(t, err, "cannot name a folder")
	})
}
