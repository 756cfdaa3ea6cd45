package supervise

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hostwright/compose/orchestrate/record"
)

// memoryFile lies in a container's folder (statedir.Project.Container) and goes with it.
const memoryFile = "supervise.json"

// Memory is what hostwrightd remembers of a container from one life of its own to the next.
type Memory struct {
	// Run is the latest run of the container that was seen; Judged is true once its end was dealt with.
	Run    int  `json:"run"`
	Judged bool `json:"judged,omitempty"`
	// Ours is the run that hostwrightd started, or was about to start. A run of another number is the user's, and
	// begins a new History.
	Ours    int     `json:"ours,omitempty"`
	History History `json:"history,omitzero"`
	// Decided is when the policy took the latest end for one of the container's own; Before is the History until then.
	Decided time.Time `json:"decided,omitzero"`
	Before  History   `json:"before,omitzero"`
	// Due is when the container is to be restarted, zero when it is not.
	Due time.Time `json:"due,omitzero"`
	// Interrupted is true when the runtime took the latest run with it.
	Interrupted bool `json:"interrupted,omitempty"`
	// Exhausted is true when the policy has restarted as often as it may.
	Exhausted bool `json:"exhausted,omitempty"`
	// Blocked are the host ports that reset connections in this run although a process listens behind them.
	Blocked []uint16 `json:"blocked,omitempty"`
}

// Restarting tells of a container that does not run whether hostwrightd is about to start it again. run is its latest
// run, and begun whether that one has been asked for and not ended.
func (m Memory) Restarting(run int, begun bool) bool {
	return begun && m.Ours == run || m.Run == run && m.Judged && (!m.Due.IsZero() || m.Ours == run+1)
}

// abandoned tells of a restart that was about to be made when hostwrightd ended, and that nobody has made since.
func (m Memory) abandoned(status record.Status) bool {
	return m.Judged && m.Due.IsZero() && m.Ours == m.Run+1 && status.Run == m.Run && !status.Recording
}

// ReadMemory gives what is remembered of a container, from its folder. A missing file is the zero Memory, and so is a
// damaged one: it is found out anew.
func ReadMemory(dir string) (Memory, error) {
	data, err := os.ReadFile(filepath.Join(dir, memoryFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Memory{}, nil
	}
	if err != nil {
		return Memory{}, fmt.Errorf("read restart history: %w", err)
	}
	var m Memory
	if json.Unmarshal(data, &m) != nil {
		return Memory{}, nil
	}
	return m, nil
}

// save replaces the file, without a sync: after a power cut no container runs any more, and what is remembered of the
// runs before matters little. A folder that is gone stays gone: its container was removed.
func (m Memory) save(dir string) error {
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode restart history: %w", err)
	}
	tmp := filepath.Join(dir, "."+memoryFile)
	err = os.WriteFile(tmp, append(data, '\n'), 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = os.Rename(tmp, filepath.Join(dir, memoryFile))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write restart history: %w", err)
	}
	return nil
}
