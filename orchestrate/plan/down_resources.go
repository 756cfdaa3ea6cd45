package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/finding"
)

// users gives the containers that refer to a network or volume: the steps that remove those that go, and the names of
// those that stay.
func (p *planner) users(removed map[string]int, refers func(*adapter.Container) bool) (after []int, stay []string) {
	for i := range p.in.Snapshot.Containers {
		c := &p.in.Snapshot.Containers[i]
		if !refers(c) {
			continue
		}
		if id := removed[c.ID]; id != 0 {
			after = append(after, id)
			continue
		}
		stay = append(stay, c.ID)
	}
	return after, stay
}

func (p *planner) writeNetworkRemovals(removed map[string]int) {
	for _, e := range p.sortedEntries(ledger.Network) {
		s, _ := p.world.network(e.Name)
		if s == unseen {
			p.unknown(unknownNetworks)
		} else if s != owned {
			continue
		}
		after, stay := p.users(removed, func(c *adapter.Container) bool { return slices.Contains(c.Networks, e.Name) })
		if len(stay) > 0 {
			p.stillInUse("network "+e.Name, stay)
			continue
		}
		p.add(Step{Action: DeleteNetwork{Name: e.Name}, Needs: after, Reasons: p.removalCause(e)})
	}
}

func (p *planner) removalCause(e *ledger.Entry) []Reason {
	if e.State == ledger.Removing {
		return []Reason{{Cause: CauseInterrupted}}
	}
	return []Reason{{Cause: CauseGoal}}
}

func (p *planner) stillInUse(path string, by []string) {
	p.find(finding.Warning, path, "Resource is still in use by "+strings.Join(by, ", ")+"; it stays", "")
}

func (p *planner) sortedEntries(kind ledger.Kind) []*ledger.Entry {
	var out []*ledger.Entry
	for _, name := range sortedKeys(p.world.entries[kind]) {
		out = append(out, p.world.entries[kind][name])
	}
	return out
}

// writeVolumeRemovals removes named volumes, and anonymous ones of the services whose containers go. A volume that the
// files call external by now is not touched.
func (p *planner) writeVolumeRemovals(chosen []member, removed map[string]int) {
	external := map[string]bool{}
	for _, v := range p.in.Project.Volumes {
		external[v.Name] = v.External
	}
	services := map[string]bool{}
	for _, m := range chosen {
		services[m.entry.Service] = true
	}
	for _, e := range p.sortedEntries(ledger.Volume) {
		anonymous := e.Key == ""
		if external[e.Name] || anonymous && len(p.in.Goal.Services) > 0 && !services[e.Service] {
			continue
		}
		p.writeVolumeRemoval(e, removed)
	}
}

// writeVolumeRemoval removes an owned volume that nobody who stays refers to.
func (p *planner) writeVolumeRemoval(e *ledger.Entry, removed map[string]int) {
	if s := p.world.listedVolume(e); s == unseen {
		p.unknown(unknownVolumes)
	} else if s != owned {
		return
	}
	after, stay := p.users(removed, func(c *adapter.Container) bool { return p.mounts(c, e) })
	if len(stay) > 0 {
		p.stillInUse("volume "+e.Name, stay)
		return
	}
	p.add(Step{
		Action: DeleteVolume{Name: e.Name, Folder: isFolder(e)}, Needs: after, Reasons: p.removalCause(e),
		Destroys: []string{p.dataOf(e.Name, isFolder(e))},
	})
}

// dataOf says in words what goes with a volume.
func (p *planner) dataOf(volume string, folder bool) string {
	if f := p.world.folders[volume]; folder && f != nil {
		return fmt.Sprintf("the data of volume %s (folder %s)", volume, f.Path)
	}
	return "the data of volume " + volume
}

// mounts tells whether a container refers to a volume of the ledger.
func (p *planner) mounts(c *adapter.Container, e *ledger.Entry) bool {
	if !isFolder(e) {
		return mountsVolume(c, e.Name)
	}
	f := p.world.folders[e.Name]
	return f != nil && mountsFolder(c, f.Path)
}

// mountsFolder tells whether a container mounts a folder of the host, or something in it.
func mountsFolder(c *adapter.Container, path string) bool {
	return slices.ContainsFunc(c.Mounts, func(m adapter.Mount) bool {
		return m.Kind == adapter.MountBind && (m.Source == path || strings.HasPrefix(m.Source, path+"/"))
	})
}

func mountsVolume(c *adapter.Container, name string) bool {
	for i := range c.Mounts {
		if c.Mounts[i].Kind == adapter.MountVolume && c.Mounts[i].Source == name {
			return true
		}
	}
	return false
}

// writeImageRemovals removes images that this project built. Images have no labels to prove it by: the ledger must
// list the reference, and the digest must be the one that was built.
func (p *planner) writeImageRemovals(removed map[string]int) {
	if p.in.Goal.Images == "" {
		return
	}
	if p.in.Snapshot.Images == nil {
		p.unknown(unknownImages)
	}
	var after []int
	for _, id := range removed {
		after = append(after, id)
	}
	built := map[string]bool{}
	for _, e := range p.imagesToDelete() {
		built[e.Name] = true
		i, ok := p.world.images[e.Name]
		switch {
		case !ok && p.in.Snapshot.Images != nil:
			continue // gone: forgotten
		case ok && e.Digest != "" && i.Digest != e.Digest:
			p.find(finding.Note, "image "+e.Name, "is not the one that was built any more and stays", "")
			continue
		}
		p.add(Step{Action: DeleteImage{Reference: e.Name}, Needs: after, Reasons: p.removalCause(e)})
	}
	if p.in.Goal.Images != "all" {
		return
	}
	for _, s := range p.services {
		if ref, err := p.in.Normalise(s.Image); err == nil && p.world.image(ref) != nil && !built[p.world.image(ref).Reference] {
			p.find(finding.Note, "image "+s.Image, "was not built by this project and stays: other projects may use it",
				"`container image delete "+s.Image+"` removes it")
		}
	}
}
