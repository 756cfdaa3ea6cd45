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

// schemaVersion is the version of the marker's schema.
const schemaVersion = 1

// Names inside the folder of a volume.
const (
	markerName = "volume.json"
	dataName   = "data"
)

// removing begins the name of a folder that is being removed. No volume's name begins with a dot.
const removing = ".removing-"

// Marker says whose a folder is.
type Marker struct {
	Version int    `json:"version"`
	Ledger  string `json:"ledger"` // id
	Project string `json:"project"`
	Volume  string `json:"volume"` // its name, as the runtime would have it
	Key     string `json:"key"`    // in the compose file
}

// Path gives what containers mount of a volume. It is an absolute path below the state folder, whether it exists or not.
func Path(state statedir.Dir, ledgerID, volume string) string {
	return filepath.Join(state.Volumes(), ledgerID, volume, dataName)
}

// checkName refuses what would be no plain name inside a folder.
func checkName(name string) error {
	if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, `/\`) || !filepath.IsLocal(name) {
		return fmt.Errorf("%q cannot be the name of a folder", name)
	}
	return nil
}

// readMarker reads the marker of a volume's folder. A folder without one gives the zero Marker: nobody's.
func readMarker(root *os.Root, volume string) (Marker, error) {
	data, err := root.ReadFile(filepath.Join(volume, markerName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Marker{}, nil
	case err != nil:
		return Marker{}, err
	}
	var m Marker
	if json.Unmarshal(data, &m) != nil {
		return Marker{}, nil // damaged: it proves nothing
	}
	return m, nil
}
