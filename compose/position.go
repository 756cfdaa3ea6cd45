package compose

import (
	"slices"
	"strings"

	"github.com/hostwright/compose/translate/finding"
)

// index knows where each attribute stands. Keys are paths such as "services.web.ports[0]"; entries of lists that name
// something are found by name too ("services.web.environment.A", "services.web.depends_on.db"). A later file
// replaces what an earlier one said, and appends to its lists, as the loader does.
type index struct {
	at     map[string]finding.Position
	length map[string]int  // entries of a list so far
	text   map[string]text // scalars of the attributes that name files or ports
	seen   map[string]bool
	visits int
}

// text is a scalar as it stands in a file, and the directory where relative paths in it start.
type text struct{ value, dir string }

func newIndex() *index {
	return &index{
		at: map[string]finding.Position{}, length: map[string]int{}, text: map[string]text{}, seen: map[string]bool{},
	}
}

// Position gives the place of path, or of the nearest part of the path that a file has.
func (x *index) position(path string) finding.Position {
	for path != "" {
		if at, ok := x.at[path]; ok {
			return at
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	return finding.Position{}
}

// has tells whether exactly this path stands in a file.
func (x *index) has(path string) bool { _, ok := x.at[path]; return ok }

// children gives the names directly below a path, sorted.
func (x *index) children(path string) []string {
	var out []string
	for p := range x.at {
		if rest, ok := strings.CutPrefix(p, path+"."); ok && !strings.ContainsAny(rest, ".[") {
			out = append(out, rest)
		}
	}
	slices.Sort(out)
	return out
}

// first gives the first path, in sorted order, that ends so; "" when none does.
func (x *index) first(suffix string) string {
	best := ""
	for p := range x.at {
		if strings.HasSuffix(p, suffix) && (best == "" || p < best) {
			best = p
		}
	}
	return best
}
