package record

import (
	"context"
	"os"
	"time"
)

// Attendance is a run of a container that somebody starts and attends himself, such as a terminal's: the folder tells
// readers that it is under way and how it ended, and holds no output.
type Attendance struct {
	dir   string
	run   runRecord
	alive *os.File
}

// Attend takes a container's folder for a run that the caller is about to start. ctx bounds the wait for a recorder of
// the run before. When the caller dies, the run ends for readers as with a killed recorder: its code is not known.
func Attend(ctx context.Context, dir, id string) (*Attendance, error) {
	run, alive, err := beginRun(ctx, dir, id)
	if err != nil {
		return nil, err
	}
	return &Attendance{dir: dir, run: run, alive: alive}, nil
}

// End writes how the run ended and lets the folder go. Run, Called and Finished are filled in.
func (a *Attendance) End(e Exit) error {
	e.Run, e.Called, e.Finished = a.run.Run, a.run.Called, time.Now()
	if e.Known {
		e.Signal = signalOf(e.Code)
	}
	err := writeExit(a.dir, e, 0, 0)
	_ = a.alive.Close()
	ringBell(a.dir)
	return err
}
