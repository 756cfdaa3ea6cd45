package support

import "github.com/hostwright/compose/translate/finding"

// Check is a stub until rows exist.
func Check(model map[string]any, keep func(section, name string) bool, at func(string) finding.Position) finding.List {
	return nil
}
