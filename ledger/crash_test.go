package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/hostwright/compose/ledger/statedir"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

var errFault = errors.New("fault")

// faulty is the real file system until operation number at, which fails: after doing half of a write, and before or
// after the effect of the others. With crash, everything after it fails too, as when the process was killed.
type faulty struct {
	statedir.Layer
	at    int
	after bool
	crash bool
	n     int
	tried []string
}

func (f *faulty) step(name string, do func() error) error {
	f.n++
	f.tried = append(f.tried, name)
	switch {
	case f.n < f.at || f.n > f.at && !f.crash:
		return do()
	case f.n == f.at && f.after:
		_ = do()
	}
	return fmt.Errorf("%s: %w", name, errFault)
}

func (f *faulty) MkdirAll(dir string, perm os.FileMode) error {
	return f.step("mkdir", func() error { return f.Layer.MkdirAll(dir, perm) })
}

func (f *faulty) CreateTemp(dir, pattern string) (t statedir.TempFile, err error) {
	err = f.step("create", func() error { t, err = f.Layer.CreateTemp(dir, pattern); return err })
	if err != nil {
		return nil, err
	}
	return &faultyFile{TempFile: t, f: f}, nil
}

func (f *faulty) Rename(from, to string) error {
	return f.step("rename", func() error { return f.Layer.Rename(from, to) })
}

func (f *faulty) Remove(path string) error {
	return f.step("remove", func() error { return f.Layer.Remove(path) })
}

func (f *faulty) SyncDir(dir string) error {
	return f.step("sync folder", func() error { return f.Layer.SyncDir(dir) })
}

type faultyFile struct {
	statedir.TempFile
	f *faulty
}

func (f *faultyFile) Write(b []byte) (int, error) {
	n := 0
	err := f.f.step("write", func() (err error) {
		if f.f.n == f.f.at { // what a full disk or a kill leaves
			b = b[:len(b)/2]
		}
		n, err = f.TempFile.Write(b)
		return err
	})
	return n, err
}

func (f *faultyFile) Chmod(perm os.FileMode) error {
	return f.f.step("chmod", func() error { return f.TempFile.Chmod(perm) })
}

func (f *faultyFile) Sync() error { return f.f.step("sync", f.TempFile.Sync) }

func (f *faultyFile) Close() error { return f.f.step("close", f.TempFile.Close) }

// TestEveryStepOfAWriteMayFail fails each step of a save once, before and after its effect, with the process going on
// or dead, and looks at what the next process reads.
func TestEveryStepOfAWriteMayFail(t *testing.T) {
	for _, first := range []bool{true, false} {
		for _, crash := range []bool{true, false} {
			for _, after := range []bool{true, false} {
				for at := 1; ; at++ {
					name := fmt.Sprintf("first=%v crash=%v after=%v step=%d", first, crash, after, at)
					if !saveWithFault(t, name, first, &faulty{Layer: statedir.OS, at: at, crash: crash, after: after}) {
						break
					}
				}
			}
		}
	}
}

// saveWithFault tells whether the save got as far as the fault.
func saveWithFault(t *testing.T, name string, first bool, f *faulty) (reached bool) {
	s, l := newStore(t)
	if !first {
		assert.NilError(t, s.Save(l))
	}
	before := l.Serial
	l.Put(volume("shop_data"))
	s.layer = f
	err := s.Save(l)
	reached = f.n >= f.at
	assert.Equal(t, err != nil, reached, "%s: %v", name, err)
	if !reached {
		return false
	}
	name += " (" + f.tried[f.at-1] + ")"

	next := Open(statedir.Dir(filepath.Dir(filepath.Dir(string(s.folder)))), s.project, s.dir)
	got, _, err := next.Load()
	assert.NilError(t, err, name)
	if got == nil {
		assert.Assert(t, first, name)
		got = ledgerFor(t, s.dir, 1)
	}
	assert.Assert(t, got.Serial == before || got.Serial == before+1, "%s: serial %d", name, got.Serial)
	_, listed := got.Entry(Volume, "shop_data")
	assert.Equal(t, listed, got.Serial == before+1, name)
	assert.NilError(t, next.Check(), name)
	assert.NilError(t, next.Save(got.Clone()), name)

	if !f.crash { // the process itself goes on, too: its serial is the one on disk
		assert.Equal(t, l.Serial, got.Serial, name)
	}
	for _, folder := range []string{filepath.Dir(s.Path()), string(s.folder)} {
		left, err := filepath.Glob(filepath.Join(folder, ".*.json.*"))
		assert.NilError(t, err)
		assert.Equal(t, len(left), 0, "%s: %v", name, left)
	}
	return true
}

// TestRemoveMayBeCutOff: a removal that was cut off anywhere leaves a ledger without entries, or none.
func TestRemoveMayBeCutOff(t *testing.T) {
	for at := 1; ; at++ {
		s, l := newStore(t)
		assert.NilError(t, s.Save(l))
		f := &faulty{Layer: statedir.OS, at: at, crash: true}
		s.layer = f
		_ = s.Remove()
		if f.n < at {
			return
		}
		s.layer = statedir.OS
		got, notice, err := s.Load()
		assert.NilError(t, err)
		assert.Assert(t, notice == nil)
		assert.Assert(t, got == nil || len(got.Entries) == 0)
	}
}

// TestLedgerAgainstModel saves random changes, with crashes at random steps, and compares with what must be there.
func TestLedgerAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, l := newStore(t)
		state := statedir.Dir(filepath.Dir(filepath.Dir(string(s.folder))))
		model := l.Clone() // the last ledger that was certainly written
		for range rapid.IntRange(1, 12).Draw(rt, "writes") {
			name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "name")
			if rapid.Bool().Draw(rt, "put") {
				l.Put(volume(name))
			} else {
				l.Drop(Volume, name)
			}
			wanted := l.Clone()
			s.layer = &faulty{Layer: statedir.OS, at: rapid.IntRange(1, 30).Draw(rt, "at"), crash: true}
			err := s.Save(l)
			s = Open(state, "shop", s.dir)
			got, _, lerr := s.Load()
			assert.NilError(rt, lerr)
			if err == nil {
				model = wanted
				model.Serial++
			} else if got != nil && got.Serial == wanted.Serial+1 {
				model = wanted // cut off after the index was written
				model.Serial++
			}
			if got == nil {
				assert.Equal(rt, model.Serial, uint64(0))
				l = model.Clone()
				continue
			}
			assert.Equal(rt, got.Serial, model.Serial)
			assert.Equal(rt, len(got.Entries), len(model.Entries))
			for i := range got.Entries {
				assert.DeepEqual(rt, got.Entries[i], model.Entries[i])
			}
			l = got
		}
	})
}
