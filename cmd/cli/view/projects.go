package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hostwright/compose/orchestrate"
)

// Projects prints projects: "table" or "json" (one array), in the order given.
func Projects(w io.Writer, projects []orchestrate.Project, format string) error {
	type object struct {
		Name        string
		Status      string
		ConfigFiles string
	}
	var objects []object
	var rows [][]string
	for _, p := range projects {
		o := object{p.Name, ProjectStatus(p), strings.Join(p.Files, ",")}
		objects = append(objects, o)
		rows = append(rows, []string{Safe(o.Name), Safe(o.Status), Safe(o.ConfigFiles)})
	}
	switch format {
	case "", "table":
		return wideTable(w, []string{"NAME", "STATUS", "CONFIG FILES"}, rows)
	case "json":
		return array(w, objects)
	}
	return fmt.Errorf("format value %q could not be parsed: parsing failed", format)
}

// ProjectStatus counts the containers by state: "exited(1), running(2)".
func ProjectStatus(p orchestrate.Project) string {
	var parts []string
	for state, n := range p.States {
		parts = append(parts, fmt.Sprintf("%s(%d)", state, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
