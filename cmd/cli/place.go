package cli

import (
	"path/filepath"
	"strings"

	"github.com/hostwright/compose/translate/finding"
)

// near gives a position as the user would write it: relative to the current directory when the file is in it or below.
func (a *App) near(p finding.Position) finding.Position {
	if !filepath.IsAbs(p.File) {
		return p
	}
	relative, err := filepath.Rel(a.Dir, p.File)
	if err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator)) {
		p.File = relative
	}
	return p
}

// nearby gives findings with positions as near gives them.
func (a *App) nearby(list finding.List) finding.List {
	out := append(finding.List(nil), list...)
	for i := range out {
		out[i].Position = a.near(out[i].Position)
	}
	return out
}
