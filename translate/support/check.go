package support

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hostwright/compose/translate/finding"
)

// Check gives the findings that rows have about a model, the merged and canonical form of the compose files
// (compose.Project.Attributes). keep tells which entries of a section take part ("services", "web"); at gives the
// place of a path. An attribute that no row handles is a warning of its own: nothing is lost in silence.
func Check(model map[string]any, keep func(section, name string) bool, at func(path string) finding.Position) finding.List {
	c := checker{at: at}
	for _, section := range slices.Sorted(maps.Keys(model)) {
		entries, ok := model[section].(map[string]any)
		if !ok {
			continue
		}
		below := rows.step(section)
		for _, name := range slices.Sorted(maps.Keys(entries)) {
			if keep(section, name) {
				c.entry(entries, name, section, below)
			}
		}
	}
	return c.findings
}

// node is one component of the paths of all rows.
type node struct {
	row  *Row
	next map[string]*node
	// inherited is the nearest row above that covers what is below it.
	inherited *Row
}

// rows is the tree of allRows.
var rows = newTree(allRows)

func newTree(all []Row) *node {
	root := &node{next: map[string]*node{}}
	for i := range all {
		n := root
		for _, part := range strings.Split(all[i].Path, ".") {
			if n.next[part] == nil {
				n.next[part] = &node{next: map[string]*node{}}
			}
			n = n.next[part]
		}
		n.row = &all[i]
	}
	root.inherit(nil)
	return root
}

func (n *node) inherit(from *Row) {
	n.inherited = from
	if n.row != nil && n.row.Below {
		from = n.row
	}
	for _, next := range n.next {
		next.inherit(from)
	}
}

// step goes one component down. Where the tree ends, the row that covers everything below goes on.
func (n *node) step(part string) *node {
	if next := n.next[part]; next != nil {
		return next
	}
	if next := n.next["*"]; next != nil && part != "[]" {
		return next
	}
	covering := n.inherited
	if n.row != nil && n.row.Below {
		covering = n.row
	}
	return &node{inherited: covering}
}

// verdict gives the row that counts at a node, nil when none does.
func (n *node) verdict() *Row {
	if n.row != nil {
		return n.row
	}
	return n.inherited
}

type checker struct {
	at       func(string) finding.Position
	findings finding.List
}

// entry looks at what a mapping has under key.
func (c *checker) entry(mapping map[string]any, key, path string, n *node) {
	if strings.HasPrefix(key, "x-") {
		return
	}
	path += "." + key
	value := mapping[key]
	n = n.step(key)
	row := n.verdict()
	if row == nil {
		c.say(finding.Warning, path, "no rule handles this attribute; it has no effect", "")
		return
	}
	if row == n.row && c.report(row, path, value) && row.Below {
		return
	}
	c.below(value, path, n)
}

func (c *checker) below(value any, path string, n *node) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			c.entry(v, key, path, n)
		}
	case []any:
		items := n.step("[]")
		for i, item := range v {
			c.below(item, fmt.Sprintf("%s[%d]", path, i), items)
		}
	}
}

// report says what a row has to say about a value, and whether it said something.
func (c *checker) report(row *Row, path string, value any) bool {
	verdict, what, instead, mild := row.Verdict, row.What, row.Instead, row.Mild
	told, special := row.Told, false
	for _, k := range row.Cases {
		if k.Holds != nil && k.Holds(value) {
			verdict, what, instead, mild, told, special = k.Verdict, k.What, k.Instead, k.Mild, false, true
			break
		}
	}
	severity := verdict.severity()
	if severity == "" || told || !special && asksNothing(value) {
		return false
	}
	if mild {
		severity = finding.Note
	}
	c.say(severity, path, what, instead)
	return true
}

func (c *checker) say(severity finding.Severity, path, what, instead string) {
	c.findings = append(c.findings, finding.Finding{Severity: severity, Path: path, Position: c.at(path), Message: what, Hint: instead})
}

// asksNothing tells whether a value is the same as leaving the attribute out: false, 0, "", null, an empty list.
func asksNothing(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case int:
		return v == 0
	case int64:
		return v == 0
	case float64:
		return v == 0
	case float32:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// For gives the row that counts for an attribute path as compose-go writes it, false when none does.
func For(path string) (Row, bool) {
	n := rows
	for _, part := range strings.Split(path, ".") {
		n = n.step(part)
	}
	if row := n.verdict(); row != nil {
		return *row, true
	}
	return Row{}, false
}
