package support

import "github.com/hostwright/compose/translate/finding"

// Verdict says what an attribute does here.
type Verdict string

// The verdicts. Supported does what Docker Compose does with the runtime's own means; Emulated does it by Hostwright's;
// Changed does something else, which is a warning; Ignored has no effect and needs none, which is a note; Refused
// stops before anything is created.
const (
	Supported Verdict = "supported"
	Emulated  Verdict = "emulated"
	Changed   Verdict = "changed"
	Ignored   Verdict = "ignored"
	Refused   Verdict = "refused"
)

// severity gives the severity of a finding about the verdict, "" for none.
func (v Verdict) severity() finding.Severity {
	switch v {
	case Changed:
		return finding.Warning
	case Ignored:
		return finding.Note
	case Refused:
		return finding.Error
	}
	return ""
}

// Row is the verdict on one attribute.
type Row struct {
	// Path is the attribute's path as compose-go writes it: "services.*.ports.[].mode".
	Path string
	// Below extends the row to all attributes below it that have no row of their own.
	Below   bool
	Verdict Verdict
	// What happens, as a sentence without capital and full stop; "" where the verdict says it all.
	What string
	// Instead says what to do instead, "" where there is nothing better.
	Instead string
	// Told rows are reported by the translation, which knows more than the value.
	Told bool
	// Mild makes a change a note, where hardly anybody will notice it.
	Mild bool
	// Cases are values with another verdict; the first that holds counts.
	Cases []Case
}

// Case is the verdict on some values of an attribute.
type Case struct {
	// When names the values: "host", "a fraction".
	When string
	// Holds tells whether a value, as the loader gives it, is meant; nil where the translation finds out and tells.
	Holds   func(value any) bool
	Verdict Verdict
	What    string
	Instead string
	Mild    bool
}

// Rows gives all rows, sorted by path within their family. It must not be changed.
func Rows() []Row { return allRows }

var allRows = concat(topRows, processRows, lifeRows, resourceRows, networkRows, mountRows, buildRows, deployRows, objectRows)

func concat(families ...[]Row) []Row {
	var out []Row
	for _, f := range families {
		out = append(out, f...)
	}
	return out
}
