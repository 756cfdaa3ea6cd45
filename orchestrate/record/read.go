package record

import (
	"context"
	"time"
)

// Status is what a recorder's folder says about its container. Together with the runtime's listing it tells what
// ps shows: a container that the listing has running runs, whatever the recorder says.
type Status struct {
	// Run is the number of the latest run, 0 when the container was never started through a recorder.
	Run int
	// Called is when that run began, PID its recorder.
	Called time.Time
	PID    int
	// Recording is true while the recorder lives.
	Recording bool
	// Exit is how the run ended; nil while it is recorded, and when its recorder was killed.
	Exit *Exit
}

// Lost tells whether the latest run's recorder was killed: how the run ended will never be known.
func (s *Status) Lost() bool { return s.Run > 0 && !s.Recording && s.Exit == nil }

// ReadStatus reads a recorder's folder. A missing folder is a container that never ran.
func ReadStatus(dir string) (Status, error) {
	for {
		s, consistent, err := readStatus(dir)
		if err != nil || consistent {
			return s, err
		}
	}
}

// readStatus reads in the order that makes the answer right: a recorder takes the lock before it writes run.json and
// writes exit.json before it lets the lock go. consistent is false when another run began meanwhile.
func readStatus(dir string) (s Status, consistent bool, err error) {
	if err := checkFormat(dir); err != nil {
		return Status{}, true, err
	}
	var run runRecord
	ok, err := readJSON(dir, runFile, &run)
	if err != nil || !ok {
		return Status{}, true, err
	}
	s = Status{Run: run.Run, Called: run.Called, PID: run.PID}
	if s.Recording, err = alive(dir); err != nil {
		return Status{}, true, err
	}
	var exit Exit
	ok, err = readJSON(dir, exitFile, &exit)
	switch {
	case err != nil:
		return Status{}, true, err
	case ok && exit.Run > run.Run:
		return Status{}, false, nil
	case ok && exit.Run == run.Run:
		s.Recording, s.Exit = false, &exit
	}
	return s, true, nil
}

// pollInterval is how often a waiting reader looks.
const pollInterval = 50 * time.Millisecond

// Await waits until no recorder works on the folder, and gives what it left. It serves a process that did not spawn
// the recorder; the spawner has Handle.Done.
func Await(ctx context.Context, dir string) (Status, error) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		s, err := ReadStatus(dir)
		if err != nil || !s.Recording {
			return s, err
		}
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-tick.C:
		}
	}
}
