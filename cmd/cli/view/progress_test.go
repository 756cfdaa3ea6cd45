package view

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	"pgregory.net/rapid"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

func event(after time.Duration, kind plan.ResourceKind, name string, status orchestrate.Status, text, details string) orchestrate.Event {
	return orchestrate.Event{Time: noon.Add(after), Resource: plan.Resource{Kind: kind, Name: name}, Status: status, Text: text, Details: details}
}

// anUp is the progress of an "up" that fails.
var anUp = []orchestrate.Event{
	event(0, plan.ImageResource, "redis:7", orchestrate.Working, "Pulling", ""),
	event(900*time.Millisecond, plan.ImageResource, "redis:7", orchestrate.Done, "Pulled", ""),
	event(time.Second, plan.NetworkResource, "app_default", orchestrate.Working, "Creating", ""),
	event(1100*time.Millisecond, plan.NetworkResource, "app_default", orchestrate.Done, "Created", ""),
	event(1200*time.Millisecond, plan.ContainerResource, "app-db-1", orchestrate.Working, "Creating", ""),
	event(1300*time.Millisecond, plan.ContainerResource, "app-db-1", orchestrate.Done, "Created", ""),
	event(1300*time.Millisecond, plan.ContainerResource, "app-db-1", orchestrate.Working, "Starting", ""),
	event(3300*time.Millisecond, plan.ContainerResource, "app-db-1", orchestrate.Done, "Healthy", ""),
	event(2*time.Second, plan.ContainerResource, "app-opt-1", orchestrate.Warned, "Skipped: optional dependency", "opt \x1b[2J failed"),
	event(3*time.Second, plan.ContainerResource, "app-mig-1", orchestrate.Failed, "Error", "service \"mig\" didn't complete successfully: exit 3"),
	event(3400*time.Millisecond, plan.ContainerResource, "app-web-1", orchestrate.Working, "Starting", ""),
}

func TestProgressPlainAndJSON(t *testing.T) {
	for _, mode := range []Mode{Plain, JSON, Auto} {
		t.Run(string(mode), func(t *testing.T) {
			s, out, err := Buffers("")
			p := NewProgress(mode, s, false)
			p.Start("up")
			for _, e := range anUp {
				p.Event(e)
			}
			_, _ = io.WriteString(p.Foreign(), "#1 the builder speaks\n")
			p.Stop()
			assert.Equal(t, out.String(), "")
			golden.Assert(t, err.String(), "progress-"+string(mode)+".golden")
		})
	}
}

func TestProgressQuietShowsNothingButForeignText(t *testing.T) {
	for _, mode := range []Mode{Quiet, None} {
		s, _, err := Buffers("")
		p := NewProgress(mode, s, false)
		p.Start("up")
		p.Event(anUp[0])
		_, _ = io.WriteString(p.Foreign(), "warning\n")
		p.Stop()
		assert.Equal(t, err.String(), "warning\n")
	}
}

func TestJSONLog(t *testing.T) {
	var b bytes.Buffer
	w := JSONLog("Builder", &b)
	for _, part := range []string{"#1 [1/2]", " FROM x\r\n#2 \"done\"\n", "half"} {
		n, err := io.WriteString(w, part)
		assert.NilError(t, err)
		assert.Equal(t, n, len(part))
	}
	assert.Equal(t, b.String(), `{"id":"Builder","status":"Working","text":"#1 [1/2] FROM x"}
{"id":"Builder","status":"Working","text":"#2 \"done\""}
`)
}

func TestProgressFrames(t *testing.T) {
	for _, c := range []struct {
		name          string
		columns, rows int
		colours       Colours
	}{
		{"wide", 100, 40, false},
		{"narrow", 32, 40, false},
		{"low", 80, 6, false},
		{"coloured", 80, 40, true},
		{"unknown", 0, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := ttyState{operation: "up", colours: c.colours}
			for _, e := range anUp {
				s.apply(e)
			}
			frame := s.frame(noon.Add(3600*time.Millisecond), c.columns, c.rows)
			golden.Assert(t, strings.Join(frame, "\n")+"\n", "frame-"+c.name+".golden")
		})
	}
}

