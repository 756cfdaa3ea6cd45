package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/hostwright/compose/orchestrate"
)

// Progress shows what an operation is doing. Its methods may be called from several goroutines; nothing is shown
// before Start and after Stop.
type Progress interface {
	// Start names the operation: "up", "down".
	Start(operation string)
	// Event shows one step.
	Event(e orchestrate.Event)
	// Foreign gives the writer for text that somebody else writes while progress is shown, such as the log of a
	// builder. Lines stay whole.
	Foreign() io.Writer
	// Stop leaves the last state on the screen.
	Stop()
}

// Mode is a value of --progress.
type Mode string

// The modes. None is Docker Compose's other word for Quiet.
const (
	Auto  Mode = "auto"
	TTY   Mode = "tty"
	Plain Mode = "plain"
	JSON  Mode = "json"
	Quiet Mode = "quiet"
	None  Mode = "none"
)

// NewProgress gives the progress of a mode, written to the streams' Err. Auto is TTY on a terminal, else Plain.
func NewProgress(mode Mode, s *Streams, colours Colours) Progress {
	if mode == Auto && s.ErrTerminal {
		mode = TTY
	}
	switch mode {
	case TTY:
		return newTTYProgress(s.Err, s.Size, colours)
	case JSON:
		return &lineProgress{w: s.Err, line: jsonEvent}
	case Quiet, None:
		return &lineProgress{w: s.Err, line: func(orchestrate.Event) string { return "" }}
	}
	return &lineProgress{w: s.Err, line: plainEvent}
}

// lineProgress prints a line an event.
type lineProgress struct {
	mu   sync.Mutex
	w    io.Writer
	line func(orchestrate.Event) string
}

func (p *lineProgress) Start(string) {}
func (p *lineProgress) Stop()        {}

func (p *lineProgress) Event(e orchestrate.Event) {
	if line := p.line(e); line != "" {
		_, _ = p.Foreign().Write([]byte(line + "\n"))
	}
}

func (p *lineProgress) Foreign() io.Writer {
	return writerFunc(func(b []byte) (int, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.w.Write(b)
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// eventID names an event's resource as Docker Compose does: "Container app-web-1".
func eventID(e orchestrate.Event) string {
	return Safe(strings.TrimSpace(string(e.Resource.Kind) + " " + e.Resource.Name))
}

// plainEvent is one line; without details it ends in a blank, as Docker Compose's does. How far a transfer is has no line
// of its own.
func plainEvent(e orchestrate.Event) string {
	if e.Total > 0 {
		return ""
	}
	return fmt.Sprintf(" %s %s %s", eventID(e), Safe(e.Text), Safe(e.Details))
}

func jsonEvent(e orchestrate.Event) string {
	b, err := json.Marshal(struct {
		ID      string `json:"id"`
		Status  string `json:"status"`
		Text    string `json:"text,omitempty"`
		Details string `json:"details,omitempty"`
		Current int64  `json:"current,omitempty"`
		Total   int64  `json:"total,omitempty"`
		Percent int    `json:"percent,omitempty"`
	}{strings.TrimSpace(string(e.Resource.Kind) + " " + e.Resource.Name), string(e.Status), e.Text, e.Details, e.Current, e.Total, e.Percent})
	if err != nil {
		return ""
	}
	return string(b)
}

// JSONLog gives a writer that prints each line written to it as an event of an id, so that a builder's log does not
// break a stream of JSON. A last line without an end is lost: builders end their lines.
func JSONLog(id string, w io.Writer) io.Writer {
	var rest []byte
	return writerFunc(func(b []byte) (int, error) {
		rest = append(rest, b...)
		for {
			line, after, ok := bytes.Cut(rest, []byte("\n"))
			if !ok {
				return len(b), nil
			}
			text, err := json.Marshal(struct {
				ID     string `json:"id"`
				Status string `json:"status"`
				Text   string `json:"text"`
			}{id, string(orchestrate.Working), string(bytes.TrimSuffix(line, []byte("\r")))})
			if err != nil {
				return 0, err
			}
			rest = append([]byte(nil), after...)
			if _, err := w.Write(append(text, '\n')); err != nil {
				return 0, err
			}
		}
	})
}
