package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
)

// judgeReplica decides whether an existing container must be created anew, and says why.
func (p *planner) judgeReplica(r *replica) {
	r.name = declared.ContainerName(p.plan.Project, r.service, r.number)
	r.reasons = p.recreateReasons(r)
	r.recreate = len(r.reasons) > 0
	if !r.recreate {
		r.name = r.existing.ID
	}
}

func (p *planner) recreateReasons(r *replica) []Reason {
	if r.entry.State == ledger.Removing {
		return []Reason{{Cause: CauseInterrupted}} // its files may be gone already
	}
	if p.in.Goal.NoRecreate {
		return nil
	}
	var out []Reason
	if p.forcedService(r.service.Name) {
		out = append(out, Reason{Cause: CauseForced})
	}
	if use := p.images[r.service.Name]; use.digest != "" && r.digest() != "" && use.digest != r.digest() {
		out = append(out, Reason{Cause: CauseImage, Field: "image", From: r.digest(), To: use.digest})
	}
	for _, a := range r.service.Networks {
		if use := p.networks[a.Network]; use != nil && use.missing && slices.Contains(r.existing.Networks, use.spec.Name) {
			out = append(out, Reason{Cause: CauseUnreachable, Field: "networks." + a.Network})
		}
	}
	for _, m := range r.service.Mounts {
		if v, ok := p.volumeByKey(m.Source); ok && m.Kind == declared.MountVolume && v.missing && p.mountsUse(r.existing, v) {
			out = append(out, Reason{Cause: CauseUnreachable, Field: "volumes." + m.Source})
		}
	}
	return append(out, p.fieldReasons(r)...)
}

// fieldReasons compares the declared form at creation with the one now. The label's hash is what the container itself
// says; where the entry does not belong to it, only the hash can be compared.
func (p *planner) fieldReasons(r *replica) []Reason {
	label := r.existing.Labels[declared.OwnHash]
	switch {
	case r.entry.Hash == "" && r.entry.State == ledger.Created: // adopted from another directory
		return []Reason{{Cause: CauseChanged, Field: "declaration", From: "not known"}}
	case label == r.hash:
		return nil
	case len(r.entry.Fields) > 0 && (label == "" || label == r.entry.Hash):
		return changes(r.entry.Fields, r.fields, shownEnv(r))
	case label == "":
		return nil
	}
	return []Reason{{Cause: CauseChanged, Field: "hash", From: short(label), To: short(r.hash)}}
}

func short(hash string) string { return hash[:min(12, len(hash))] }

// digest is the image's digest at creation, as the runtime tells it, else as the ledger does.
func (r *replica) digest() string { return cmp.Or(r.existing.Digest, r.entry.Digest) }

// forcedService tells whether a flag asks to recreate the service whatever it is: -V and --force-recreate for the
// services that the command names (all when it names none), --always-recreate-deps for the rest.
func (p *planner) forcedService(name string) bool {
	g := &p.in.Goal
	if len(g.Services) == 0 || slices.Contains(g.Services, name) {
		return g.ForceRecreate || g.RenewAnonymous
	}
	return g.RecreateDeps
}

// changes gives a reason for each field that differs. value, when not nil, gives old and new for the fields of which
// only a digest is kept.
func changes(from, to declared.Fields, value func(path string) (from, to string)) []Reason {
	var out []Reason
	for _, c := range declared.Diff(from, to) {
		r := Reason{Cause: CauseChanged, Field: c.Path, From: shown(c.Path, c.From), To: shown(c.Path, c.To)}
		if value != nil && (strings.HasPrefix(c.From, declared.HMACPrefix) || strings.HasPrefix(c.To, declared.HMACPrefix)) {
			f, t := value(c.Path)
			if c.From != "" {
				r.From = cmp.Or(shown(c.Path, f), r.From)
			}
			if c.To != "" {
				r.To = cmp.Or(shown(c.Path, t), r.To)
			}
		}
		out = append(out, r)
	}
	return out
}

// shown gives a value as it may be printed: not when only its digest is known, nor when it looks like a credential.
func shown(path, value string) string {
	if strings.HasPrefix(value, declared.HMACPrefix) || value != "" && looksSecret(path, value) {
		return declared.Redacted
	}
	return value
}

func looksSecret(path, value string) bool {
	for _, prefix := range []string{"environment.", "labels."} {
		if key, ok := strings.CutPrefix(path, prefix); ok && declared.LooksSensitive(key) {
			return true
		}
	}
	return declared.HoldsCredential(value)
}

// shownEnv gives the old value of a variable from the runtime's listing and the new one from the file.
func shownEnv(r *replica) func(string) (string, string) {
	return func(path string) (from, to string) {
		key, ok := strings.CutPrefix(path, "environment.")
		if !ok {
			return "", ""
		}
		for _, kv := range r.existing.Env {
			if k, v, _ := strings.Cut(kv, "="); k == key {
				from = v
			}
		}
		for _, e := range r.service.Environment {
			if e.Key == key && !e.Unset {
				to = e.Value.Reveal()
			}
		}
		return from, to
	}
}

// fieldsOf names what changed, for a message.
func fieldsOf(reasons []Reason) string {
	var out []string
	for _, r := range reasons {
		out = append(out, strings.TrimPrefix(r.String(), string(r.Cause)+" "))
	}
	return strings.Join(out, ", ")
}
