package health

import "sync"

// output keeps the beginning of what a probe prints and takes the rest, so that the probe never blocks. Its two
// streams write at once.
type output struct {
	mu   sync.Mutex
	data []byte
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	// One byte more than is kept shows that something was cut.
	if room := maxOutput + 1 - len(o.data); room > 0 {
		o.data = append(o.data, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.data)
}
