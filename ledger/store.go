package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/hostwright/compose/ledger/statedir"
)

// folderName is the folder beside the compose file; fileName the ledger in a project's folder there.
const (
	folderName = ".hostwright"
	fileName   = "ledger.json"
)

var errNotDirectory = syscall.ENOTDIR

// Store reads and writes the ledger of one project in one directory. Whoever writes holds its Lock; a Store is not
// safe for concurrent use.
type Store struct {
	layer   statedir.Layer
	folder  statedir.Project
	project string
	dir     string
	away    bool // a rehearsal: nothing lies beside the compose file
}

// Open gives the store of a project; dir is its absolute directory. It touches no file. A rehearsal's ledger is in the
// index only: the one beside the compose file is of what really exists, and is neither read nor written.
func Open(state statedir.Dir, project, dir string) *Store {
	return &Store{layer: statedir.OS, folder: state.Project(project, dir), project: project, dir: dir, away: state.Rehearsed()}
}

// Path is the ledger beside the compose file; of a rehearsal it is the index's.
func (s *Store) Path() string {
	if s.away {
		return s.IndexPath()
	}
	return filepath.Join(s.dir, folderName, s.project, fileName)
}

// IndexPath is the project's entry in the index.
func (s *Store) IndexPath() string { return s.folder.Index() }

// Load gives the ledger, nil when there is none. Of the file beside the compose file and the index's copy the one with
// the higher serial is right, when they have one ID. What cannot be used is a *Problem.
func (s *Store) Load() (*Ledger, *Notice, error) {
	if err := validProject(s.project); err != nil {
		return nil, nil, err
	}
	if s.away {
		l, err := s.read(s.IndexPath(), decodeIndex)
		return l, nil, err
	}
	beside, err := s.read(s.Path(), Decode)
	if err != nil {
		return nil, nil, err
	}
	indexed, err := s.read(s.IndexPath(), decodeIndex)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case beside == nil && indexed == nil:
		return nil, nil, nil
	case indexed == nil:
		return beside, nil, nil
	case beside == nil:
		if len(indexed.Entries) == 0 {
			return indexed, nil, nil // a removal that was cut off: nothing to tell
		}
		return indexed, &Notice{Kind: Restored, Path: s.Path(), From: s.IndexPath()}, nil
	case beside.ID != indexed.ID:
		return nil, nil, &Problem{Kind: OtherLineage, Path: s.Path(),
			Detail: fmt.Sprintf("its id is %s, the id in %s is %s", beside.ID, s.IndexPath(), indexed.ID), Hint: hintAdopt}
	case indexed.Serial > beside.Serial:
		return indexed, nil, nil
	}
	return beside, nil, nil
}

// read gives the ledger in one file, nil when there is no such file, and refuses one that is not this project's.
func (s *Store) read(path string, decode func(string, []byte) (*Ledger, error)) (*Ledger, error) {
	data, err := s.layer.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if errors.Is(err, errNotDirectory) {
		return nil, nil // something lies in the folder's place: Check says so
	}
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	l, err := decode(path, data)
	switch {
	case err != nil:
		return nil, err
	case l.Project != s.project:
		return nil, &Problem{Kind: OtherProject, Path: path,
			Detail: fmt.Sprintf("it is the ledger of %q, the folder is that of %q", l.Project, s.project),
			Hint:   "move it back to its folder, or remove it if that project is gone"}
	case l.Dir != s.dir:
		return nil, &Problem{Kind: OtherDirectory, Path: path,
			Detail: fmt.Sprintf("it was written in %s, the project is in %s now", l.Dir, s.dir),
			Hint: fmt.Sprintf("if the project was moved, `hostwright compose adopt --from %s --yes` takes it over; "+
				"if this is a copy of it, remove %s here", l.Dir, filepath.Join(s.dir, folderName))}
	}
	return l, nil
}

// Check says whether the ledger could be written, before anything is created: a *Problem of kind Unwritable when not.
// It leaves no file, and clears temporary files that a crash left behind.
func (s *Store) Check() error {
	if err := validProject(s.project); err != nil {
		return err
	}
	folders := []string{string(s.folder)}
	if s.hasDir() {
		folders = append(folders, filepath.Dir(s.Path()))
	}
	for _, folder := range folders {
		if err := s.probe(folder); err != nil {
			return unwritable(folder, err)
		}
		s.sweep(folder)
	}
	if s.hasDir() { // leave no empty folder where nothing may ever be created
		_ = s.layer.Remove(filepath.Dir(s.Path()))
		_ = s.layer.Remove(filepath.Join(s.dir, folderName))
	}
	return nil
}

func (s *Store) probe(folder string) error {
	if err := s.layer.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := s.layer.CreateTemp(folder, statedir.TempPattern("check"))
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), s.layer.Remove(f.Name()))
}

// sweep removes what a write that was cut off left. The caller holds the lock, so no write is under way.
func (s *Store) sweep(folder string) {
	for _, base := range []string{fileName, filepath.Base(s.IndexPath()), "check"} {
		left, _ := filepath.Glob(filepath.Join(folder, statedir.TempPattern(base)))
		for _, path := range left {
			_ = s.layer.Remove(path)
		}
	}
}

func unwritable(path string, err error) *Problem {
	p := &Problem{Kind: Unwritable, Path: path, Detail: err.Error(), Err: err,
		Hint: "Hostwright compose keeps its record of what it created there: make the folder writable for this user"}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		p.Path, p.Detail = pe.Path, pe.Err.Error()
	}
	if errors.Is(err, errNotDirectory) || errors.Is(err, fs.ErrExist) {
		p.Detail, p.Hint = "it is no folder", "move away the file in its place"
	}
	return p
}

// hasDir tells whether the project's directory is still there and holds a ledger. For one that is gone (down by name),
// and for a rehearsal, only the index is kept; a removed directory is not made again.
func (s *Store) hasDir() bool {
	if s.away {
		return false
	}
	i, err := os.Stat(s.dir)
	return err == nil && i.IsDir()
}
