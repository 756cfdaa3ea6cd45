package view

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	units "github.com/docker/go-units"

	"github.com/hostwright/compose/orchestrate"
)

// ttyState is what the drawing of a terminal is made of. It is plain data: frame gives the lines for an instant.
type ttyState struct {
	operation string
	colours   Colours
	rows      []ttyRow
}

type ttyRow struct {
	id, text, details string
	status            orchestrate.Status
	start, end        time.Time // end is zero while it works
}

var spinner = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// defaultColumns is the width that is assumed where a terminal does not tell its own; leastID is what remains of a
// resource's name on a narrow one.
const (
	defaultColumns = 80
	leastID        = 10
)

// apply takes an event in. A resource that had ended and works again goes on with its first start.
func (s *ttyState) apply(e orchestrate.Event) {
	id := eventID(e)
	row := s.row(id)
	if row == nil {
		s.rows = append(s.rows, ttyRow{id: id, start: e.Time})
		row = &s.rows[len(s.rows)-1]
	}
	row.text, row.details, row.status = Safe(e.Text), Safe(e.Details), e.Status
	if e.Total > 0 {
		row.details = units.HumanSize(float64(e.Current)) + " / " + units.HumanSize(float64(e.Total))
	}
	row.end = time.Time{}
	if e.Status != orchestrate.Working {
		row.end = e.Time
	}
}

func (s *ttyState) row(id string) *ttyRow {
	for i := range s.rows {
		if s.rows[i].id == id {
			return &s.rows[i]
		}
	}
	return nil
}

// frame gives the lines to draw. Too high a drawing loses rows that are done first; too wide a one loses details, then
// the ends of names.
func (s *ttyState) frame(now time.Time, columns, height int) []string {
	if columns <= 0 {
		columns = defaultColumns
	}
	done, idWidth := 0, 0
	for _, r := range s.rows {
		idWidth = max(idWidth, utf8.RuneCountInString(r.id))
		if r.status != orchestrate.Working {
			done++
		}
	}
	lines := []string{clip(fmt.Sprintf("[+] %s %d/%d", s.operation, done, len(s.rows)), columns)}
	rows, hidden := s.visible(height)
	// Text and timer fit beside the name where leastID allows.
	room := columns - 1
	for _, r := range rows {
		need := 4 + utf8.RuneCountInString(r.text) + 1 + len(timer(r, now))
		idWidth = min(idWidth, max(room-need, leastID))
	}
	for _, r := range rows {
		lines = append(lines, s.line(r, now, room, idWidth))
	}
	if hidden > 0 {
		lines = append(lines, fmt.Sprintf(" ... %d more", hidden))
	}
	return lines
}

// visible gives the rows that fit: header, rows, perhaps "... N more", and the line on which the cursor stands.
func (s *ttyState) visible(height int) (rows []ttyRow, hidden int) {
	fit := height - 2
	if height <= 0 || len(s.rows) <= fit {
		return s.rows, 0
	}
	fit = max(fit-1, 1)
	drop := len(s.rows) - fit
	for _, r := range s.rows {
		if drop > 0 && r.status == orchestrate.Done {
			drop--
			continue
		}
		rows = append(rows, r)
	}
	rows = rows[:min(len(rows), fit)]
	return rows, len(s.rows) - len(rows)
}

func (s *ttyState) line(r ttyRow, now time.Time, columns, idWidth int) string {
	id := r.id
	if n := utf8.RuneCountInString(id); n > idWidth {
		id = string([]rune(id)[:max(idWidth-3, 0)]) + "..."
	}
	id += strings.Repeat(" ", max(idWidth-utf8.RuneCountInString(id), 0))
	sign, signCode, code := s.sign(r, now)
	clock := timer(r, now)
	around := 1 + 1 + 1 + idWidth + 1 + 1 + len(clock)
	text := clip(r.text, max(columns-around, 0))
	used := around + utf8.RuneCountInString(text)
	details := ""
	if room := columns - used - 1; r.details != "" && room >= 4 {
		details = " " + clip(r.details, room)
	}
	pad := max(columns-used-utf8.RuneCountInString(details), 0)
	return fmt.Sprintf(" %s %s %s%s%s %s", s.colours.paint(signCode, sign), id, s.colours.paint(code, text), details,
		strings.Repeat(" ", pad), s.colours.paint(blue, clock))
}

func (s *ttyState) sign(r ttyRow, now time.Time) (sign, signCode, textCode string) {
	switch r.status {
	case orchestrate.Done:
		return "✔", green, green
	case orchestrate.Warned:
		return "!", yellow + ";" + bold, yellow
	case orchestrate.Failed:
		return "✘", red + ";" + bold, red
	}
	return spinner[int(since(now, r.start)/redraw)%len(spinner)], yellow, ""
}

func timer(r ttyRow, now time.Time) string {
	if !r.end.IsZero() {
		now = r.end
	}
	return fmt.Sprintf("%.1fs", since(now, r.start).Seconds())
}

// clip shortens text to a number of characters, ending in "..." where it was longer.
func clip(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:max(width-3, 0)]) + "..."[:min(3, max(width, 0))]
}
