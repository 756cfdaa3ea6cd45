package volumefolder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hostwright/compose/ledger/statedir"
)

// dataMode is what a new volume's folder has before the image's is copied, as with Docker. The folders above are
// private.
const dataMode = 0o755

// ErrForeign says that a folder lacks the marker of the ledger that wants it.
var ErrForeign = errors.New("the folder has no marker of this project's ledger beside its data")

// Make makes the folder of a volume with its marker. It may be repeated; a folder of somebody else's is ErrForeign.
func Make(state statedir.Dir, m Marker) error {
	if err := errors.Join(checkName(m.Ledger), checkName(m.Volume)); err != nil {
		return err
	}
	dir := filepath.Join(state.Volumes(), m.Ledger)
	if err := statedir.MakePrivate(dir); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := sweep(root, removing+m.Volume); err != nil {
		return err
	}
	switch err := root.Mkdir(m.Volume, 0o700); {
	case err == nil:
	case !errors.Is(err, fs.ErrExist):
		return err
	default:
		empty, e := isEmpty(root, m.Volume)
		if e != nil {
			return e
		}
		// An empty one is what a crash before the marker was written leaves.
		if e := prove(root, m.Ledger, m.Volume); e != nil && !empty {
			return e
		}
	}
	m.Version = schemaVersion
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	// The marker first: data without one would be nobody's.
	if err := statedir.WriteFile(filepath.Join(dir, m.Volume, markerName), append(data, '\n'), 0o600); err != nil {
		return err
	}
	return makeData(root, filepath.Join(m.Volume, dataName))
}

func isEmpty(root *os.Root, name string) (bool, error) {
	f, err := root.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	for _, n := range names {
		if !strings.HasPrefix(n, "."+markerName+".") { // a marker that was being written
			return false, err
		}
	}
	return true, err
}

func makeData(root *os.Root, name string) error {
	err := root.Mkdir(name, dataMode)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // its mode is the image's by now
	case err != nil:
		return err
	}
	return root.Chmod(name, dataMode) // whatever the umask is
}

// prove checks the marker.
func prove(root *os.Root, ledgerID, volume string) error {
	m, err := readMarker(root, volume)
	if err != nil {
		return err
	}
	if m.Ledger != ledgerID || m.Volume != volume {
		return fmt.Errorf("volume %s: %s: %w", volume, filepath.Join(root.Name(), volume), ErrForeign)
	}
	return nil
}

// Remove removes the folder of a volume with its data. One that is not there is as good as removed; one without the
// ledger's marker is ErrForeign and stays. The folder is renamed first, so that a removal that is cut off leaves no
// volume that lost a part of its data.
func Remove(state statedir.Dir, ledgerID, volume string) error {
	if err := errors.Join(checkName(ledgerID), checkName(volume)); err != nil {
		return err
	}
	root, err := os.OpenRoot(filepath.Join(state.Volumes(), ledgerID))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	defer root.Close()
	gone := removing + volume
	if err := sweep(root, gone); err != nil {
		return err
	}
	info, err := root.Lstat(volume)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return leave(state, root, ledgerID)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("volume %s: %s is no folder: %w", volume, filepath.Join(root.Name(), volume), ErrForeign)
	}
	if err := prove(root, ledgerID, volume); err != nil {
		return err
	}
	if err := root.Rename(volume, gone); err != nil {
		return err
	}
	if err := sweep(root, gone); err != nil {
		return err
	}
	return leave(state, root, ledgerID)
}

// sweep removes what a removal that was cut off has left.
func sweep(root *os.Root, name string) error {
	err := root.RemoveAll(name)
	if errors.Is(err, fs.ErrPermission) {
		loosen(root, name)
		err = root.RemoveAll(name)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: some of it belongs to another user; remove %s as that user or as root", err, filepath.Join(root.Name(), name))
	}
	return err
}

// loosen makes folders below name writable for us: a container may have made some that are not, such as a module cache.
// What cannot be changed shows when it is removed.
func loosen(root *os.Root, name string) {
	_ = fs.WalkDir(root.FS(), name, func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			_ = root.Chmod(path, 0o700)
		}
		if err != nil && d != nil && d.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
}

// leave removes the ledger's folder when nothing is in it.
func leave(state statedir.Dir, root *os.Root, ledgerID string) error {
	empty, err := isEmpty(root, ".")
	if err != nil || !empty {
		return err
	}
	above, err := os.OpenRoot(state.Volumes())
	if err != nil {
		return err
	}
	defer above.Close()
	if err := above.Remove(ledgerID); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Sweep removes what removals that were cut off have left in a ledger's folder.
func Sweep(state statedir.Dir, ledgerID string) error {
	if err := checkName(ledgerID); err != nil {
		return err
	}
	root, err := os.OpenRoot(filepath.Join(state.Volumes(), ledgerID))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	defer root.Close()
	names, err := namesIn(root)
	if err != nil {
		return err
	}
	for _, n := range names {
		if strings.HasPrefix(n, removing) {
			if err := sweep(root, n); err != nil {
				return err
			}
		}
	}
	return leave(state, root, ledgerID)
}
