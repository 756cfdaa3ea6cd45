package main

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// difference is one field that does not agree after one step. A field that one side lacks is "(none)" there.
type difference struct {
	Step                step
	Field, Docker, Ours string
	Stderr              [2]string // of both commands, for people
	Entry               *entry    // the purpose it is on, or nil
}

const absent = "(none)"

// compare gives the fields that do not agree, sorted. Of a thing that one side lacks, only that is said.
func compare(st step, docker, ours fields) []difference {
	names := map[string]bool{}
	for _, side := range []fields{docker, ours} {
		for name := range side {
			names[name] = true
		}
	}
	delete(names, "stderr")
	var out []difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		d, inDocker := docker[name]
		o, inOurs := ours[name]
		if d == o && inDocker == inOurs || name != owner(name, docker, ours) {
			continue
		}
		if !inDocker {
			d = absent
		}
		if !inOurs {
			o = absent
		}
		out = append(out, difference{Step: st, Field: name, Docker: d, Ours: o, Stderr: [2]string{docker["stderr"], ours["stderr"]}})
	}
	return out
}

// owner gives the thing that a field belongs to when only one side has that thing, else the field.
func owner(name string, docker, ours fields) string {
	for i := range name {
		if name[i] != '.' {
			continue
		}
		_, d := docker[name[:i]]
		_, o := ours[name[:i]]
		if d != o {
			return name[:i]
		}
	}
	return name
}

// entry is one purpose of docs/differences.md.
type entry struct {
	Title string
	Rows  []*row
}

// row is one line of an entry's table: where a difference occurs, and its values. Each pattern may have "*" for any text.
type row struct {
	Entry                           *entry
	Line                            int
	Cases                           []string
	step, field, docker, ours       *regexp.Regexp
	Met                             map[string]bool // cases in which it occurred
	StepText, FieldText, Documented string
}

// readDifferences reads docs/differences.md: a heading, a reason, a table of five columns for each entry.
func readDifferences(path string) ([]*entry, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var entries []*entry
	for n, line := range strings.Split(string(data), "\n") {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			entries = append(entries, &entry{Title: title})
			continue
		}
		if !strings.HasPrefix(line, "| ") || len(entries) == 0 || strings.HasPrefix(line, "| case |") || strings.HasPrefix(line, "| --- |") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "| "), " |"), " | ")
		if len(cells) != 5 {
			return nil, fmt.Errorf("%s:%d: a row has five cells: case, step, field, Docker Compose, Hostwright", path, n+1)
		}
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.Trim(strings.TrimSpace(cells[i]), "`"), `\|`, "|")
		}
		e := entries[len(entries)-1]
		e.Rows = append(e.Rows, &row{
			Entry: e, Line: n + 1, Cases: strings.Split(cells[0], ", "), Met: map[string]bool{},
			step: pattern(cells[1]), field: pattern(cells[2]), docker: pattern(cells[3]), ours: pattern(cells[4]),
			StepText: cells[1], FieldText: cells[2],
		})
	}
	return entries, nil
}

// pattern turns a text with "*" for anything into an expression. A line break in a value is written \n.
func pattern(text string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(strings.ReplaceAll(text, `\n`, "\n"))
	return regexp.MustCompile(`(?s)^` + strings.ReplaceAll(quoted, `\*`, ".*") + `$`)
}

// explain gives each difference the entry that says it is on purpose, and notes that the row occurred.
func explain(c *testCase, all []difference, entries []*entry) {
	for i := range all {
		d := &all[i]
		for _, e := range entries {
			for _, r := range e.Rows {
				if r.matches(c, d) {
					d.Entry, r.Met[c.Name] = e, true
				}
			}
		}
	}
}

func (r *row) matches(c *testCase, d *difference) bool {
	return (slices.Contains(r.Cases, c.Name) || slices.Contains(r.Cases, "*")) &&
		r.step.MatchString(d.Step.Text) && r.field.MatchString(d.Field) &&
		r.docker.MatchString(strings.TrimSpace(d.Docker)) && r.ours.MatchString(strings.TrimSpace(d.Ours))
}

// notMet gives the rows that did not occur where they say: in each of their cases that ran, or in any, when all ran.
func notMet(entries []*entry, ran []*testCase, all bool) []string {
	var out []string
	for _, e := range entries {
		for _, r := range e.Rows {
			for _, name := range r.Cases {
				isRun := slices.ContainsFunc(ran, func(c *testCase) bool { return c.Name == name })
				switch {
				case name == "*" && all && len(r.Met) == 0:
				case name != "*" && isRun && !r.Met[name]:
				case name != "*" && !isRun && all:
					out = append(out, fmt.Sprintf("differences.md:%d: %q: there is no case %s", r.Line, e.Title, name))
					continue
				default:
					continue
				}
				out = append(out, fmt.Sprintf("differences.md:%d: %q: %s after %q does not differ in %s as it says", r.Line, e.Title, r.FieldText, r.StepText, name))
			}
		}
	}
	return out
}
