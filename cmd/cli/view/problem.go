package view

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/hostwright/compose/translate/finding"
)

// Problem is an error as a user reads it: what, where, what to do, and the findings behind it.
type Problem struct {
	What     string
	Where    finding.Position
	Hint     string
	Findings finding.List
}

// Render prints the findings, then where and what, then the hint on a line of its own.
func (p Problem) Render(w io.Writer, colours Colours) error {
	if err := Findings(w, p.Findings, false, colours); err != nil {
		return err
	}
	what := SafeLines(p.What)
	if at := p.Where.String(); at != "" {
		what = Safe(at) + ": " + what
	}
	if _, err := fmt.Fprintln(w, what); err != nil {
		return err
	}
	if p.Hint == "" {
		return nil
	}
	_, err := fmt.Fprintln(w, colours.paint(bold, "hint:")+" "+SafeLines(p.Hint))
	return err
}

// RenderJSON prints the problem as Docker Compose's "--progress json" does, with the hint and the findings beside the
// message.
func (p Problem) RenderJSON(w io.Writer) error {
	what := p.What
	if at := p.Where.String(); at != "" {
		what = at + ": " + what
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Error    bool         `json:"error"`
		Message  string       `json:"message"`
		Hint     string       `json:"hint,omitempty"`
		Findings finding.List `json:"findings,omitempty"`
	}{true, what, p.Hint, p.Findings.AtLeast(finding.Warning).Sorted()})
}
