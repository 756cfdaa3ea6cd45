package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// keptAsFolder tells whether a named volume is a folder. What it is was decided when it was created, and is in the
// ledger; a new one becomes a folder when containers would write to it while others have it.
func (p *planner) keptAsFolder(use *volumeUse) bool {
	if use.external() {
		return false
	}
	if e := use.entry; e != nil && p.mayHoldData(e) {
		return isFolder(e)
	}
	return !p.in.Capabilities.VolumeSharing && p.writtenTogether(use)
}

// mayHoldData tells whether what an entry stands for may exist.
func (p *planner) mayHoldData(e *ledger.Entry) bool {
	if !isFolder(e) && p.world.volumes == nil && !p.refersTo(ledger.Volume, e.Name, false) {
		p.unknown(unknownVolumes)
	}
	return !p.gone(e)
}

// writtenTogether tells whether two containers of the project would have the volume at the same time, one of them to
// write: services of the command and, since they come one day, those that the command leaves out.
func (p *planner) writtenTogether(use *volumeUse) bool {
	mounted := slices.Clone(use.mounted)
	for i := range p.in.Project.LeftOut {
		s := &p.in.Project.LeftOut[i]
		for _, m := range s.Mounts {
			if m.Kind == declared.MountVolume && m.Source == use.key {
				mounted = append(mounted, volumeMount{service: s, target: m.Target, readOnly: m.ReadOnly})
			}
		}
	}
	for i, a := range mounted {
		if !a.readOnly && a.service.Scale > 1 {
			return true
		}
		for _, b := range mounted[i+1:] {
			together := a.service != b.service && a.service.Scale > 0 && b.service.Scale > 0
			if together && !(a.readOnly && b.readOnly) && !p.keptApart(a.service, b.service) && !p.keptApart(b.service, a.service) {
				return true
			}
		}
	}
	return false
}

// anyService finds a service of the files, also one that the command leaves out.
func (p *planner) anyService(name string) (*declared.Service, bool) {
	if s, ok := p.in.Project.Service(name); ok {
		return s, true
	}
	for i := range p.in.Project.LeftOut {
		if p.in.Project.LeftOut[i].Name == name {
			return &p.in.Project.LeftOut[i], true
		}
	}
	return nil, false
}

// lookAtFolder finds what exists of a volume that is, or will be, a folder.
func (p *planner) lookAtFolder(use *volumeUse) {
	switch s := p.world.folder(use.name); s {
	case owned:
		use.exists = true
	case absent:
		use.missing = true
		p.warnOfFolder(use)
	default:
		use.exists = true
		f := p.world.folders[use.name]
		if s == foreign {
			p.find(finding.Error, "volumes."+use.key, fmt.Sprintf("volume %s: the folder %s is not this project's: it has no marker of its ledger", use.name, f.Path),
				"move it away, or use another project name (-p)")
		} // refuseUnlisted has named the others
	}
	p.warnOfOtherForm(use)
}

// warnOfFolder says what a folder is not. It is said once, when there still is a choice.
func (p *planner) warnOfFolder(use *volumeUse) {
	where := ""
	if p.in.FolderPath != nil {
		where = " (" + p.in.FolderPath(use.name) + ")"
	}
	p.find(finding.Warning, "volumes."+use.key,
		fmt.Sprintf("volume %s is used by %s at the same time, so it is kept as a folder of this machine%s, not as a disk, which one running container holds alone: "+
			"on a Mac, changing owners in it may be refused, Unix sockets in it do not reach other containers, and names that differ only in case are one file",
			use.name, usersOf(use), where),
		"for a disk, mount it read-only in all of them, use one replica, or let one run to completion before the other (service_completed_successfully)")
}

// usersOf names the services that mount a volume.
func usersOf(use *volumeUse) string {
	var names []string
	for _, m := range use.mounted {
		name := m.service.Name
		if m.service.Scale == 0 {
			continue
		}
		if m.service.Scale > 1 {
			name = fmt.Sprintf("the %d replicas of %s", m.service.Scale, name)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 1 && strings.HasPrefix(names[0], "the "):
		return names[0]
	case len(names) < 2:
		names = append(names, "services that this command leaves out")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// moveToFolder gives the commands that turn a disk into a folder. The copies keep owners and modes.
func (p *planner) moveToFolder(volume string) string {
	folder := "<the folder that create names>"
	if p.in.FolderPath != nil {
		folder = p.in.FolderPath(volume)
	}
	commands := []string{
		"hostwright compose down",
		fmt.Sprintf(`mkdir "$PWD/%s.saved"`, volume),
		fmt.Sprintf(`container run --rm -v %s:/from -v "$PWD/%s.saved:/to" alpine cp -a /from/. /to/`, volume, volume),
		"container volume delete " + volume,
		"hostwright compose create",
		fmt.Sprintf(`container run --rm -v "$PWD/%s.saved:/from" -v "%s:/to" alpine cp -a /from/. /to/`, volume, folder),
	}
	return "`" + strings.Join(commands, "`, `") + "`"
}

// mountsUse tells whether a container mounts a volume of the plan.
func (p *planner) mountsUse(c *adapter.Container, use *volumeUse) bool {
	if use.folder && p.in.FolderPath != nil {
		return mountsFolder(c, p.in.FolderPath(use.name))
	}
	return mountsVolume(c, use.name)
}
