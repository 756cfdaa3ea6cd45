package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hostwright/compose/ledger/statedir"
)

// Save writes the ledger with the next serial, the index first, so that a ledger that was lost or cut off has a newer
// copy; l.Serial is then the written one. It refuses with a *Problem of kind Conflict when the serial on disk is not
// the one that l was read or last saved with. After an error between the two writes l counts as written: the index has
// it, and the next Save goes on from there.
func (s *Store) Save(l *Ledger) error {
	if err := s.SaveIndex(l); err != nil {
		return err
	}
	if !s.hasDir() {
		return nil
	}
	return s.writeBeside(l)
}

// SaveIndex is Save for a process that does not write into the project's directory (hostwrightd): only the index.
func (s *Store) SaveIndex(l *Ledger) error {
	on, _, err := s.Load()
	if err != nil {
		return err
	}
	if err := s.sameAs(l, on); err != nil {
		return err
	}
	return s.writeIndex(l)
}

// sameAs refuses l when what is on disk is not what l was read from.
func (s *Store) sameAs(l, on *Ledger) error {
	p := &Problem{Kind: Conflict, Path: s.Path(), Hint: "run the command again"}
	switch {
	case l.Project != s.project || l.Dir != s.dir:
		return fmt.Errorf("save ledger of %s in %s as that of %s in %s", l.Project, l.Dir, s.project, s.dir)
	case on == nil && l.Serial == 0:
		return nil
	case on == nil:
		p.Detail = fmt.Sprintf("serial %d was read and is gone", l.Serial)
		return p
	case on.ID != l.ID:
		p.Detail = fmt.Sprintf("its id is %s instead of %s", on.ID, l.ID)
		return p
	case on.Serial != l.Serial:
		p.Detail = fmt.Sprintf("serial %d was read and %d is there", l.Serial, on.Serial)
		return p
	}
	return nil
}

func (s *Store) writeIndex(l *Ledger) error {
	next := l.Clone()
	next.Serial++
	next.Version = SchemaVersion
	data, err := encodeIndex(next)
	if err != nil {
		return err
	}
	if err := s.layer.MkdirAll(string(s.folder), 0o700); err != nil {
		return unwritable(string(s.folder), err)
	}
	if err := statedir.WriteFileOn(s.layer, s.IndexPath(), data, 0o600); err != nil {
		// Only the last sync may have failed: then the new index is there, and the next write follows it.
		if on, rerr := s.read(s.IndexPath(), decodeIndex); rerr == nil && on != nil && on.ID == l.ID && on.Serial == next.Serial {
			l.Serial = next.Serial
		}
		return fmt.Errorf("save index: %w", err)
	}
	l.Serial, l.Version = next.Serial, next.Version
	return nil
}

func (s *Store) writeBeside(l *Ledger) error {
	data, err := Encode(l)
	if err != nil {
		return err
	}
	if err := s.layer.MkdirAll(filepath.Dir(s.Path()), 0o700); err != nil {
		return unwritable(filepath.Dir(s.Path()), err)
	}
	ignore := s.ignorePath()
	if _, err := s.layer.ReadFile(ignore); errors.Is(err, fs.ErrNotExist) {
		if err := statedir.WriteFileOn(s.layer, ignore, []byte("*\n"), 0o600); err != nil {
			return fmt.Errorf("save ledger: %w", err)
		}
	}
	if err := statedir.WriteFileOn(s.layer, s.Path(), data, 0o600); err != nil {
		return fmt.Errorf("save ledger: %w", err)
	}
	return nil
}

// ignorePath is the file that keeps .hostwright out of version control.
func (s *Store) ignorePath() string { return filepath.Join(s.dir, folderName, ".gitignore") }

// replacedSuffix is added to the name of a file that Replace moved out of the way.
const replacedSuffix = ".replaced"

// Replace writes a ledger whatever is on disk: the end of an adoption. Files that are there and are not l's own are
// kept with the suffix ".replaced".
func (s *Store) Replace(l *Ledger) error {
	if l.Project != s.project || l.Dir != s.dir {
		return fmt.Errorf("save ledger of %s in %s as that of %s in %s", l.Project, l.Dir, s.project, s.dir)
	}
	type file struct {
		path   string
		decode func(string, []byte) (*Ledger, error)
	}
	files := []file{{s.IndexPath(), decodeIndex}}
	if !s.away {
		files = append([]file{{s.Path(), Decode}}, files...)
	}
	for _, f := range files {
		on, err := s.read(f.path, f.decode)
		switch {
		case err == nil && on == nil:
		case err == nil && on.ID == l.ID:
			l.Serial = max(l.Serial, on.Serial)
		default:
			if err := s.layer.Rename(f.path, f.path+replacedSuffix); err != nil {
				return fmt.Errorf("keep the old ledger: %w", err)
			}
		}
	}
	if err := s.writeIndex(l); err != nil || s.away {
		return err
	}
	return s.writeBeside(l)
}

// Remove takes the project out of the index and removes its ledger, after a complete down. It refuses a ledger that
// still lists something. The lock stays: a waiter may have it open.
func (s *Store) Remove() error {
	on, _, err := s.Load()
	if err != nil || on == nil {
		return err
	}
	if n := len(on.Entries); n > 0 {
		return fmt.Errorf("remove ledger of %s: it still lists %d resources", s.project, n)
	}
	// The index last: it alone, without entries, reads as nothing to tell.
	for _, path := range []string{s.Path(), s.IndexPath()} {
		if err := s.layer.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNotDirectory) {
			return fmt.Errorf("remove ledger of %s: %w", s.project, err)
		}
	}
	if !s.away {
		s.removeFolders()
	}
	return nil
}

// DropIndex takes the project in this directory out of the index and leaves its ledger alone: the end of adopting a
// project that was moved away from here.
func (s *Store) DropIndex() error {
	if err := validProject(s.project); err != nil {
		return err
	}
	if err := s.layer.Remove(s.IndexPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("take %s in %s out of the index: %w", s.project, s.dir, err)
	}
	return nil
}

// removeFolders removes the project's folder and .hostwright where nothing else is in them. What stays does no harm.
func (s *Store) removeFolders() {
	s.sweep(filepath.Dir(s.Path()))
	_ = s.layer.Remove(filepath.Dir(s.Path()))
	root := filepath.Join(s.dir, folderName)
	left, err := os.ReadDir(root)
	if err != nil || len(left) != 1 || left[0].Name() != ".gitignore" {
		return
	}
	_ = s.layer.Remove(s.ignorePath())
	_ = s.layer.Remove(root)
}
