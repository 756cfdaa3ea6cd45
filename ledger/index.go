package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"github.com/hostwright/compose/ledger/statedir"
)

// index is the file of one project in the user's state folder: who it is, and a copy of its last ledger.
type index struct {
	Version int     `json:"version"`
	Project string  `json:"project"`
	Dir     string  `json:"dir"`
	ID      string  `json:"id"`
	Ledger  *Ledger `json:"ledger"`
}

func encodeIndex(l *Ledger) ([]byte, error) {
	if err := l.validate(); err != nil {
		return nil, fmt.Errorf("encode index: %w", err)
	}
	return encodeJSON(index{Version: SchemaVersion, Project: l.Project, Dir: l.Dir, ID: l.ID, Ledger: l})
}

func decodeIndex(path string, data []byte) (*Ledger, error) {
	var x index
	if err := decodeVersioned(path, data, &x); err != nil {
		return nil, err
	}
	if err := x.Ledger.settleIndexed(); err != nil {
		return nil, damaged(path, err.Error())
	}
	if x.ID != x.Ledger.ID || x.Project != x.Ledger.Project || x.Dir != x.Ledger.Dir {
		return nil, damaged(path, "its head does not agree with the ledger in it")
	}
	return x.Ledger, nil
}

func (l *Ledger) settleIndexed() error {
	if l == nil {
		return errors.New("it holds no ledger")
	}
	if l.Version < 1 || l.Version > SchemaVersion {
		return fmt.Errorf("it holds a ledger of schema %d", l.Version)
	}
	return l.settle()
}

// Indexed is one project that the index knows. Ledger is nil when Err says why its entry cannot be read.
type Indexed struct {
	Project string
	Dir     string
	Ledger  *Ledger
	Err     error
}

// List gives the projects of the index, by name and directory. One bad entry stops none of the others.
func List(state statedir.Dir) ([]Indexed, error) {
	folders, err := os.ReadDir(state.Projects())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list projects: %w", err)
	}
	var out []Indexed
	for _, f := range folders {
		path := statedir.Project(filepath.Join(state.Projects(), f.Name())).Index()
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotDirectory) {
			continue
		}
		if err != nil {
			out = append(out, Indexed{Project: f.Name(), Err: fmt.Errorf("read index: %w", err)})
			continue
		}
		l, err := decodeIndex(path, data)
		if err != nil {
			out = append(out, Indexed{Project: f.Name(), Err: err})
			continue
		}
		out = append(out, Indexed{Project: l.Project, Dir: l.Dir, Ledger: l})
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Project != out[j].Project {
			return out[i].Project < out[j].Project
		}
		return out[i].Dir < out[j].Dir
	})
	return out, nil
}
