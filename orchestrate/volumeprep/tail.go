package volumeprep

import (
	"strings"
	"sync"
)

// tail keeps the end of what the helper prints. Its two streams write at once.
type tail struct {
	mu   sync.Mutex
	data []byte
}

const maxTail = 2000

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if over := len(t.data) - maxTail; over > 0 {
		t.data = append(t.data[:0], t.data[over:]...)
	}
	return len(p), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := strings.TrimSpace(string(t.data))
	if s == "" {
		return "it said nothing"
	}
	return s
}
