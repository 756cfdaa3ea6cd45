package record

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
)

// Format is the version of the folder's format that this program writes and reads.
const Format = 1

// The files of a recorder's folder, beside the segments of the output (segmentName).
const (
	formatFile  = "format"       // Format, as text
	aliveFile   = "alive"        // locked (flock) as long as the recorder lives
	runFile     = "run.json"     // runRecord of the latest run
	exitFile    = "exit.json"    // Exit of the latest run that ended
	reserveFile = "reserve"      // space for exit.json on a full disk
	stderrFile  = "recorder.log" // what the recorder itself had to say
)

// runRecord is written when a run begins. A run.json without an exit.json of the same run and without a living
// recorder means that the recorder was killed: nobody knows how the run ended.
type runRecord struct {
	Run       int       `json:"run"`
	Container string    `json:"container"`
	PID       int       `json:"pid"` // of the recorder, for people; whether it lives is told by the lock on alive
	Called    time.Time `json:"called"`
}

// checkFormat refuses a folder that a newer program wrote. A folder without the file has no run yet.
func checkFormat(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, formatFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read recorder's folder: %w", err)
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(data)))
	if err != nil {
		return fmt.Errorf("read %s: not a format number", filepath.Join(dir, formatFile))
	}
	if n > Format {
		return fmt.Errorf("%s has format %d, written by a newer Hostwright; this one reads up to %d", dir, n, Format)
	}
	return nil
}

// readJSON decodes a file of the folder; ok is false when there is none.
func readJSON(dir, name string, v any) (ok bool, err error) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read recorder's folder: %w", err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return false, fmt.Errorf("decode %s: %w", filepath.Join(dir, name), err)
	}
	return true, nil
}

// beginRun takes the folder for this process and writes the record of the next run. The returned file holds the
// lock; closing it, or the death of the process, ends the run for readers.
func beginRun(ctx context.Context, dir, id string) (runRecord, *os.File, error) {
	if err := statedir.MakePrivate(dir); err != nil {
		return runRecord{}, nil, err
	}
	if err := checkFormat(dir); err != nil {
		return runRecord{}, nil, err
	}
	alive, err := lockAlive(ctx, dir)
	if err != nil {
		return runRecord{}, nil, err
	}
	run, err := nextRun(dir, id, time.Now())
	if err != nil {
		_ = alive.Close()
		return runRecord{}, nil, err
	}
	ringBell(dir)
	return run, alive, nil
}

// writeFormat says in which format the folder is. It writes in one piece, and only when it must: readers look at the file
// while a run begins.
func writeFormat(path string) error {
	want := []byte(strconv.Itoa(Format) + "\n")
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, want) {
		return nil
	}
	return statedir.WriteFile(path, want, 0o600)
}

func nextRun(dir, id string, now time.Time) (runRecord, error) {
	if err := writeFormat(filepath.Join(dir, formatFile)); err != nil {
		return runRecord{}, err
	}
	var last runRecord
	if _, err := readJSON(dir, runFile, &last); err != nil {
		return runRecord{}, err
	}
	run := runRecord{Run: last.Run + 1, Container: id, PID: os.Getpid(), Called: now}
	data, err := json.Marshal(run)
	if err != nil {
		return runRecord{}, fmt.Errorf("encode run record: %w", err)
	}
	return run, statedir.WriteFile(filepath.Join(dir, runFile), append(data, '\n'), 0o600)
}

// lockAlive waits for the lock: a former recorder may still be writing its exit record, and a reader holds the lock
// for the instant in which it looks.
func lockAlive(ctx context.Context, dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, aliveFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("take recorder's folder: %w", err)
	}
	for {
		err = flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, fmt.Errorf("take recorder's folder %s: another recorder still runs", dir)
		case <-time.After(5 * time.Millisecond):
		}
	}
	_ = f.Close()
	return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
}

// alive tells whether a recorder holds the folder.
func alive(dir string) (bool, error) {
	f, err := os.Open(filepath.Join(dir, aliveFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for a recorder: %w", err)
	}
	defer f.Close()
	err = flock(f, syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for a recorder: %w", err)
	}
	return false, nil // closing the file gives the lock back
}

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
