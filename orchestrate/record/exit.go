package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
)

// UnknownCode is the Code of an Exit that is not Known.
const UnknownCode = -1

// Exit is how one run of a container ended, as its recorder saw it. It is the content of exit.json.
type Exit struct {
	// Run counts the starts of the container through a recorder, from 1.
	Run int `json:"run"`
	// Called is when the recorder asked the runtime to start; Started what the runtime says about the process, to
	// the second, zero where it was not asked or did not know; Finished when the attached client ended.
	Called   time.Time `json:"called"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished"`
	// Code is the process's exit code, 128+n for signal n; UnknownCode when it is not Known.
	Code  int  `json:"code"`
	Known bool `json:"known"`
	// Signal is n where Code is 128+n.
	Signal int `json:"signal,omitempty"`
	// StartFailed is true when the process never ran; Error says why. Known is false then.
	StartFailed bool `json:"startFailed,omitempty"`
	// Error is the runtime's own error, or why the code is not known.
	Error string `json:"error,omitempty"`
}

// Success tells whether the process is known to have ended with 0. Not known is no success.
func (e *Exit) Success() bool { return e != nil && e.Known && e.Code == 0 }

// signalOf gives n for a code of the form 128+n, else 0. 64 is the last signal of Linux.
func signalOf(code int) int {
	if code > 128 && code <= 128+64 {
		return code - 128
	}
	return 0
}

// reserveSize is what a recorder sets aside so that the exit record fits on a disk that has become full: one block
// for the temporary file and some for the folder.
const reserveSize = 16 << 10

// makeReserve writes the reserve. A disk that is full already has none: writeExit then depends on luck.
func makeReserve(dir string) error {
	return os.WriteFile(filepath.Join(dir, reserveFile), make([]byte, reserveSize), 0o600)
}

// writeExit writes exit.json. On a full disk it gives up the reserve, then tries again every pause until the time is
// over: a record that comes late is better than an exit code that nobody knows.
func writeExit(dir string, e Exit, pause, patience time.Duration) error {
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode exit record: %w", err)
	}
	path := filepath.Join(dir, exitFile)
	end := time.Now().Add(patience)
	for {
		err = statedir.WriteFile(path, append(data, '\n'), 0o600)
		if !diskFull(err) {
			_ = os.Remove(filepath.Join(dir, reserveFile))
			return err
		}
		if os.Remove(filepath.Join(dir, reserveFile)) == nil {
			continue
		}
		if time.Now().After(end) {
			return err
		}
		time.Sleep(pause)
	}
}

func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
