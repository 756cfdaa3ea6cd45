package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// removal says why and after what an existing container goes.
type removal struct {
	entry   *ledger.Entry // nil for a helper, which needs no grace
	needs   []int
	reasons []Reason
	group   string
}

// writeRemoval stops a container that runs and deletes it. It gives the last step.
func (p *planner) writeRemoval(c *adapter.Container, r removal) int {
	after, reasons := r.needs, r.reasons
	if c.State != adapter.StateStopped {
		after = []int{p.writeStop(c, r.entry, r.needs, r.reasons, r.group)}
		reasons = nil
	}
	return p.add(Step{
		Action: DeleteContainer{ID: c.ID}, Needs: after, Reasons: reasons, Group: r.group,
		Destroys: []string{"the root file system of " + c.ID},
	})
}

func (p *planner) writeStop(c *adapter.Container, e *ledger.Entry, after []int, reasons []Reason, group string) int {
	stop := StopContainer{ID: c.ID, Signal: stopSignal(e), Grace: p.grace(e)}
	if stop.Hooks = p.preStop(e); stop.Hooks > 0 {
		stop.Service = e.Service
	}
	return p.add(Step{Action: stop, Needs: after, Reasons: reasons, Group: group})
}

// preStop counts the hooks that run before a container is stopped. They run when the user stops it, and not when it
// makes way for another one, as with Docker Compose (v5.6, pkg/compose/down.go and executor_ops.go).
func (p *planner) preStop(e *ledger.Entry) int {
	switch p.in.Goal.Verb {
	case Stop, Down, Restart, Remove:
	default:
		return 0
	}
	if e == nil || !p.in.HasFiles {
		return 0
	}
	s, ok := p.in.Project.Service(e.Service)
	if !ok {
		return 0
	}
	return len(s.PreStop)
}

// stopSignal is the one that the container was declared with, "" for the image's own.
func stopSignal(e *ledger.Entry) string {
	v, _ := fieldOf(e, "stopSignal")
	return v
}

// grace is the time between stop signal and SIGKILL: the command's, else the one that the container was declared
// with, else Docker Compose's default.
func (p *planner) grace(e *ledger.Entry) time.Duration {
	if p.in.Goal.Timeout != nil {
		return *p.in.Goal.Timeout
	}
	if v, ok := fieldOf(e, "stopGrace"); ok {
		if v == "{}" { // how declared.Flatten writes a pointer to zero
			return 0
		}
		if d, err := time.ParseDuration(v); err == nil {
			return d
		}
	}
	return declared.DefaultStopGrace
}

func fieldOf(e *ledger.Entry, path string) (string, bool) {
	if e == nil {
		return "", false
	}
	return e.Fields.Value(path)
}

// finishStops: what still runs after its stop was cut off is not to be relied on. The stop is carried through, and the
// container started again.
func (p *planner) finishStops() {
	for _, s := range p.services {
		for _, r := range p.replicas[s.Name] {
			if !r.made() && r.existing.Running() && p.in.Ending[r.existing.ID] {
				r.restart, r.reasons = true, []Reason{{Cause: CauseInterrupted}}
			}
		}
	}
}

// decideRestarts: when a container is replaced, those of services that depend on it with restart: true are stopped
// before and started after (Compose specification, depends_on).
func (p *planner) decideRestarts() {
	if !p.in.Goal.Verb.starts() {
		return // nothing is started again
	}
	p.finishStops()
	replaced := map[string]bool{}
	for _, s := range p.services {
		replaced[s.Name] = slices.ContainsFunc(p.replicas[s.Name], func(r *replica) bool { return r.recreate })
	}
	for _, s := range p.services {
		for _, d := range p.dependencies(s) {
			if !d.Restart || !replaced[d.Service] {
				continue
			}
			for _, r := range p.replicas[s.Name] {
				if !r.made() && r.existing.Running() {
					r.restart = true
					r.reasons = []Reason{{Cause: CauseDependency, Field: "services." + d.Service}}
				}
			}
		}
	}
}

// writeOrphans warns of containers whose service is not declared any more and of ended one-offs, or removes them.
func (p *planner) writeOrphans() {
	if len(p.leftOver) == 0 {
		return
	}
	if p.in.Goal.RemoveOrphans {
		for _, r := range p.leftOver {
			r.removed = p.writeRemoval(r.existing, removal{entry: r.entry, reasons: []Reason{{Cause: CauseOrphan}}})
		}
		return
	}
	names := make([]string, len(p.leftOver))
	for i, r := range p.leftOver {
		names[i] = r.name
	}
	p.find(finding.Warning, "", fmt.Sprintf("Found orphan containers (%s) for this project. If you removed or renamed this service in your compose file, "+
		"you can run this command with the --remove-orphans flag to clean it up.", strings.Join(names, ", ")), "")
}

func (p *planner) writeSurplus() {
	for _, r := range p.surplus {
		r.removed = p.writeRemoval(r.existing, removal{entry: r.entry, reasons: r.reasons})
	}
}

// writeContainers writes stops for restarts, removals of what is replaced, networks that are replaced, and creations.
// All that can fail comes before a container is taken away: its image, networks, volumes.
func (p *planner) writeContainers() {
	p.writeRestartStops()
	replacing := false
	for _, use := range p.networks {
		replacing = replacing || use.replace
	}
	for _, s := range p.services {
		for _, r := range p.replicas[s.Name] {
			if r.recreate {
				p.writeReplaced(r)
			}
			if r.made() && r.oneOff == nil && !replacing {
				p.writeCreate(r)
			}
		}
	}
	if !replacing {
		return
	}
	p.writeNetworkReplacements()
	for _, s := range p.services {
		for _, r := range p.replicas[s.Name] {
			if r.made() && r.oneOff == nil {
				p.writeCreate(r)
			}
		}
	}
}

