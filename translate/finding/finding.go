// Package finding is the one type for what Hostwright tells a user about their files or their machine: what a
// compose attribute becomes, what the runtime cannot do, what the plan gives up. A finding never stops anything by
// itself; refusals and --strict do, and they look at the severity. The package holds data only.
package finding

import (
	"fmt"
	"sort"
	"strings"
)

// Severity orders findings by how much the user should care.
type Severity string

// The severities, least first. An Error is a refusal: nothing is created while one stands.
const (
	Note    Severity = "note"
	Warning Severity = "warning"
	Error   Severity = "error"
)

func (s Severity) rank() int {
	switch s {
	case Error:
		return 2
	case Warning:
		return 1
	}
	return 0
}

// Position is a place in a file. The zero value means that the place is not known; Line and Column count from 1.
type Position struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String gives "file:line:column", leaving out what is not known.
func (p Position) String() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Finding says one thing. Path is the compose path it speaks of ("services.web.privileged") or the name of a
// resource ("volume shop_data"); Message what will happen; Hint what to do instead. None of them holds the value of a
// sensitive field.
type Finding struct {
	Severity Severity `json:"severity"`
	Path     string   `json:"path,omitempty"`
	Position Position `json:"position,omitzero"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`
}

// String gives the finding in one line: place, path, message, hint.
func (f Finding) String() string {
	var b strings.Builder
	if at := f.Position.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString(" (" + f.Hint + ")")
	}
	return b.String()
}

// List is a set of findings. Its methods do not change it.
type List []Finding

// Sorted gives the findings with the gravest first, then by path and message, without duplicates.
func (l List) Sorted() List {
	out := append(List(nil), l...)
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.Severity != b.Severity {
			return a.Severity.rank() > b.Severity.rank()
		}
		if a.Path != b.Path {
			return a.Path < b.Path
		}
		return a.Message < b.Message
	})
	kept := out[:0]
	for i, f := range out {
		if i == 0 || f != out[i-1] {
			kept = append(kept, f)
		}
	}
	return kept
}

// AtLeast gives the findings of the given severity or a graver one.
func (l List) AtLeast(s Severity) List {
	var out List
	for _, f := range l {
		if f.Severity.rank() >= s.rank() {
			out = append(out, f)
		}
	}
	return out
}
