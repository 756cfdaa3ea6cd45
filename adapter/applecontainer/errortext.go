package applecontainer

import (
	"bytes"
	"strings"
	"sync"
	"time"
)

// errorMark begins the line with which the command's error text begins; the text goes on to the end of stderr.
const errorMark = "Error: "

// maxErrorText bounds what is kept of an error text (bytes).
const maxErrorText = 16 << 10

// errorText keeps what the command said on stderr: from the first line that begins with "Error: ", and the last log
// lines before that.
type errorText struct {
	mu      sync.Mutex
	log     []byte // its last part
	text    []byte
	found   bool
	midLine bool // log begins in the middle of a line
}

// Write never fails.
func (e *errorText) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.found {
		if room := maxErrorText - len(e.text); room > 0 {
			e.text = append(e.text, p[:min(room, len(p))]...)
		}
		return len(p), nil
	}
	e.log = append(e.log, p...)
	if i := errorLine(e.log, !e.midLine); i >= 0 {
		e.found, e.text, e.log = true, bytes.Clone(e.log[i:min(len(e.log), i+maxErrorText)]), e.log[:i]
	}
	if extra := len(e.log) - maxErrorText; extra > 0 {
		e.midLine = e.log[extra-1] != '\n'
		e.log = bytes.Clone(e.log[extra:])
	}
	return len(p), nil
}

// parts gives the error text and the log before it.
func (e *errorText) parts() (text, log string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.ToValidUTF8(string(e.text), "�"), strings.ToValidUTF8(string(e.log), "�")
}

// errorLine finds the first line that begins with "Error: ", -1 when there is none.
func errorLine(text []byte, lineStart bool) int {
	if lineStart && bytes.HasPrefix(text, []byte(errorMark)) {
		return 0
	}
	if i := bytes.Index(text, []byte("\n"+errorMark)); i >= 0 {
		return i + 1
	}
	return -1
}

// holdTime is how long a line that may be the command's own error text is held back from an attached process's stderr.
// The command exits at once after its error text.
const holdTime = 250 * time.Millisecond

// holdback passes an attached process's stderr on, but holds back for a moment what begins with a line "Error: ": when
// the command exits meanwhile it may have been the command that spoke, not the process. The two share one stream.
type holdback struct {
	mu        sync.Mutex
	next      func([]byte)
	held      []byte
	timer     *time.Timer
	midLine   bool
	forwarded bool
	closed    bool
}

// Write never fails.
func (h *holdback) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held != nil {
		h.held = append(h.held, p...)
		if len(h.held) > maxErrorText {
			h.release()
		}
		return len(p), nil
	}
	i := errorLine(p, !h.midLine)
	if i < 0 {
		h.pass(p)
		return len(p), nil
	}
	h.pass(p[:i])
	h.held = bytes.Clone(p[i:])
	h.timer = time.AfterFunc(holdTime, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.closed {
			h.release()
		}
	})
	return len(p), nil
}

// pass hands bytes on. The caller holds mu.
func (h *holdback) pass(p []byte) {
	if len(p) == 0 {
		return
	}
	h.midLine = p[len(p)-1] != '\n'
	h.forwarded = true
	h.next(p)
}

// release hands on what is held. The caller holds mu.
func (h *holdback) release() {
	if h.held == nil {
		return
	}
	h.timer.Stop()
	held := h.held
	h.held = nil
	h.pass(held)
}

// finish ends the holding once the command has exited, and gives what was held, which nobody has seen yet.
func (h *holdback) finish() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	if h.timer != nil {
		h.timer.Stop()
	}
	return h.held
}

// flush hands on what finish gave: it was the process that spoke.
func (h *holdback) flush() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.release()
}
