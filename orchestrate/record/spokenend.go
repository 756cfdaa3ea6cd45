package record

import (
	"io"
	"strings"
)

// maxWords bounds what is kept of the end of stderr (bytes).
const maxWords = 1000

// spokenEnd passes a stream on and keeps its end. Where the process never ran, that end is what the runtime said.
// It is used by one goroutine.
type spokenEnd struct {
	next io.Writer
	end  []byte
}

// Write passes on.
func (w *spokenEnd) Write(p []byte) (int, error) {
	w.end = append(w.end, p[max(0, len(p)-maxWords):]...)
	if extra := len(w.end) - maxWords; extra > 0 {
		w.end = append(w.end[:0], w.end[extra:]...)
	}
	return w.next.Write(p)
}

// text gives the end of the stream in one line.
func (w *spokenEnd) text() string {
	text := strings.ToValidUTF8(strings.TrimSpace(string(w.end)), "")
	return strings.TrimPrefix(strings.ReplaceAll(text, "\n", "; "), "Error: ")
}
