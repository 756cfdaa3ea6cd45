package record

import (
	"bytes"
	"time"
)

// maxBatch bounds what is gathered before it is written: many empty lines in one chunk are far larger as records.
const maxBatch = 64 << 10

// streamWriter cuts one stream into records. Its Write never fails and takes everything, since a client that cannot
// write blocks its container.
type streamWriter struct {
	log    *logFile
	stream Stream
	// raw records what has come at once, finished line or not: a terminal's output is a stream, and who watches it
	// wants the prompt. Otherwise the start of a line waits for its end.
	raw     bool
	pending []byte // start of a line, at most maxText bytes; touched under log.mu
}

// Write records p. It always takes all of it.
func (w *streamWriter) Write(p []byte) (int, error) {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	now := time.Now()
	rest := p
	for {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		w.line(now, rest[:i])
		rest = rest[i+1:]
		if len(w.log.batch) >= maxBatch {
			w.log.flush(now)
		}
	}
	w.start(now, rest)
	w.log.flush(now)
	return len(p), nil
}

// line records the end of a line.
func (w *streamWriter) line(now time.Time, text []byte) {
	if len(w.pending)+len(text) > maxText {
		w.start(now, text)
		text = nil
	}
	if len(w.pending) > 0 {
		text = append(w.pending, text...)
	}
	w.log.add(now, w.stream, false, text)
	w.pending = w.pending[:0]
}

// start records the start of a line that has no end yet, or keeps it for later.
func (w *streamWriter) start(now time.Time, text []byte) {
	for len(w.pending)+len(text) > maxText {
		n := maxText - len(w.pending)
		w.log.add(now, w.stream, true, append(w.pending, text[:n]...))
		w.pending, text = w.pending[:0], text[n:]
	}
	if w.raw && len(text) > 0 {
		w.log.add(now, w.stream, true, text)
		return
	}
	w.pending = append(w.pending, text...)
}

// end records a last line without a newline.
func (w *streamWriter) end() {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	if len(w.pending) == 0 {
		return
	}
	now := time.Now()
	w.log.add(now, w.stream, true, w.pending)
	w.pending = nil
	w.log.flush(now)
}
