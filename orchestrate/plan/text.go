package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// Text gives the plan with one line a step, for tests and for reading: what it waits for, number, action, resource,
// causes, and the group in brackets:
//
//	[1,2] -> #3 create-container shop-web-1: missing
//	[3] -> #4 delete-container shop-web-1: changed environment.A "1" -> "2" [recreate shop-web-1]
//
// Containers that need nothing, images that are left alone, what is forgotten, what is not known and findings follow.
func Text(p Plan) string {
	var b strings.Builder
	for i := range p.Steps {
		b.WriteString(line(&p.Steps[i]) + "\n")
	}
	for _, r := range p.Unchanged {
		fmt.Fprintf(&b, "= %s %s\n", strings.ToLower(string(r.Kind)), r.Name)
	}
	for _, s := range p.Skipped {
		fmt.Fprintf(&b, "~ skip %s of %s: %s\n", s.Resource.Name, s.Service, s.Reason)
	}
	for _, r := range p.Forget {
		fmt.Fprintf(&b, "- forget %s %s\n", strings.ToLower(string(r.Kind)), r.Name)
	}
	if len(p.Incomplete) > 0 {
		fmt.Fprintf(&b, "? %s\n", strings.Join(p.Incomplete, ", "))
	}
	for _, f := range p.Findings {
		fmt.Fprintf(&b, "! %s: %s\n", f.Severity, f)
	}
	return b.String()
}

func line(s *Step) string {
	needs := make([]string, len(s.Needs))
	for i, n := range s.Needs {
		needs[i] = strconv.Itoa(n)
	}
	out := fmt.Sprintf("[%s] -> #%d %s %s", strings.Join(needs, ","), s.ID, s.Action.Kind(), s.Action.Resource().Name)
	if a, ok := s.Action.(Await); ok {
		out = fmt.Sprintf("[%s] -> #%d %s %s %s", strings.Join(needs, ","), s.ID, a.Kind(), strings.Join(a.IDs, "+"), a.Condition)
		if len(a.For) > 0 {
			out += " for " + strings.Join(a.For, "+")
		}
	}
	if a, ok := s.Action.(CreateVolume); ok && a.Folder {
		out += " as a folder"
	}
	if n := hooks(s.Action); n > 0 {
		out += fmt.Sprintf(" (hooks: %d)", n)
	}
	if len(s.Reasons) > 0 {
		causes := make([]string, len(s.Reasons))
		for i, r := range s.Reasons {
			causes[i] = r.String()
		}
		out += ": " + strings.Join(causes, "; ")
	}
	if s.Optional {
		out += " (optional)"
	}
	if s.Group != "" {
		out += " [" + s.Group + "]"
	}
	return out
}

// hooks counts the commands that run in a container with a step.
func hooks(a Action) int {
	switch a := a.(type) {
	case StartContainer:
		return a.Hooks
	case StopContainer:
		return a.Hooks
	}
	return 0
}

// String gives the cause, and the field with its old and new value where there is one.
func (r Reason) String() string {
	name := string(r.Cause)
	if r.Field != "" && r.Field != name {
		name += " " + r.Field
	}
	switch {
	case r.From == "" && r.To == "":
		return name
	case r.From == "":
		return fmt.Sprintf("%s is new: %q", name, r.To)
	case r.To == "":
		return fmt.Sprintf("%s is gone: %q", name, r.From)
	}
	return fmt.Sprintf("%s %q -> %q", name, r.From, r.To)
}
