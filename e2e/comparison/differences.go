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
	Entry                     *entry
	Line                      int
	Cases                     []string
	step, field, docker, ours *regexp.Regexp
	Met                       map[string]bool // cases in which it occurred
	StepText, FieldText       string
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

// noteUnmet notes the rows that did not occur where they say: with each project that ran, and gives those about any
// project, or about one that does not exist, when all ran.
func noteUnmet(entries []*entry, results []result, all bool) []string {
	var nowhere []string
	for _, e := range entries {
		for _, r := range e.Rows {
			for _, name := range r.Cases {
				at := slices.IndexFunc(results, func(r result) bool { return r.Case.Name == name })
				line := fmt.Sprintf("docs/differences.md:%d: %s after %q does not differ as it says", r.Line, r.FieldText, r.StepText)
				switch {
				case at >= 0 && !r.Met[name]:
					results[at].Unmet = append(results[at].Unmet, line)
				case at < 0 && all && name != "*":
					nowhere = append(nowhere, fmt.Sprintf("docs/differences.md:%d: there is no project %s", r.Line, name))
				case at < 0 && all && len(r.Met) == 0:
					nowhere = append(nowhere, line)
				}
			}
		}
	}
	return nowhere
}
