package plan

import (
	"fmt"
	"slices"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
)

// planAnonymous decides which volumes the mounts without a source and the VOLUMEs of images get. A container that is
// replaced hands its own on, unless -V renews them; a container that is new gets new ones, as with Docker Compose.
func (p *planner) planAnonymous() {
	for _, s := range p.services {
		for _, r := range p.replicas[s.Name] {
			if r.made() {
				p.planAnonymousOf(r)
			}
		}
	}
}

func (p *planner) planAnonymousOf(r *replica) {
	for _, m := range r.service.Mounts {
		switch m.Kind {
		case declared.MountVolume:
			if v, ok := p.volumeByKey(m.Source); ok {
				r.volumes = append(r.volumes, VolumeUse{Target: m.Target, Volume: v.name, ReadOnly: m.ReadOnly, Folder: v.folder})
			}
		case declared.MountAnonymous:
			p.anonymous(r, m.Target, m.ReadOnly, m.NoCopy, m.Labels)
		}
	}
	if facts := p.factsOf(r.service); facts != nil {
		for _, target := range facts.Volumes {
			if !slices.ContainsFunc(r.service.Mounts, func(m declared.Mount) bool { return m.Target == target }) {
				p.anonymous(r, target, false, false, nil)
			}
		}
	}
	slices.SortFunc(r.volumes, func(a, b VolumeUse) int { return compareText(a.Target, b.Target) })
}

func (p *planner) volumeByKey(key string) (*volumeUse, bool) {
	v, ok := p.named[key]
	return v, ok
}

func (p *planner) anonymous(r *replica, target string, readOnly, noCopy bool, labels []declared.KeyVal) {
	name, carried := p.anonymousName(r, target)
	use := &volumeUse{name: name, owner: r, target: target, labels: labels, entry: p.world.entries[ledger.Volume][name],
		mounted: []volumeMount{{service: r.service, target: target, readOnly: readOnly, noCopy: noCopy}}}
	if carried {
		s, seen := p.world.volume(name)
		switch s {
		case owned:
			use.exists = true
		case unseen:
			if use.exists = p.refersTo(ledger.Volume, name, false); !use.exists {
				p.unknown(unknownVolumes)
			}
		case foreign, unlisted:
			use.exists = true
			p.refuse(ledger.Volume, name, s, seen.Labels, "", fmt.Sprintf("`container volume delete %s` removes it with its data", name))
		}
		use.renew = use.exists && r.recreate && p.in.Goal.RenewAnonymous
	} else if s, seen := p.world.volume(name); s != absent {
		use.exists = true
		p.refuse(ledger.Volume, name, s, seen.Labels, "", fmt.Sprintf("`container volume delete %s` removes it with its data", name))
	} else if p.world.volumes == nil {
		p.unknown(unknownVolumes)
	}
	p.volumes[name] = use
	r.volumes = append(r.volumes, VolumeUse{Target: target, Volume: name, ReadOnly: readOnly})
}

// anonymousName gives the name of a container's volume at target, and whether an existing container or an interrupted
// replacement hands one on. Volumes that earlier containers of the same name left behind (down without -v) keep their
// names; the new one gets the next.
func (p *planner) anonymousName(r *replica, target string) (name string, carried bool) {
	name = declared.AnonymousVolumeName(r.name, target)
	latest := ""
	for n := 2; p.world.entries[ledger.Volume][name] != nil; n++ {
		latest = name
		name = declared.AnonymousVolumeName(r.name, fmt.Sprintf("%s#%d", target, n))
	}
	if r.existing != nil {
		for _, m := range r.existing.Mounts {
			if m.Target == target && p.isAnonymousOf(m.Source, r, target) {
				return m.Source, true
			}
		}
	}
	if r.entry != nil && latest != "" {
		return latest, true
	}
	return name, false
}

func (p *planner) isAnonymousOf(volume string, r *replica, target string) bool {
	e := p.world.entries[ledger.Volume][volume]
	return e != nil && e.Key == "" && e.Service == r.service.Name && e.Target == target
}
