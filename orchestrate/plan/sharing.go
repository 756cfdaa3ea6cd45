package plan

import (
	"fmt"
	"slices"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// planSharing: a volume of the runtime is a disk, and a running container that writes to it holds it alone (Apple
// container, 5.8; several readers are fine). So the containers that have one must all read only, or be kept apart in
// time: one service runs to completion before the other is started (service_completed_successfully). Anything else is
// refused here, since it would fail at the start of the second container. A new volume that would be refused has been
// made a folder (folders.go).
func (p *planner) planSharing() {
	if p.in.Capabilities.VolumeSharing {
		return
	}
	users := map[string][]volumeUser{}
	for _, s := range p.services {
		for _, r := range p.replicas[s.Name] {
			for _, v := range p.volumesOf(r) {
				if v.Folder {
					continue
				}
				users[v.Volume] = append(users[v.Volume], volumeUser{r, v.ReadOnly})
			}
		}
	}
	held := p.heldElsewhere()
	for _, name := range sortedKeys(users) {
		list := users[name]
		writes := slices.ContainsFunc(list, func(u volumeUser) bool { return !u.readOnly })
		if writes && len(list) > 1 {
			p.shareVolume(name, list)
		}
		p.refuseHeld(name, list, writes, held[name])
	}
}

type volumeUser struct {
	*replica
	readOnly bool
}

// volumesOf gives the volumes of a replica: of one that is kept as the file has them, of one that is only started as it
// has them itself.
func (p *planner) volumesOf(r *replica) []VolumeUse {
	if r.made() {
		return r.volumes
	}
	var out []VolumeUse
	if v := p.in.Goal.Verb; v == Start || v == Restart {
		for _, m := range r.existing.Mounts {
			if m.Kind == adapter.MountVolume {
				out = append(out, VolumeUse{Target: m.Target, Volume: m.Source, ReadOnly: m.ReadOnly})
			}
		}
		return out
	}
	for _, m := range r.service.Mounts {
		if m.Kind != declared.MountVolume {
			continue
		}
		if v, ok := p.volumeByKey(m.Source); ok {
			out = append(out, VolumeUse{Target: m.Target, Volume: v.name, ReadOnly: m.ReadOnly, Folder: v.folder})
		}
	}
	return out
}

// volumeHolders gives the running containers that the plan stops or removes, by the volumes that they hold.
func (p *planner) volumeHolders() map[string][]*replica {
	if p.holding != nil {
		return p.holding
	}
	p.holding = map[string][]*replica{}
	for _, r := range p.allReplicas() {
		if r.stopped == 0 && r.removed == 0 {
			continue
		}
		for _, m := range r.existing.Mounts {
			if m.Kind == adapter.MountVolume {
				p.holding[m.Source] = append(p.holding[m.Source], r)
			}
		}
	}
	return p.holding
}

// shareVolume refuses pairs of users that would run at the same time, and settles who waits for whom.
func (p *planner) shareVolume(name string, users []volumeUser) {
	for i, a := range users {
		for _, b := range users[i+1:] {
			if a.readOnly && b.readOnly {
				continue
			}
			switch {
			case p.keptApart(b.service, a.service):
				p.settle(name, a.replica, b.replica)
			case p.keptApart(a.service, b.service):
				p.settle(name, b.replica, a.replica)
			default:
				p.refuseSharing(name, a, b)
				return
			}
		}
	}
}

// keptApart tells whether later is only started after earlier has run to completion: on some way from later to earlier
// along depends_on, the edge into earlier is service_completed_successfully.
func (p *planner) keptApart(later, earlier *declared.Service) bool {
	seen := map[string]bool{}
	var reaches func(*declared.Service) bool
	reaches = func(s *declared.Service) bool {
		if seen[s.Name] {
			return false
		}
		seen[s.Name] = true
		for _, d := range s.DependsOn {
			if d.Service == earlier.Name {
				if d.Condition == declared.Completed {
					return true
				}
				continue
			}
			if next, ok := p.anyService(d.Service); ok && reaches(next) {
				return true
			}
		}
		return false
	}
	return later != earlier && reaches(later)
}

// settle: the one-shot first would run again while second holds the volume. One that is new or replaced has to run, so
// second is stopped for it; one that has run already is left as it is.
func (p *planner) settle(volume string, first, second *replica) {
	if !p.in.Goal.Verb.starts() && p.in.Goal.Verb != Start || !first.starts || !second.running() {
		return
	}
	if !first.made() {
		first.starts, first.held = false, true
		p.find(finding.Warning, "services."+first.service.Name,
			fmt.Sprintf("%s has run and is not run again: %s runs and holds its volume %s", first.name, second.name, volume),
			fmt.Sprintf("stop %s first to run it again", second.service.Name))
		return
	}
	second.restart, second.starts = true, true
	second.reasons = []Reason{{Cause: CauseDependency, Field: "volumes." + volume}}
	p.plan.Unchanged = slices.DeleteFunc(p.plan.Unchanged, func(r Resource) bool { return r.Name == second.name })
}

func (p *planner) refuseSharing(name string, a, b volumeUser) {
	path := "volumes." + name
	if use := p.volumes[name]; use != nil && use.key != "" {
		path = "volumes." + use.key
	}
	who := fmt.Sprintf("services %s and %s", a.service.Name, b.service.Name)
	if a.service == b.service {
		who = fmt.Sprintf("the %d replicas of %s", len(p.replicas[a.service.Name]), a.service.Name)
	}
	message := fmt.Sprintf("volume %s would be used by %s at the same time, and only one running container may write to it", name, who)
	hint := "mount it read-only in all of them, use one replica, or let one run to completion before the other (service_completed_successfully)"
	if use := p.volumes[name]; use != nil && !use.external() {
		message += ": it was created as a disk, and what it is does not change under its data"
		hint += "; to keep it as a folder, move the data: " + p.moveToFolder(name)
	} else {
		hint += "; or bind-mount a directory instead"
	}
	p.find(finding.Error, path, message, hint)
}

// heldElsewhere finds the running containers outside of this plan that hold volumes, by volume.
func (p *planner) heldElsewhere() map[string][]holder {
	mine := map[string]bool{}
	for _, r := range p.allReplicas() {
		mine[r.current()] = true
	}
	out := map[string][]holder{}
	for i := range p.in.Snapshot.Containers {
		c := &p.in.Snapshot.Containers[i]
		if mine[c.ID] || !c.Running() || p.world.isHelper(c.ID, c.Labels) {
			continue
		}
		for _, m := range c.Mounts {
			if m.Kind == adapter.MountVolume {
				out[m.Source] = append(out[m.Source], holder{c.ID, m.ReadOnly})
			}
		}
	}
	return out
}

type holder struct {
	id       string
	readOnly bool
}

// refuseHeld refuses a volume that a running container outside of this plan holds.
func (p *planner) refuseHeld(volume string, users []volumeUser, writes bool, holders []holder) {
	if !slices.ContainsFunc(users, func(u volumeUser) bool { return u.starts }) {
		return
	}
	for _, h := range holders {
		if h.readOnly && !writes {
			continue
		}
		hint := fmt.Sprintf("stop it first: `container stop %s`", h.id)
		if s, _ := p.world.container(h.id); s == owned {
			if e := p.world.entries[ledger.Container][h.id]; p.in.Goal.Verb == Run && e != nil && !e.OneOff {
				p.refuseHeldByService(volume, h, e)
				continue
			}
			hint = "it belongs to this project: stop it, or run `up --remove-orphans` if its service is gone"
		}
		p.find(finding.Error, "volume "+volume, fmt.Sprintf("container %s runs and holds the volume", h.id), hint)
	}
}

// allReplicas are the containers that the plan knows: wanted, surplus, and orphans when they go.
func (p *planner) allReplicas() []*replica {
	var out []*replica
	for _, s := range p.services {
		out = append(out, p.replicas[s.Name]...)
	}
	return append(out, p.goners()...)
}

// goners are the containers that the plan removes without a replacement: surplus, and orphans when they go.
func (p *planner) goners() []*replica {
	if !p.in.Goal.RemoveOrphans {
		return p.surplus
	}
	return slices.Concat(p.surplus, p.leftOver)
}
