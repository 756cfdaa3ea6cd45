package health

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const (
	stateFile = "health.json" // State of the latest run that was probed
	probeFile = "health.lock" // locked (flock) by whoever probes the container
)

// Read gives the last known health of a container from its folder (statedir.Project.Container); ok is false when it
// was never probed. Whoever shows it compares Started with the container's: another one is of another run. Health
// that nobody watches any more stays as it was when the last probe ended.
func Read(dir string) (s State, ok bool, err error) {
	data, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, false, nil
	}
	if err != nil {
		return State{}, false, fmt.Errorf("read health: %w", err)
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return State{}, false, fmt.Errorf("decode %s: %w", filepath.Join(dir, stateFile), err)
	}
	return s, true, nil
}

// save replaces the file without a sync: health is found out anew after a crash, and a sync for every probe is slow.
func save(dir string, s State) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode health: %w", err)
	}
	tmp := filepath.Join(dir, "."+stateFile)
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return fmt.Errorf("write health: %w", err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, stateFile)); err != nil {
		return fmt.Errorf("write health: %w", err)
	}
	return nil
}

// claim makes the caller the one who probes a container; ok is false while somebody else is, in this process or
// another. Closing the file, or the end of the process, gives it back.
func claim(dir string) (f *os.File, ok bool, err error) {
	f, err = os.OpenFile(filepath.Join(dir, probeFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("claim health check: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err == nil {
		return f, true, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, false, nil
	}
	return nil, false, fmt.Errorf("claim health check: %w", err)
}
