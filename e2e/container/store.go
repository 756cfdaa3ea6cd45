//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Files of a STANDIN_ROOT.
const (
	stateFile   = "state.json"
	lockFile    = "lock"
	journalFile = "journal" // exists while a mutation is under way; found by the next one, it means that a call was killed
	downFile    = "down"    // exists while the services are stopped
	runFolder   = "containers"
)

// store keeps the state of one STANDIN_ROOT. Several processes use it at once: every mutation holds the lock, readers
// take none, since the state is replaced by rename.
type store struct {
	root string
	// repair brings the state and the Docker engine together after a call was killed; it runs under the lock.
	repair func(*transaction) error
}

// transaction is one mutation under the lock.
type transaction struct {
	store *store
	state *state
}

// openStore makes the folder, 0700: environment values are kept in it.
func openStore(root string) (*store, error) {
	if err := os.MkdirAll(filepath.Join(root, runFolder), 0o700); err != nil {
		return nil, fmt.Errorf("make STANDIN_ROOT: %w", err)
	}
	return &store{root: root}, nil
}

func (s *store) path(name string) string { return filepath.Join(s.root, name) }

// read gives the state as it was last written, without waiting for anybody.
func (s *store) read() (*state, error) {
	current := &state{}
	data, err := os.ReadFile(s.path(stateFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read state: %w", err)
	}
	if err == nil {
		if err := json.Unmarshal(data, current); err != nil {
			return nil, fmt.Errorf("read state %s: %w", s.path(stateFile), err)
		}
	}
	current.normalise()
	return current, nil
}

// update runs change under the lock, as the apiserver serialises create, start and clean-up (reference 5.2), and writes
// the state if change returns nil.
func (s *store) update(change func(*transaction) error) error {
	lock, err := lockFolder(s.path(lockFile))
	if err != nil {
		return err
	}
	defer lock.Close()
	current, err := s.read()
	if err != nil {
		return err
	}
	tx := &transaction{store: s, state: current}
	if _, err := os.Stat(s.path(journalFile)); err == nil && s.repair != nil {
		if err := s.repair(tx); err != nil {
			return err
		}
		if err := tx.save(); err != nil {
			return err
		}
	}
	if err := os.WriteFile(s.path(journalFile), nil, 0o600); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if err := change(tx); err != nil {
		return errors.Join(err, removeIfThere(s.path(journalFile)))
	}
	if err := tx.save(); err != nil {
		return err
	}
	return removeIfThere(s.path(journalFile))
}

// save writes the state now: as intent before something is done in Docker that cannot be undone.
func (tx *transaction) save() error {
	data, err := json.Marshal(tx.state)
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return writeByRename(tx.store.path(stateFile), data)
}

// lockFolder waits for the exclusive lock on path; closing the file, or dying, frees it.
func lockFolder(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	for {
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return file, nil
}

// writeByRename replaces a file in one step; a reader sees the old text or the new one. The lock keeps writers apart.
func writeByRename(path string, data []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", path, err)
	}
	return nil
}
