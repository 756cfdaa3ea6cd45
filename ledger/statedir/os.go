package statedir

import (
	"errors"
	"os"
	"syscall"
)

// OS is the real file system.
var OS Layer = osLayer{}

type osLayer struct{}

func (osLayer) ReadFile(path string) ([]byte, error)         { return os.ReadFile(path) }
func (osLayer) MkdirAll(dir string, perm os.FileMode) error  { return os.MkdirAll(dir, perm) }
func (osLayer) CreateTemp(dir, pat string) (TempFile, error) { return os.CreateTemp(dir, pat) }
func (osLayer) Rename(from, to string) error                 { return os.Rename(from, to) }
func (osLayer) Remove(path string) error                     { return os.Remove(path) }

func (osLayer) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
