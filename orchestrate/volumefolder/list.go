package volumefolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hostwright/compose/ledger/statedir"
)

// Folder is one volume that is kept as a folder. Its marker is zero where the folder has none that can be read.
type Folder struct {
	Volume string // by the folder's name
	Path   string // what containers mount
	Marker Marker
}

// List gives the folders of a ledger, by volume.
func List(state statedir.Dir, ledgerID string) ([]Folder, error) {
	if err := checkName(ledgerID); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(filepath.Join(state.Volumes(), ledgerID))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("list volumes kept as folders: %w", err)
	}
	defer root.Close()
	names, err := namesIn(root)
	if err != nil {
		return nil, fmt.Errorf("list volumes kept as folders: %w", err)
	}
	var out []Folder
	for _, n := range names {
		if strings.HasPrefix(n, ".") {
			continue
		}
		m, err := readMarker(root, n)
		if err != nil {
			return nil, fmt.Errorf("list volumes kept as folders: %w", err)
		}
		out = append(out, Folder{Volume: n, Path: Path(state, ledgerID, n), Marker: m})
	}
	return out, nil
}

// OfProject gives the folders of all ledgers whose marker names a project and the ledger in whose place they are.
func OfProject(state statedir.Dir, project string) ([]Folder, error) {
	entries, err := os.ReadDir(state.Volumes())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("list volumes kept as folders: %w", err)
	}
	var out []Folder
	for _, e := range entries {
		if !e.IsDir() || checkName(e.Name()) != nil {
			continue
		}
		folders, err := List(state, e.Name())
		if err != nil {
			return nil, err
		}
		for _, f := range folders {
			if f.Marker.Project == project && f.Marker.Ledger == e.Name() && f.Marker.Volume == f.Volume {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

func namesIn(root *os.Root) ([]string, error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}