// writeRestartStops stops dependents first, as everywhere.
func (p *planner) writeRestartStops() {
	stops := map[string][]int{}
	for i := len(p.services) - 1; i >= 0; i-- {
		s := p.services[i]
		var after []int
		for _, d := range p.dependents[s.Name] {
			after = append(after, stops[d.Name]...)
		}
		for _, r := range p.replicas[s.Name] {
			if r.restart && r.existing.Running() {
				r.stopped = p.writeStop(r.existing, r.entry, after, r.reasons, r.group())
				stops[s.Name] = append(stops[s.Name], r.stopped)
			}
		}
	}
}

// writeReplaced takes the old container of a replacement away.
func (p *planner) writeReplaced(r *replica) {
	after := p.prerequisites(r)
	for _, s := range p.dependents[r.service.Name] {
		for _, d := range p.replicas[s.Name] {
			after = append(after, d.stopped)
		}
	}
	r.removed = p.writeRemoval(r.existing, removal{entry: r.entry, needs: after, reasons: r.reasons, group: r.group()})
	for _, v := range r.volumes {
		use := p.volumes[v.Volume]
		if !use.renew {
			continue
		}
		gone := p.add(Step{
			Action: DeleteVolume{Name: use.name}, Needs: []int{r.removed, p.cleared[use.name]}, Reasons: []Reason{{Cause: CauseForced}}, Group: r.group(),
			Destroys: []string{p.dataOf(use.name, false)},
		})
		p.writeVolume(use, []int{gone})
	}
}

// prerequisites are the steps that must have worked before a container is made, or its forerunner taken away. A volume
// that is renewed only exists after that.
func (p *planner) prerequisites(r *replica) []int {
	after := []int{p.images[r.service.Name].step}
	for _, a := range r.service.Networks {
		if use := p.networks[a.Network]; use != nil && !use.replace {
			after = append(after, use.ready)
		}
	}
	for _, v := range r.volumes {
		if use := p.volumes[v.Volume]; !use.renew {
			after = append(after, use.ready)
		}
	}
	return after
}

// writeNetworkReplacements deletes and creates what is declared differently now, once no container is on it.
func (p *planner) writeNetworkReplacements() {
	for _, key := range sortedKeys(p.networks) {
		use := p.networks[key]
		if !use.replace {
			continue
		}
		var after []int
		for _, r := range p.allReplicas() {
			if r.existing != nil && slices.Contains(r.existing.Networks, use.spec.Name) {
				after = append(after, r.removed)
			}
		}
		gone := p.add(Step{Action: DeleteNetwork{Name: use.spec.Name}, Needs: after, Reasons: use.changes})
		use.ready = p.createNetwork(use, use.changes, []int{gone})
	}
}

func (p *planner) writeCreate(r *replica) {
	after := append(p.prerequisites(r), r.removed)
	for _, a := range r.service.Networks {
		if use := p.networks[a.Network]; use != nil {
			after = append(after, use.ready)
		}
	}
	for _, v := range r.volumes {
		after = append(after, p.volumes[v.Volume].ready)
	}
	after = append(append(after, p.freesName(r)), r.after...)
	reasons := r.reasons
	if r.recreate {
		reasons = nil // said where the old one goes
	}
	p.created[Resource{ContainerResource, r.name}] = true
	r.ready = p.add(Step{
		Action: CreateContainer{
			ID: r.name, Service: r.service.Name, Number: r.number, Labels: p.containerLabels(r),
			Volumes: r.volumes, Empty: p.emptied(r.service), Ports: r.ports, Entry: p.containerEntry(r),
		},
		Needs: after, Reasons: reasons, Group: r.group(),
	})
}

// emptied gives the variables that the image sets and a null value in the file unsets. The runtime can set a variable,
// not take one away, so they are empty.
func (p *planner) emptied(s *declared.Service) []string {
	use := p.images[s.Name]
	if use == nil || use.present == nil {
		return nil
	}
	platform := cmp.Or(s.Platform, p.in.Capabilities.HostPlatform)
	variant, ok := use.present.Variant(platform)
	if !ok {
		return nil
	}
	var out []string
	for _, e := range s.Environment {
		if e.Unset && slices.ContainsFunc(variant.Env, func(kv string) bool { return strings.HasPrefix(kv, e.Key+"=") }) {
			out = append(out, e.Key)
			p.find(finding.Warning, "services."+s.Name+".environment."+e.Key,
				fmt.Sprintf("the image sets %s, and the runtime cannot take a variable away: it is empty instead", e.Key), "")
		}
	}
	return out
}

// freesName gives the step that removes another container of ours whose name this one takes over.
func (p *planner) freesName(r *replica) int {
	for _, other := range p.goners() {
		if other.current() == r.name {
			return other.removed
		}
	}
	return 0
}

func (p *planner) containerEntry(r *replica) ledger.Entry {
	return ledger.Entry{
		Kind: ledger.Container, Name: r.name, Service: r.service.Name, Number: r.number, OneOff: r.oneOff != nil, State: ledger.Creating,
		Hash: r.hash, Fields: r.fields, Digest: p.images[r.service.Name].digest, Ports: r.chosen,
	}
}
