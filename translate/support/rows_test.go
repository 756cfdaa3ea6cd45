package support

import (
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/compose-spec/compose-go/v2/tree"
	"gotest.tools/v3/assert"
)

// lookup gives the row that counts for an attribute.
func lookup(path string) *Row {
	n := rows
	for _, part := range strings.Split(path, ".") {
		n = n.step(part)
	}
	return n.verdict()
}

func TestEveryAttributeHasARow(t *testing.T) {
	for _, p := range schema.AttributePaths() {
		assert.Check(t, lookup(string(p)) != nil, "compose-go knows %s, no row does", p)
	}
	assert.Check(t, len(schema.AttributePaths()) > 700)
	assert.Check(t, lookup("services.*.invented") == nil)
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
