package plan

import (
	"fmt"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// standing is what a name of a container, network or volume turns out to be.
type standing int

const (
	absent   standing = iota // the runtime has none of this name
	owned                    // all three proofs: the ledger lists it, its labels carry the ledger's id, the name
	foreign                  // somebody else's
	unlisted                 // carries the ledger's id, and the ledger does not list it
	unseen                   // the ledger lists it, and the runtime was not asked
)

// world is the ledger and the snapshot, indexed by name.
type world struct {
	id         string // of the ledger
	entries    map[ledger.Kind]map[string]*ledger.Entry
	containers map[string]*adapter.Container
	images     map[string]*adapter.Image
	networks   map[string]*adapter.Network     // nil: not asked for
	volumes    map[string]*adapter.Volume      // nil: not asked for
	folders    map[string]*Folder              // volumes that are kept as folders
	referred   map[ledger.Kind]map[string]bool // networks and volumes that a container refers to
	helpers    map[string]bool                 // names of the one-offs that prepare volumes of the ledger
	unfinished map[string][]*ledger.Entry      // containers by service, made or removed by an operation that was cut off
}

func newWorld(id string, l *ledger.Ledger, s *adapter.Snapshot, folders []Folder) world {
	w := world{id: id, entries: map[ledger.Kind]map[string]*ledger.Entry{}, containers: map[string]*adapter.Container{},
		images: map[string]*adapter.Image{}, referred: map[ledger.Kind]map[string]bool{ledger.Network: {}, ledger.Volume: {}},
		helpers: map[string]bool{}, unfinished: map[string][]*ledger.Entry{}, folders: map[string]*Folder{}}
	if l != nil {
		for i := range l.Entries {
			e := &l.Entries[i]
			if w.entries[e.Kind] == nil {
				w.entries[e.Kind] = map[string]*ledger.Entry{}
			}
			w.entries[e.Kind][e.Name] = e
		}
	}
	for i := range s.Containers {
		c := &s.Containers[i]
		w.containers[c.ID] = c
		for _, n := range c.Networks {
			w.referred[ledger.Network][n] = true
		}
		for _, m := range c.Mounts {
			if m.Kind == adapter.MountVolume {
				w.referred[ledger.Volume][m.Source] = true
			}
		}
	}
	for volume := range w.entries[ledger.Volume] {
		w.helpers[HelperName(volume)] = true
	}
	for name, e := range w.entries[ledger.Container] {
		if !e.OneOff && e.Number > 0 && e.State != ledger.Created && w.containers[name] == nil {
			w.unfinished[e.Service] = append(w.unfinished[e.Service], e)
		}
	}
	for i := range folders {
		w.folders[folders[i].Volume] = &folders[i]
	}
	for i := range s.Images {
		w.images[s.Images[i].Reference] = &s.Images[i]
	}
	if s.Networks != nil {
		w.networks = map[string]*adapter.Network{}
		for i := range s.Networks {
			w.networks[s.Networks[i].Name] = &s.Networks[i]
		}
	}
	if s.Volumes != nil {
		w.volumes = map[string]*adapter.Volume{}
		for i := range s.Volumes {
			w.volumes[s.Volumes[i].Name] = &s.Volumes[i]
		}
	}
	return w
}

// judge applies the proofs to something of the runtime that has a wanted or listed name.
func (w *world) judge(kind ledger.Kind, name string, labels map[string]string) standing {
	_, listed := w.entries[kind][name]
	switch {
	case labels[declared.OwnLedger] != w.id:
		return foreign
	case listed:
		return owned
	case kind == ledger.Container && w.isHelper(name, labels):
		return owned
	}
	return unlisted
}

// isHelper recognises the one-off that prepares a volume. It has no entry of its own: the entry of its volume, from
// which its name is derived, is the one that counts.
func (w *world) isHelper(name string, labels map[string]string) bool {
	return labels[declared.OwnOneOff] == HelperMark && labels[declared.OwnLedger] == w.id && w.helpers[name]
}

// HelperMark is the value of the label OwnOneOff on a container that prepares a volume.
const HelperMark = "prepare"

func (w *world) container(name string) (standing, *adapter.Container) {
	c, ok := w.containers[name]
	if !ok {
		return absent, nil
	}
	return w.judge(ledger.Container, name, c.Labels), c
}

func (w *world) network(name string) (standing, *adapter.Network) {
	if w.networks == nil {
		if w.entries[ledger.Network][name] != nil {
			return unseen, nil
		}
		return absent, nil
	}
	n, ok := w.networks[name]
	if !ok {
		return absent, nil
	}
	return w.judge(ledger.Network, name, n.Labels), n
}

// volume judges a volume of the runtime.
func (w *world) volume(name string) (standing, *adapter.Volume) {
	if w.volumes == nil {
		if w.entries[ledger.Volume][name] != nil {
			return unseen, nil
		}
		return absent, nil
	}
	v, ok := w.volumes[name]
	if !ok {
		return absent, nil
	}
	return w.judge(ledger.Volume, name, v.Labels), v
}

// folder judges a volume that is kept as a folder. Its proofs are the ledger's entry, the marker, and the place.
func (w *world) folder(name string) standing {
	f, ok := w.folders[name]
	switch {
	case !ok:
		return absent
	case f.Ledger != w.id:
		return foreign
	case !isFolder(w.entries[ledger.Volume][name]):
		return unlisted
	}
	return owned
}

// listedVolume judges what an entry stands for.
func (w *world) listedVolume(e *ledger.Entry) standing {
	if isFolder(e) {
		return w.folder(e.Name)
	}
	s, _ := w.volume(e.Name)
	return s
}

func isFolder(e *ledger.Entry) bool { return e != nil && e.VolumeKind == ledger.Folder }

// refuse says that something that is not ours is in the way of a name that the project wants.
func (p *planner) refuse(kind ledger.Kind, name string, s standing, labels map[string]string, seen, way string) {
	path := fmt.Sprintf("%s %s", kind, name)
	if s == unlisted || labels[declared.OwnLedger] != "" && labels[declared.OwnProject] == p.plan.Project {
		p.find(finding.Error, path, fmt.Sprintf("exists with this project's label, and the ledger does not list it%s", seen),
			"`hostwright compose adopt` shows what can be taken over, `hostwright compose adopt --yes` does it")
		return
	}
	p.find(finding.Error, path, fmt.Sprintf("exists and was not created by this project%s; it is left alone, and nothing is created", seen), way)
}

func (p *planner) refuseContainer(name string, s standing, c *adapter.Container) {
	p.refuse(ledger.Container, name, s, c.Labels, fmt.Sprintf(" (%s, image %s)", c.State, c.Image),
		fmt.Sprintf("remove it with `container delete %s`, or use another project name (-p) or container_name", name))
}

// refuseUnlisted refuses to plan over resources that carry the ledger's id and are not in the ledger: a ledger that
// was lost or restored in part.
func (p *planner) refuseUnlisted() {
	for i := range p.in.Snapshot.Containers {
		c := &p.in.Snapshot.Containers[i]
		if p.world.judge(ledger.Container, c.ID, c.Labels) == unlisted {
			p.refuseContainer(c.ID, unlisted, c)
		}
	}
	for i := range p.in.Snapshot.Networks {
		n := &p.in.Snapshot.Networks[i]
		if p.world.judge(ledger.Network, n.Name, n.Labels) == unlisted {
			p.refuse(ledger.Network, n.Name, unlisted, n.Labels, "", "")
		}
	}
	for i := range p.in.Snapshot.Volumes {
		v := &p.in.Snapshot.Volumes[i]
		if p.world.judge(ledger.Volume, v.Name, v.Labels) == unlisted {
			p.refuse(ledger.Volume, v.Name, unlisted, v.Labels, "", "")
		}
	}
	for _, name := range sortedKeys(p.world.folders) {
		if p.world.folder(name) == unlisted {
			p.refuse(ledger.Volume, name, unlisted, nil, " (folder "+p.world.folders[name].Path+")", "")
		}
	}
}

// forget lists the entries whose resource is certainly gone and that no step of the plan brings back.
func (p *planner) forget() {
	if p.in.Ledger == nil {
		return
	}
	for i := range p.in.Ledger.Entries {
		e := &p.in.Ledger.Entries[i]
		r := Resource{entryKinds[e.Kind], e.Name}
		if p.gone(e) && !p.created[r] {
			p.plan.Forget = append(p.plan.Forget, r)
		}
	}
}

func (p *planner) gone(e *ledger.Entry) bool {
	switch e.Kind {
	case ledger.Container:
		return p.in.Snapshot.Containers != nil && p.world.containers[e.Name] == nil
	case ledger.Network:
		return p.world.networks != nil && p.world.networks[e.Name] == nil
	case ledger.Volume:
		if isFolder(e) {
			return p.world.folder(e.Name) == absent
		}
		return p.world.volumes != nil && p.world.volumes[e.Name] == nil
	case ledger.Image:
		return p.in.Snapshot.Images != nil && p.world.images[e.Name] == nil
	}
	return false
}
