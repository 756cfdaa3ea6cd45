//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// recordCall appends one JSON line of this call to the file that STANDIN_RECORD names: one write, so that lines of several
// processes do not mix.
func recordCall(file string, argv []string) error {
	if argv == nil {
		argv = []string{}
	}
	line, err := json.Marshal(struct {
		Argv []string `json:"argv"`
		PID  int      `json:"pid"`
	}{argv, os.Getpid()})
	if err != nil {
		return fmt.Errorf("record call: %w", err)
	}
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("record call: %w", err)
	}
	_, err = out.Write(append(line, '\n'))
	return errors.Join(err, out.Close())
}
