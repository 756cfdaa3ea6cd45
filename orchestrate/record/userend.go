package record

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
)

// userEndFile holds a UserEnd. It is written by the command that ends a container, not by a recorder.
const userEndFile = "userend.json"

// UserEnd says that the user ended a run through Hostwright: no restart policy applies to that run's end. A mark of
// an earlier run than the latest says nothing any more.
type UserEnd struct {
	Run    int       `json:"run"`
	Signal string    `json:"signal,omitempty"` // the one that was sent, "" for a container that did not run
	Time   time.Time `json:"time"`
	// Until is when a stop that is not cut off is over; zero for a signal that is sent and not waited for. A container
	// that still runs before it is about to end, or was spared by a stop that failed: nobody can tell which.
	Until time.Time `json:"until,omitzero"`
}

// MarkUserEnd writes a mark for the latest run in a container's folder; Run is filled in. It is called before the signal
// is sent, so that whoever sees the end sees the mark.
func MarkUserEnd(dir string, mark UserEnd) error {
	s, err := ReadStatus(dir)
	if err != nil {
		return err
	}
	if err := statedir.MakePrivate(dir); err != nil {
		return err
	}
	mark.Run = s.Run
	data, err := json.Marshal(mark)
	if err != nil {
		return fmt.Errorf("encode the user's end: %w", err)
	}
	return statedir.WriteFile(filepath.Join(dir, userEndFile), append(data, '\n'), 0o600)
}

// ReadUserEnd gives the mark for a run; ok is false when the user did not end that run.
func ReadUserEnd(dir string, run int) (mark UserEnd, ok bool, err error) {
	ok, err = readJSON(dir, userEndFile, &mark)
	if err != nil || !ok || mark.Run != run {
		return UserEnd{}, false, err
	}
	return mark, true, nil
}

// StopUnderWay tells whether the latest run in a container's folder is being stopped, or was until its stop was cut off
// a moment ago.
func StopUnderWay(dir string, now time.Time) (bool, error) {
	var mark UserEnd
	if ok, err := readJSON(dir, userEndFile, &mark); err != nil || !ok || !now.Before(mark.Until) {
		return false, err // most containers have no mark, and their status is not worth a look
	}
	s, err := ReadStatus(dir)
	return err == nil && s.Run == mark.Run, err
}
