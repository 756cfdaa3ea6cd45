package statedir

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Layer is the part of a file system that a write needs, so that tests can fail each of its steps. OS is the real one.
type Layer interface {
	ReadFile(path string) ([]byte, error)
	MkdirAll(dir string, perm os.FileMode) error
	// CreateTemp makes a new file with mode 0600 and a name of its own in dir.
	CreateTemp(dir, pattern string) (TempFile, error)
	Rename(from, to string) error
	Remove(path string) error
	// SyncDir makes the names in a folder durable; a file system that cannot do that is tolerated.
	SyncDir(dir string) error
}

// TempFile is the file that a write fills before it is renamed.
type TempFile interface {
	io.Writer
	Name() string
	Chmod(perm os.FileMode) error
	Sync() error
	Close() error
}

// WriteFile replaces a file so that a crash at any instant leaves the old or the new content: temporary file in the
// same folder, write, sync, rename, sync of the folder. A file system that cannot sync a folder is tolerated.
func WriteFile(path string, data []byte, perm os.FileMode) error {
	return WriteFileOn(OS, path, data, perm)
}

// WriteFileOn is WriteFile on a given layer. After an error the old content stands, or, when only the last sync
// failed, the new one.
func WriteFileOn(l Layer, path string, data []byte, perm os.FileMode) error {
	dir := filepath.Dir(path)
	f, err := l.CreateTemp(dir, TempPattern(path))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := fill(f, data, perm); err != nil {
		_ = f.Close()
		_ = l.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := l.Rename(f.Name(), path); err != nil {
		_ = l.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := l.SyncDir(dir); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// TempPattern is the pattern of the names that a write of path gives its temporary files. A crash may leave one.
func TempPattern(path string) string { return "." + filepath.Base(path) + ".*" }

func fill(f TempFile, data []byte, perm os.FileMode) error {
	if err := f.Chmod(perm); err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}
