//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// stuckFile lies in the folder of a container whose guest agent hangs: it names the process that waits for a copy.
const stuckFile = "stuck"

// hang is a copy that never ends. Whatever else is asked of the container hangs with it, until the copy's client is killed
// (observed, sections 2 and 3.1).
func (c *call) hang(record *containerRecord) error {
	own, err := identify(os.Getpid())
	if err != nil {
		return err
	}
	data, err := json.Marshal(own)
	if err != nil {
		return fmt.Errorf("hang: %w", err)
	}
	if err := os.WriteFile(filepath.Join(c.root, runFolder, record.Folder, stuckFile), data, 0o600); err != nil {
		return fmt.Errorf("hang: %w", err)
	}
	select {}
}

// awaitAgent waits for as long as a copy hangs in the container.
func (c *call) awaitAgent(id string) error {
	found, err := filepath.Glob(filepath.Join(c.root, runFolder, "*", stuckFile))
	if err != nil || len(found) == 0 {
		return err
	}
	current, err := c.store.read()
	if err != nil || current.Containers[id] == nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(c.root, runFolder, current.Containers[id].Folder, stuckFile))
	var holder processID
	if err != nil || json.Unmarshal(data, &holder) != nil {
		return nil // this one is not stuck
	}
	for holder.alive() {
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}
