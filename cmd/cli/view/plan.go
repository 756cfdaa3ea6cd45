package view

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// Plan prints a plan for people: what is done to which resource and why, what that destroys, what is waited for, the
// memory and the findings. Notes are printed too: who asks for a plan wants to know everything.
func Plan(w io.Writer, p plan.Plan, colours Colours) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s\n", Safe(p.Project), p.Goal.Verb, planSummary(p))
	changes := gather(p.Steps)
	for _, section := range sections {
		section.print(&b, changes, colours)
	}
	if len(p.Unchanged) > 0 {
		fmt.Fprintf(&b, "\nUnchanged\n")
		for _, r := range p.Unchanged {
			fmt.Fprintf(&b, "  %s\n", Safe(r.Name))
		}
	}
	if lost := destroyed(p.Steps); len(lost) > 0 {
		fmt.Fprintf(&b, "\n%s\n", colours.paint(red, "Destroyed by this"))
		for _, text := range lost {
			fmt.Fprintf(&b, "  %s\n", Safe(text))
		}
	}
	if len(p.Memory.Rows) > 0 {
		fmt.Fprintf(&b, "\nMemory\n")
		var table strings.Builder
		if err := Memory(&table, p.Memory); err != nil {
			return err
		}
		b.WriteString(indent(table.String()))
	}
	if len(p.Findings) > 0 {
		fmt.Fprintf(&b, "\nFindings\n")
		var lines strings.Builder
		if err := Findings(&lines, p.Findings, true, colours); err != nil {
			return err
		}
		b.WriteString(indent(lines.String()))
	}
	if len(p.Incomplete) > 0 {
		fmt.Fprintf(&b, "\nNot known yet: %s\n", Safe(strings.Join(p.Incomplete, ", ")))
	}
	fmt.Fprintf(&b, "\nHash %s\n", p.Hash)
	_, err := io.WriteString(w, b.String())
	return err
}

// PlanJSON prints a plan as indented JSON, the form that crosses hostwrightd's socket.
func PlanJSON(w io.Writer, p plan.Plan) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(p)
}

// planSummary counts what happens by verb, in the order in which the verbs first appear.
func planSummary(p plan.Plan) string {
	if p.Refused() {
		return "refused, nothing would be changed"
	}
	if p.Empty() {
		return "nothing to do"
	}
	var order []string
	n := make(map[string]int)
	for _, c := range gather(p.Steps) {
		if c.wait {
			continue
		}
		if n[c.verb] == 0 {
			order = append(order, c.verb)
		}
		n[c.verb]++
	}
	if len(order) == 0 {
		return "only waits"
	}
	var parts []string
	for _, verb := range order {
		parts = append(parts, fmt.Sprintf("%d to %s", n[verb], verb))
	}
	return strings.Join(parts, ", ")
}

// section is one part of a printed plan.
type section struct {
	title string
	kind  plan.ResourceKind
	waits bool
}

var sections = []section{
	{title: "Images", kind: plan.ImageResource},
	{title: "Networks", kind: plan.NetworkResource},
	{title: "Volumes", kind: plan.VolumeResource},
	{title: "Containers", kind: plan.ContainerResource},
	{title: "Waits", waits: true},
}

func (s section) print(b *strings.Builder, changes []change, colours Colours) {
	var rows []change
	verbWidth, nameWidth := 0, 0
	for _, c := range changes {
		if c.wait != s.waits || !s.waits && c.resource.Kind != s.kind {
			continue
		}
		rows = append(rows, c)
		verbWidth, nameWidth = max(verbWidth, len(c.verb)), max(nameWidth, len([]rune(Safe(c.resource.Name))))
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", s.title)
	for _, c := range rows {
		if c.wait {
			fmt.Fprintf(b, "  %s\n", Safe(c.note))
			continue
		}
		verb := c.verb + strings.Repeat(" ", verbWidth-len(c.verb))
		name := Safe(c.resource.Name)
		name += strings.Repeat(" ", nameWidth-len([]rune(name)))
		line := fmt.Sprintf("  %s  %s  %s", colours.paint(c.colour(), verb), name, Safe(c.why()))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		for _, detail := range c.details() {
			fmt.Fprintf(b, "  %s  %s\n", strings.Repeat(" ", verbWidth), Safe(detail))
		}
	}
}

// destroyed lists what is lost, each once.
func destroyed(steps []plan.Step) []string {
	var out []string
	seen := make(map[string]bool)
	for _, s := range steps {
		for _, text := range s.Destroys {
			if !seen[text] {
				seen[text] = true
				out = append(out, text)
			}
		}
	}
	return out
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ") + "\n"
}

// conditionWords says what a wait is for.
var conditionWords = map[declared.Condition]string{
	declared.Started:   "to run",
	declared.Healthy:   "to be healthy",
	declared.Completed: "to complete successfully",
}
