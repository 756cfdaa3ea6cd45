//go:build linux

package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress prints one line per step with the seconds since the start. It is
// safe for concurrent use.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	start time.Time
}

func newProgress(w io.Writer) *progress { return &progress{w: w, start: time.Now()} }

func (p *progress) step(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, "lab: %5.1fs  %s\n", time.Since(p.start).Seconds(), fmt.Sprintf(format, args...))
}
