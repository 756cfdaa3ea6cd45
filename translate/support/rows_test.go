package support

import (
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/compose-spec/compose-go/v2/tree"
	"gotest.tools/v3/assert"
)

func TestEveryAttributeHasARow(t *testing.T) {
	for _, p := range schema.AttributePaths() {
		_, ok := For(string(p))
		assert.Check(t, ok, "compose-go knows %s, no row does", p)
	}
	assert.Check(t, len(schema.AttributePaths()) > 700)
	_, ok := For("services.*.invented")
	assert.Check(t, !ok)
}

func TestEveryRowMatchesAnAttribute(t *testing.T) {
	known := schema.AttributePaths()
	seen := map[string]bool{}
	for _, r := range Rows() {
		assert.Check(t, !seen[r.Path], "two rows for %s", r.Path)
		seen[r.Path] = true
		found := slices.ContainsFunc(known, func(p tree.Path) bool { return string(p) == r.Path })
		assert.Check(t, found, "row %s matches no attribute of compose-go", r.Path)
	}
}

func TestRowsAreSortedAndSaySomething(t *testing.T) {
	for _, family := range [][]Row{topRows, processRows, lifeRows, resourceRows, networkRows, mountRows, buildRows, deployRows, objectRows} {
		assert.Check(t, slices.IsSortedFunc(family, func(a, b Row) int { return strings.Compare(a.Path, b.Path) }))
	}
	for _, r := range Rows() {
		assert.Check(t, r.Verdict.severity() == "" || r.What != "", "%s says nothing", r.Path)
		assert.Check(t, r.Verdict != Refused || r.Instead != "", "%s refuses without a way out", r.Path)
		for _, c := range r.Cases {
			assert.Check(t, c.When != "", "%s has a case without a name", r.Path)
			assert.Check(t, c.Verdict.severity() == "" || c.What != "", "%s: %s says nothing", r.Path, c.When)
			assert.Check(t, c.Holds == nil || c.Verdict != Refused || c.Instead != "", "%s: %s refuses without a way out", r.Path, c.When)
		}
	}
}

// TestWhatIsNotSupportedIsSaid sets each attribute that has another verdict, alone, and wants one finding about it.
func TestWhatIsNotSupportedIsSaid(t *testing.T) {
	said := 0
	for _, p := range schema.AttributePaths() {
		row, _ := For(string(p))
		if row.Verdict.severity() == "" || row.Told {
			continue
		}
		model := modelWith(strings.Split(string(p), "."), "value").(map[string]any)
		got := Check(model, everything, nowhere)
		assert.Check(t, len(got) == 1, "%s: %v", p, got)
		for _, f := range got {
			assert.Check(t, f.Message == row.What && f.Hint == row.Instead, "%s: %v", p, f)
		}
		said++
	}
	assert.Check(t, said > 300, "%d", said)
}

// modelWith builds the smallest model that sets a path.
func modelWith(path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	below := modelWith(path[1:], value)
	switch path[0] {
	case "[]":
		return []any{below}
	case "*":
		return map[string]any{"one": below}
	}
	return map[string]any{path[0]: below}
}
