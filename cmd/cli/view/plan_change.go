package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// change is everything that a plan does to one resource, as one row for people: stop, delete, create and start of a
// container are "recreate".
type change struct {
	resource plan.Resource
	kinds    []plan.ActionKind
	verb     string
	reasons  []plan.Reason
	note     string // what the action itself says, such as the services of a pull
	hooks    []string
	wait     bool
}

// gather makes the rows of a plan, in the order of the first step of each.
func gather(steps []plan.Step) []change {
	var out []change
	at := make(map[plan.Resource]int)
	for _, s := range steps {
		r := s.Action.Resource()
		if w, ok := s.Action.(plan.Await); ok {
			out = append(out, change{resource: r, wait: true, verb: "wait for", note: waitNote(w, s.Optional)})
			continue
		}
		i, seen := at[r]
		if !seen {
			i = len(out)
			at[r] = i
			out = append(out, change{resource: r})
		}
		c := &out[i]
		c.kinds = append(c.kinds, s.Action.Kind())
		for _, reason := range s.Reasons {
			if !slices.Contains(c.reasons, reason) {
				c.reasons = append(c.reasons, reason)
			}
		}
		if note := actionNote(s.Action); note != "" {
			c.note = note
		}
		if note := hookNote(s.Action); note != "" {
			c.hooks = append(c.hooks, note)
		}
	}
	for i := range out {
		if !out[i].wait {
			out[i].verb = verbOf(out[i].kinds)
		}
	}
	return out
}

func verbOf(kinds []plan.ActionKind) string {
	has := func(k plan.ActionKind) bool { return slices.Contains(kinds, k) }
	switch {
	case has(plan.KindCreateContainer) && has(plan.KindDeleteContainer):
		return "recreate"
	case has(plan.KindCreateVolume) && has(plan.KindDeleteVolume), has(plan.KindCreateNetwork) && has(plan.KindDeleteNetwork):
		return "recreate"
	case has(plan.KindCreateContainer), has(plan.KindCreateNetwork), has(plan.KindCreateVolume):
		return "create"
	case has(plan.KindDeleteContainer), has(plan.KindDeleteNetwork), has(plan.KindDeleteVolume), has(plan.KindDeleteImage):
		return "remove"
	case has(plan.KindStopContainer) && has(plan.KindStartContainer):
		return "restart"
	case has(plan.KindStopContainer):
		return "stop"
	case has(plan.KindStartContainer):
		return "start"
	case has(plan.KindPrepareVolume):
		return "prepare"
	case has(plan.KindBuildImage):
		return "build"
	case has(plan.KindPullImage):
		return "pull"
	case has(plan.KindPushImage):
		return "push"
	case has(plan.KindKillContainer):
		return "kill"
	}
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, "+")
}

func actionNote(a plan.Action) string {
	switch a := a.(type) {
	case plan.PullImage:
		return "for " + strings.Join(a.Services, ", ")
	case plan.BuildImage:
		return "for " + a.Service
	case plan.PushImage:
		return "of " + a.Service
	case plan.CreateVolume:
		if a.Folder {
			return "a folder of this machine"
		}
	case plan.PrepareVolume:
		if a.NoCopy {
			return "left empty"
		}
		note := "filled with what " + FamiliarImage(a.Image) + " has at " + a.Target
		for _, from := range a.Then {
			note += ", else " + FamiliarImage(from.Image) + " at " + from.Target
		}
		return note
	}
	return ""
}

// hookNote says that hooks run, and how many where there are several.
func hookNote(a plan.Action) string {
	switch a := a.(type) {
	case plan.StartContainer:
		return times(a.Hooks, "post_start")
	case plan.StopContainer:
		return times(a.Hooks, "pre_stop")
	}
	return ""
}

func times(n int, hook string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "runs " + hook
	}
	return fmt.Sprintf("runs %s (%d commands)", hook, n)
}

func waitNote(w plan.Await, optional bool) string {
	words := conditionWords[w.Condition]
	if words == "" {
		words = string(w.Condition)
	}
	who := "the command"
	verb := "waits"
	if len(w.For) > 0 {
		who = strings.Join(w.For, ", ")
		if len(w.For) > 1 {
			verb = "wait"
		}
	}
	text := fmt.Sprintf("%s %s for %s %s", who, verb, w.Service, words)
	if w.Timeout > 0 {
		text += fmt.Sprintf(", at most %s", w.Timeout)
	}
	if optional {
		text += " (goes on when that fails)"
	}
	return text
}

func (c change) colour() string {
	switch c.verb {
	case "create", "start", "pull", "build", "prepare":
		return green
	case "recreate", "restart":
		return yellow
	case "remove", "stop", "kill":
		return red
	}
	return ""
}

// why sums the reasons up in one line: causes, and fields by name.
func (c change) why() string {
	var parts []string
	add := func(text string) {
		if text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	var fields []string
	for _, r := range c.reasons {
		if r.Cause == plan.CauseChanged {
			fields = append(fields, r.Field)
			continue
		}
		add(causeWords(r.Cause))
	}
	if len(fields) > 0 {
		parts = append([]string{"changed: " + strings.Join(fields, ", ")}, parts...)
	}
	add(c.note)
	for _, h := range c.hooks {
		add(h)
	}
	return strings.Join(parts, "; ")
}

// details give old and new of each changed field that may be shown.
func (c change) details() []string {
	var out []string
	for _, r := range c.reasons {
		if r.From == "" && r.To == "" {
			continue
		}
		name := r.Field
		if name == "" {
			name = string(r.Cause)
		}
		out = append(out, fmt.Sprintf("  %s: %s -> %s", name, shown(r.From), shown(r.To)))
	}
	return out
}

// shown hides what stands for a sensitive value.
func shown(value string) string {
	switch {
	case value == "":
		return "(none)"
	case strings.HasPrefix(value, declared.HMACPrefix), value == declared.Redacted:
		return "(hidden)"
	}
	return value
}

// causeWords says a cause in words that need no manual.
func causeWords(c plan.Cause) string {
	switch c {
	case plan.CauseMissing:
		return "does not exist yet"
	case plan.CauseImage:
		return "its image is another one now"
	case plan.CauseForced:
		return "asked for"
	case plan.CauseScale:
		return "more replicas than wanted"
	case plan.CauseOrphan:
		return "its service is not declared any more"
	case plan.CauseStopped:
		return "does not run"
	case plan.CauseInterrupted:
		return "left half done by an earlier command"
	case plan.CauseGoal, plan.CauseNewVolume:
		return "" // the verb says it
	case plan.CauseDependency:
		return "something that it depends on changes"
	case plan.CauseBuild:
		return "to be built"
	case plan.CausePolicy:
		return "pull policy"
	case plan.CauseUnreachable:
		return "its network or volume is gone"
	}
	return string(c)
}
