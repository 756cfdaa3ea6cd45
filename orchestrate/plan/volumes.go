package plan

import (
	"fmt"
	"slices"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// volumeUse is one volume that containers of the plan mount, named or anonymous.
type volumeUse struct {
	name   string
	key    string           // of a named one
	spec   *declared.Volume // nil for an anonymous one
	owner  *replica         // of an anonymous one
	target string           // of an anonymous one
	labels []declared.KeyVal

	fields  declared.Fields
	folder  bool // kept as a folder, as its entry says, or decided here for a new one
	exists  bool
	missing bool // the runtime lacks it: containers that refer to it are lost
	entry   *ledger.Entry
	renew   bool // an anonymous one whose data the user gave up (-V)
	mounted []volumeMount
	ready   int // the step after which containers may use it
}

// volumeMount is one service's use of a volume.
type volumeMount struct {
	service  *declared.Service
	target   string
	readOnly bool
	noCopy   bool
}

func (v *volumeUse) external() bool { return v.spec != nil && v.spec.External }

// unprepared tells whether the volume may still lack what preparation does. External ones are never touched.
func (v *volumeUse) unprepared() bool {
	if v.external() {
		return false
	}
	return !v.exists || v.renew || v.entry != nil && v.entry.State != ledger.Prepared
}

// lookAtVolumes finds what exists of the named volumes that services mount.
func (p *planner) lookAtVolumes() {
	byKey := map[string]*declared.Volume{}
	for i := range p.in.Project.Volumes {
		byKey[p.in.Project.Volumes[i].Key] = &p.in.Project.Volumes[i]
	}
	for _, s := range p.services {
		for _, m := range s.Mounts {
			if m.Kind != declared.MountVolume {
				continue
			}
			spec, ok := byKey[m.Source]
			if !ok {
				p.find(finding.Error, "services."+s.Name+".volumes", fmt.Sprintf("volume %q is not declared", m.Source), "add it to the volumes of the file")
				continue
			}
			use := p.volumes[spec.Name]
			if use == nil {
				use = &volumeUse{name: spec.Name, key: spec.Key, spec: spec, labels: spec.Labels,
					fields: without(declared.Flatten(spec, p.key), "key", "external")}
				p.volumes[spec.Name] = use
			}
			if p.named[spec.Key] == nil {
				p.named[spec.Key] = use
			}
			use.mounted = append(use.mounted, volumeMount{service: s, target: m.Target, readOnly: m.ReadOnly, noCopy: m.NoCopy})
		}
	}
	for _, name := range sortedKeys(p.volumes) {
		p.lookAtVolume(p.volumes[name])
	}
}

func (p *planner) lookAtVolume(use *volumeUse) {
	path := "volumes." + use.key
	use.entry = p.world.entries[ledger.Volume][use.name]
	if use.folder = p.keptAsFolder(use); use.folder {
		p.lookAtFolder(use)
		return
	}
	s, seen := p.world.volume(use.name)
	switch {
	case p.world.volumes == nil && p.refersTo(ledger.Volume, use.name, use.external()):
		use.exists = true
	case p.world.volumes == nil:
		p.unknown(unknownVolumes)
		use.exists = use.external()
	case use.external():
		use.exists = true
		if s == absent {
			p.find(finding.Error, path, fmt.Sprintf("external volume %q not found", use.name),
				fmt.Sprintf("create it with `container volume create %s`, or leave out external", use.name))
		}
	case s == owned:
		use.exists = true
	case s == absent:
		use.missing = true
	default:
		use.exists = true
		p.refuse(ledger.Volume, use.name, s, seen.Labels, "",
			fmt.Sprintf("use it with `external: true`, or use another project name (-p); `container volume delete %s` removes it with its data", use.name))
	}
	p.warnOfOtherForm(use)
}

func (p *planner) warnOfOtherForm(use *volumeUse) {
	if e := use.entry; use.exists && !use.external() && e != nil && len(e.Fields) > 0 {
		if c := changes(e.Fields, use.fields, nil); len(c) > 0 {
			p.find(finding.Warning, "volumes."+use.key, fmt.Sprintf("volume %q exists but doesn't match configuration in compose file (%s); it stays as it is, with its data", use.name, fieldsOf(c)),
				"to create it anew, remove it with `down -v`: its data is lost then")
		}
	}
}

// writeVolumes writes the creation and preparation of volumes, but for anonymous ones that are renewed: those wait for
// the end of their container.
func (p *planner) writeVolumes() {
	for _, name := range sortedKeys(p.volumes) {
		if use := p.volumes[name]; !use.renew {
			p.writeVolume(use, nil)
		}
	}
}

// writeVolume writes what a volume still needs before containers use it.
func (p *planner) writeVolume(use *volumeUse, after []int) {
	if use.external() || use.exists && !use.unprepared() {
		return
	}
	group := ""
	if use.owner != nil && use.renew {
		group = use.owner.group()
	}
	reasons := p.missingCause(ledger.Volume, use.name)
	if use.renew {
		reasons = []Reason{{Cause: CauseForced}}
	}
	if !use.exists || use.renew {
		a := CreateVolume{Name: use.name, Folder: use.folder, Labels: p.volumeLabels(use), Entry: p.volumeEntry(use)}
		if use.spec != nil {
			a.Size = use.spec.Size
		}
		p.created[Resource{VolumeResource, use.name}] = true
		use.ready = p.add(Step{Action: a, Needs: after, Reasons: reasons, Group: group})
		reasons = nil
	}
	p.writePreparation(use, group)
}

func (p *planner) volumeEntry(use *volumeUse) ledger.Entry {
	e := ledger.Entry{Kind: ledger.Volume, Name: use.name, Key: use.key, State: ledger.Creating, VolumeKind: ledger.Disk,
		Hash: use.fields.Hash(), Fields: use.fields}
	if use.folder {
		e.VolumeKind = ledger.Folder
	}
	if use.owner != nil {
		e.Service, e.Number, e.Target = use.owner.service.Name, use.owner.number, use.target
		e.Hash = ""
	}
	return e
}

// writePreparation: once per volume, before any container of a service may use it.
func (p *planner) writePreparation(use *volumeUse, group string) {
	if !p.in.Capabilities.RunsProcesses {
		return
	}
	mounts := p.preparers(use)
	if len(mounts) == 0 {
		return
	}
	reason := Reason{Cause: CauseNewVolume}
	if use.exists && !use.renew {
		reason = Reason{Cause: CauseInterrupted}
	}
	by := mounts[0]
	after := []int{use.ready, p.images[by.service.Name].step, p.cleared[use.name]}
	a := PrepareVolume{Name: use.name, Image: by.service.Image, Platform: by.service.Platform, Target: by.target,
		NoCopy: by.noCopy, Folder: use.folder, Service: by.service.Name, Helper: HelperName(use.name)}
	for _, m := range mounts[1:] {
		after = append(after, p.images[m.service.Name].step)
		a.Then = append(a.Then, VolumeSource{Image: m.service.Image, Platform: m.service.Platform, Target: m.target, Service: m.service.Name})
	}
	p.refuseTakenHelper(use.name)
	use.ready = p.add(Step{Action: a, Needs: after, Reasons: []Reason{reason}, Group: group})
}

// preparers gives the mounts from whose images a volume is filled, until one of them had something: as with Docker, which
// fills an empty volume whenever a container with it is created. Those that write come first, in dependency order; no
// image and path twice. Where all ask for no copy it is one.
func (p *planner) preparers(use *volumeUse) []volumeMount {
	var out, empty []volumeMount
	for _, readers := range []bool{false, true} {
		for _, m := range use.mounted {
			switch {
			case m.readOnly != readers || len(p.replicas[m.service.Name]) == 0:
			case m.noCopy:
				empty = append(empty, m)
			case !slices.ContainsFunc(out, m.sameSource):
				out = append(out, m)
			}
		}
	}
	if len(out) == 0 && len(empty) > 0 {
		return empty[:1]
	}
	return out
}

func (m volumeMount) sameSource(o volumeMount) bool {
	return m.service.Image == o.service.Image && m.service.Platform == o.service.Platform && m.target == o.target
}

// clearHelpers removes what interrupted preparations left: the one-offs hold their volumes and their names.
func (p *planner) clearHelpers() {
	for _, volume := range sortedKeys(p.world.entries[ledger.Volume]) {
		name := HelperName(volume)
		if s, c := p.world.container(name); s == owned && p.world.isHelper(name, c.Labels) {
			p.cleared[volume] = p.writeRemoval(c, removal{reasons: []Reason{{Cause: CauseInterrupted}}})
		}
	}
}

// refuseTakenHelper refuses a preparation whose one-off's name somebody else has.
func (p *planner) refuseTakenHelper(volume string) {
	name := HelperName(volume)
	if s, c := p.world.container(name); s != absent && p.cleared[volume] == 0 {
		p.refuseContainer(name, s, c)
	}
}
