package hook

import (
	"bytes"
	"strings"
	"sync"
)

// How much of a hook's output its error holds (docker/compose v5.6, pkg/compose/hook.go).
const (
	tailLines = 10
	tailBytes = 2048
)

// maxLine bounds the bytes of a line that wait for its end; what is longer is cut into pieces.
const maxLine = 64 << 10

// output takes what a hook writes to its two streams, which write at once.
type output struct {
	mu   sync.Mutex
	each func(line string)
}

// stream splits one of them into lines, hands them on, and keeps the last ones.
type stream struct {
	*output
	begun []byte // of a line whose end has not come
	last  []string
}

func (s *stream) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := len(b)
	for {
		before, after, found := bytes.Cut(b, []byte{'\n'})
		s.begun = append(s.begun, before...)
		if !found && len(s.begun) < maxLine {
			return written, nil
		}
		s.line()
		if b = after; len(b) == 0 {
			return written, nil
		}
	}
}

// end takes what has come as a last line.
func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.begun) > 0 {
		s.line()
	}
}

func (s *stream) line() {
	text := strings.TrimRight(string(s.begun), "\r")
	s.begun = s.begun[:0]
	s.each(text)
	// Of a progress bar, which draws over itself, the last state.
	text = strings.ToValidUTF8(text[strings.LastIndexByte(text, '\r')+1:], "")
	if strings.TrimSpace(text) == "" {
		return
	}
	s.last = append(s.last, text[:min(len(text), tailBytes)])
	s.last = s.last[max(0, len(s.last)-tailLines):]
}

// tail gives the last lines that say something.
func (s *stream) tail() string {
	text := strings.TrimSpace(strings.Join(s.last, "\n"))
	return strings.ToValidUTF8(text[max(0, len(text)-tailBytes):], "")
}
