package view

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/hostwright/compose/orchestrate"
)

// redraw is how often the terminal is drawn anew.
const redraw = 100 * time.Millisecond

// ttyProgress keeps one line a resource on a terminal and draws them in place.
type ttyProgress struct {
	w    io.Writer
	size func() (columns, rows int)

	mu     sync.Mutex
	state  ttyState
	drawn  int // lines on the screen that the next drawing replaces
	paused []byte

	stop    chan struct{}
	stopped chan struct{}
}

func newTTYProgress(w io.Writer, size func() (int, int), colours Colours) *ttyProgress {
	return &ttyProgress{w: w, size: size, state: ttyState{colours: colours}}
}

func (p *ttyProgress) Start(operation string) {
	p.mu.Lock()
	p.state.operation = operation
	p.mu.Unlock()
	p.stop, p.stopped = make(chan struct{}), make(chan struct{})
	_, _ = io.WriteString(p.w, hideCursor)
	go func() {
		defer close(p.stopped)
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		for {
			select {
			case <-p.stop:
				return
			case <-tick.C:
				p.draw()
			}
		}
	}()
}

func (p *ttyProgress) Event(e orchestrate.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	p.state.apply(e)
}

func (p *ttyProgress) Stop() {
	if p.stop == nil {
		return
	}
	close(p.stop)
	<-p.stopped
	p.stop = nil
	p.draw()
	p.mu.Lock()
	defer p.mu.Unlock()
	rest := p.paused
	if len(rest) > 0 {
		rest = append(rest, '\n')
	}
	_, _ = p.w.Write(append(rest, ShowCursor...))
	p.drawn, p.paused = 0, nil
}

// Foreign writes whole lines above the drawing, which is drawn anew below them.
func (p *ttyProgress) Foreign() io.Writer {
	return writerFunc(func(b []byte) (int, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.paused = append(p.paused, b...)
		end := bytes.LastIndexByte(p.paused, '\n')
		if end < 0 {
			return len(b), nil
		}
		text := clearDrawn(p.drawn) + string(p.paused[:end+1])
		p.drawn = 0
		p.paused = append([]byte(nil), p.paused[end+1:]...)
		if _, err := io.WriteString(p.w, text); err != nil {
			return 0, err
		}
		return len(b), nil
	})
}

func (p *ttyProgress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.state.rows) == 0 {
		return
	}
	columns, rows := p.size()
	lines := p.state.frame(time.Now(), columns, rows)
	// One write, so that a terminal never shows half a drawing.
	_, _ = io.WriteString(p.w, clearDrawn(p.drawn)+strings.Join(lines, "\n")+"\n")
	p.drawn = len(lines)
}

const hideCursor = "\x1b[?25l"

// ShowCursor gives a terminal its cursor back, which a progress hides while it draws.
const ShowCursor = "\x1b[?25h"

// clearDrawn moves to the first of the lines above the cursor and clears from there to the end of the screen.
func clearDrawn(lines int) string {
	if lines == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r\x1b[J", lines)
}
