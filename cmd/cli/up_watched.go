package cli

import (
	"slices"
	"strings"

	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// watched are the services that an attached "up" looks at.
type watched struct {
	selected []string // those that the command is about: a stop stops them
	followed []string // those whose containers are followed
	silent   []string // those of them of which nothing is shown
}

// watched reads the flags about attaching: the services of --attach; else those that the command is about, with
// --attach-dependencies all of this up, without those that the file says not to attach to. --no-attach takes away.
func (o *upOptions) watched(services []declared.Service, selected []string) (watched, error) {
	all := serviceNames(services)
	w := watched{selected: selected}
	if len(selected) == 0 {
		w.selected = all
	}
	for _, name := range o.attach {
		if !slices.Contains(all, name) {
			return w, &usageError{message: "cannot attach to services not included in up: " + name, hint: servicesHint(all)}
		}
		w.followed = append(w.followed, name)
	}
	for _, s := range services {
		if len(o.attach) == 0 && !s.NoAttach && (o.attachDependencies || slices.Contains(w.selected, s.Name)) {
			w.followed = append(w.followed, s.Name)
		}
	}
	slices.Sort(w.followed)
	w.followed = slices.DeleteFunc(slices.Compact(w.followed), func(name string) bool { return slices.Contains(o.noAttach, name) })
	switch from := o.exitCodeFrom; {
	case from == "" || slices.Contains(w.followed, from):
	case !slices.Contains(all, from):
		return w, &usageError{message: "no such service: " + from, hint: servicesHint(all)}
	default:
		w.followed, w.silent = append(w.followed, from), []string{from}
	}
	return w, nil
}

func servicesHint(all []string) string { return "services of this up: " + strings.Join(all, ", ") }

func serviceNames(services []declared.Service) []string {
	var out []string
	for _, s := range services {
		out = append(out, s.Name)
	}
	slices.Sort(out)
	return out
}

// unwatched says once that restart policies are not applied.
func unwatched(services []declared.Service) finding.List {
	var with []string
	for _, s := range services {
		if p := s.Restart.Policy; p != "" && p != "no" {
			with = append(with, s.Name)
		}
	}
	if len(with) == 0 {
		return nil
	}
	return finding.List{{
		Severity: finding.Warning, Path: "services." + with[0] + ".restart",
		Message: "nobody watches the containers: what ends is not restarted (" + strings.Join(with, ", ") + ")",
		Hint:    "`up` again starts what has ended",
	}}
}
