//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// fetchProgress writes how far the download of an image is, in the form of the runtime's plain progress: a line each second
// at most. The engine says it for each layer.
type fetchProgress struct {
	write func(line string)
	began time.Time

	mu    sync.Mutex
	blobs int
	total int64
	got   map[string]int64 // by the engine's name of a layer
	done  map[string]bool
}

func (c *call) newFetchProgress(how string) *fetchProgress {
	return &fetchProgress{
		write: func(line string) { c.progress(how, line) }, began: time.Now(), got: map[string]int64{}, done: map[string]bool{},
	}
}

// tell writes a line each second until the function that it gives is called.
func (p *fetchProgress) tell() func() {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		each := time.NewTicker(time.Second)
		defer each.Stop()
		for {
			select {
			case now := <-each.C:
				p.write(p.text(now))
			case <-stop:
				return
			}
		}
	}()
	return func() { close(stop); <-stopped }
}

// expect adds the blobs of a variant.
func (p *fetchProgress) expect(m imageManifest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blobs += len(m.Layers) + 1
	p.total += m.Config.Size
	for _, layer := range m.Layers {
		p.total += layer.Size
	}
}

// engineLine takes one line of the engine's progress.
func (p *fetchProgress) engineLine(line json.RawMessage) error {
	var l struct {
		Status, ID     string
		ProgressDetail struct{ Current, Total int64 }
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return fmt.Errorf("read engine's progress: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch l.Status {
	case "Downloading":
		p.got[l.ID] = l.ProgressDetail.Current
	case "Download complete", "Already exists", "Pull complete":
		p.done[l.ID] = true
	}
	return nil
}

// text is one line of the runtime: `[1/2] Fetching image 12% (3 of 14 blobs, 4.5/37.1 MB, 2.3 MB/s) [4s]`.
func (p *fetchProgress) text(now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var got int64
	for _, n := range p.got {
		got += n
	}
	got = min(got, p.total)
	seconds := now.Sub(p.began).Seconds()
	return fmt.Sprintf("[1/2] Fetching image %d%% (%d of %d blobs, %s/%s MB, %s MB/s) [%ds]",
		100*got/max(p.total, 1), min(len(p.done), p.blobs), p.blobs, megabytes(got), megabytes(p.total), megabytes(int64(float64(got)/max(seconds, 0.001))), int(seconds))
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }
