package volumeprep

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
)

// embedded holds the programs that `make build` puts into bin/, and a placeholder, so that the package compiles
// without them.
//
//go:embed bin
var embedded embed.FS

// programs is where helpers are taken from. Tests replace it.
var programs fs.FS = embedded

// program gives the helper for the runtime's own architecture. Every VM runs that one, whatever the image's platform:
// the program is static and needs nothing of the image, translation included.
func program(hostPlatform string) ([]byte, error) {
	_, rest, _ := strings.Cut(hostPlatform, "/")
	arch, _, _ := strings.Cut(rest, "/")
	data, err := fs.ReadFile(programs, "bin/prepare-linux-"+arch)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, fmt.Errorf("this hostwright was built without the program that prepares volumes (linux/%s): build it with `make build`", arch)
	}
	return data, err
}

// place writes the program to a folder of its own in the state folder, named by its content, and gives the folder.
// The runtime shares it with the one-off container, so everybody can read it; the folders above are private.
func place(state statedir.Dir, data []byte) (string, error) {
	sum := sha256.Sum256(data)
	dir := filepath.Join(root(state), hex.EncodeToString(sum[:8]))
	path := filepath.Join(dir, helperName)
	sweep(dir)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return dir, nil
	}
	if err := statedir.MakePrivate(filepath.Dir(dir)); err != nil {
		return "", err
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make folder: %w", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	return dir, statedir.WriteFile(path, data, 0o555)
}

// partAge is how old a part of the program is that nobody writes any more.
const partAge = time.Minute

// sweep removes what writers of the program left that were killed. It is no reason to fail.
func sweep(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && e.Name() != helperName && time.Since(info.ModTime()) > partAge {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

func root(state statedir.Dir) string { return filepath.Join(string(state), "volumeprep") }

// marker is a file that exists from before the first attempt to prepare a volume until it has succeeded. A volume
// that is not empty is filled on only when there is one.
type marker string

func markerOf(state statedir.Dir, helper, volume string) marker {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", helper, volume)
	return marker(filepath.Join(root(state), "begun", hex.EncodeToString(h.Sum(nil)[:12])))
}

// Forget drops what is remembered of an attempt that was cut off, once its volume is gone: the next one of that name is
// another.
func Forget(state statedir.Dir, helper, volume string) error {
	return markerOf(state, helper, volume).clear()
}

func (m marker) set() (was bool, err error) {
	if _, err := os.Stat(string(m)); err == nil {
		return true, nil
	}
	if err := statedir.MakePrivate(filepath.Dir(string(m))); err != nil {
		return false, err
	}
	// Nothing is in it, so it needs no temporary file, which a crash would leave behind.
	f, err := os.OpenFile(string(m), os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(f.Close(), statedir.OS.SyncDir(filepath.Dir(string(m))))
	}
	if err != nil {
		return false, fmt.Errorf("note that the volume's preparation begins: %w", err)
	}
	return false, nil
}

func (m marker) clear() error {
	if err := os.Remove(string(m)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("note that the volume's preparation is over: %w", err)
	}
	return nil
}