// A frame never breaks a line or scrolls, or the next one would be drawn in the wrong place.
func TestProgressFrameFitsTheTerminal(t *testing.T) {
	name := rapid.StringMatching(`[a-z0-9-]{1,70}`)
	status := rapid.SampledFrom([]orchestrate.Status{orchestrate.Working, orchestrate.Done, orchestrate.Warned, orchestrate.Failed})
	rapid.Check(t, func(t *rapid.T) {
		s := ttyState{operation: "up"}
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			s.apply(event(0, plan.ContainerResource, name.Draw(t, "name"), status.Draw(t, "status"),
				rapid.SampledFrom([]string{"Creating", "Healthy", "Error", "Skipped: optional dependency"}).Draw(t, "text"), rapid.String().Draw(t, "details")))
		}
		columns, rows := rapid.IntRange(24, 200).Draw(t, "columns"), rapid.IntRange(4, 60).Draw(t, "rows")
		frame := s.frame(noon.Add(time.Minute), columns, rows)
		if len(frame) >= rows {
			t.Fatalf("%d lines on %d rows", len(frame), rows)
		}
		for _, line := range frame {
			if n := utf8.RuneCountInString(line); n >= columns {
				t.Fatalf("%d characters on %d columns: %q", n, columns, line)
			}
		}
	})
}

// lockedBuffer is a terminal to which drawings and the builder's log are written from several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func TestProgressTTYDrawsInPlaceAndLeavesTheLastState(t *testing.T) {
	screen := &lockedBuffer{}
	s := &Streams{Err: screen, ErrTerminal: true, Size: func() (int, int) { return 80, 24 }}
	p := NewProgress(Auto, s, false)
	p.Start("up")
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			p.Event(event(0, plan.ContainerResource, fmt.Sprint("c", i), orchestrate.Working, "Creating", ""))
			_, _ = io.WriteString(p.Foreign(), fmt.Sprintf("step %d\n", i))
			p.Event(event(time.Second, plan.ContainerResource, fmt.Sprint("c", i), orchestrate.Done, "Created", ""))
		})
	}
	wg.Wait()
	_, _ = io.WriteString(p.Foreign(), "half a li")
	p.Stop()
	got := terminal(screen.b.String())
	var lines []string
	for i := range 4 {
		assert.Assert(t, strings.Contains(strings.Join(got, "\n"), fmt.Sprintf("step %d", i)), "%q", got)
	}
	for _, line := range got {
		if strings.Contains(line, "Created") || strings.HasPrefix(line, "[+]") {
			lines = append(lines, line)
		}
	}
	assert.Equal(t, len(lines), 5, "one drawing remains: %q", got)
	assert.Equal(t, lines[0], "[+] up 4/4")
	assert.Assert(t, strings.HasSuffix(screen.b.String(), ShowCursor))
	p.Stop() // again is nothing
}

// terminal plays what was written to a terminal and gives the lines on its screen.
func terminal(text string) []string {
	lines := []string{""}
	row := 0
	for len(text) > 0 {
		var up int
		switch {
		case strings.HasPrefix(text, "\x1b[J"):
			lines = append(lines[:row], "")
			text = text[3:]
		case strings.HasPrefix(text, hideCursor), strings.HasPrefix(text, ShowCursor):
			text = text[len(hideCursor):]
		case strings.HasPrefix(text, "\x1b["):
			_, _ = fmt.Sscanf(text, "\x1b[%dA", &up)
			row -= up
			text = text[strings.IndexByte(text, 'A')+1:]
		case text[0] == '\n':
			row++
			if row == len(lines) {
				lines = append(lines, "")
			}
			text = text[1:]
		case text[0] == '\r':
			text = text[1:]
		default:
			lines[row] += text[:1]
			text = text[1:]
		}
	}
	return lines
}
