package supervise

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
)

// Bounds of a project's events: two files of maxEvents bytes, so that at least the latest maxEvents are kept (about
// five thousand events). A line that is longer than maxEvent is not written.
const (
	maxEvents = 1 << 20
	maxEvent  = 64 << 10
)

// EventLog keeps the events of one project, one JSON object a line, oldest first. One process writes; any number read,
// also while it is written.
type EventLog struct{ path, older string }

// Events gives a project's log. It touches no file.
func Events(p statedir.Project) EventLog { return EventLog{path: p.Events(), older: p.OlderEvents()} }

// Append writes events at the end. When the file is full it becomes the older one.
func (l EventLog) Append(events ...orchestrate.ProjectEvent) error {
	if len(events) == 0 {
		return nil
	}
	var buf bytes.Buffer
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("encode event: %w", err)
		}
		if len(line) < maxEvent {
			buf.Write(append(line, '\n'))
		}
	}
	if err := statedir.MakePrivate(filepath.Dir(l.path)); err != nil {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil && size > 0 {
		// What a crash cut off must not swallow the next event.
		last := make([]byte, 1)
		if _, err = f.ReadAt(last, size-1); err == nil && last[0] != '\n' {
			_, err = f.Write([]byte{'\n'})
		}
	}
	if err == nil {
		_, err = f.Write(buf.Bytes())
	}
	if err == nil && size+int64(buf.Len()) >= maxEvents {
		err = os.Rename(l.path, l.older)
	}
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}

// tailInterval is how often a reader looks for new events.
const tailInterval = 100 * time.Millisecond

// Read gives the events of a request, oldest first: those that are there from Since on (none when Since is zero), then
// those that come, until ctx ends or Until has passed. The end of ctx is no error.
func (l EventLog) Read(ctx context.Context, r orchestrate.EventsRequest, now func() time.Time, each func(orchestrate.ProjectEvent) error) error {
	t := &eventReader{log: l, request: r, each: each}
	defer t.close()
	if r.Since.IsZero() {
		if err := t.skip(); err != nil {
			return err
		}
	} else if err := t.file(l.older); err != nil {
		return err
	}
	tick := time.NewTicker(tailInterval)
	defer tick.Stop()
	for {
		past := !r.Until.IsZero() && now().After(r.Until)
		if err := t.catchUp(); err != nil {
			return err
		}
		if past {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// eventReader is where a reader is in the newer file.
type eventReader struct {
	log     EventLog
	request orchestrate.EventsRequest
	each    func(orchestrate.ProjectEvent) error
	open    *os.File
	at      int64
}

func (t *eventReader) close() {
	if t.open != nil {
		_ = t.open.Close()
	}
}

// skip goes to the end of what is there.
func (t *eventReader) skip() error {
	f, err := openIfThere(t.log.path)
	if err != nil || f == nil {
		return err
	}
	t.open = f
	t.at, err = f.Seek(0, io.SeekEnd)
	return err
}

// catchUp gives what has come since the last time, over a change of files.
func (t *eventReader) catchUp() error {
	for {
		if t.open == nil {
			f, err := openIfThere(t.log.path)
			if err != nil || f == nil {
				return err
			}
			t.open, t.at = f, 0
		}
		replaced := t.replaced()
		n, err := t.lines(t.open, t.at)
		t.at += n
		if err != nil || !replaced {
			return err
		}
		t.close()
		t.open = nil
	}
}

// replaced tells whether another file has taken the place of the open one.
func (t *eventReader) replaced() bool {
	mine, err := t.open.Stat()
	if err != nil {
		return true
	}
	there, err := os.Stat(t.log.path)
	return err != nil || !os.SameFile(mine, there)
}

// file gives the events of a whole file.
func (t *eventReader) file(path string) error {
	f, err := openIfThere(path)
	if err != nil || f == nil {
		return err
	}
	defer f.Close()
	_, err = t.lines(f, 0)
	return err
}

// lines gives the whole lines from an offset on and how many bytes they are. A line that is none of ours is passed
// over: a crash may have cut it off.
func (t *eventReader) lines(f *os.File, from int64) (int64, error) {
	r := bufio.NewReader(io.NewSectionReader(f, from, 1<<62))
	var n int64
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return n, nil // a rest without an end is still being written
		}
		if err != nil {
			return n, fmt.Errorf("read events: %w", err)
		}
		n += int64(len(line))
		var e orchestrate.ProjectEvent
		if json.Unmarshal(line, &e) != nil || !t.selects(e) {
			continue
		}
		if err := t.each(e); err != nil {
			return n, err
		}
	}
}

func (t *eventReader) selects(e orchestrate.ProjectEvent) bool {
	r := t.request
	return (len(r.Services) == 0 || slices.Contains(r.Services, e.Service)) && !e.Time.Before(r.Since) &&
		(r.Until.IsZero() || !e.Time.After(r.Until))
}

func openIfThere(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return f, nil
}
