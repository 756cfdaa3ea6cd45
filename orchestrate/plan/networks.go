package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// networkUse is one declared network that some service uses.
type networkUse struct {
	spec    *declared.Network
	fields  declared.Fields
	exists  bool
	missing bool     // lookAtNetworks saw that the runtime lacks it: containers that refer to it are lost
	changes []Reason // it is ours and was created from another declaration
	replace bool
	ready   int // the step that creates it
	users   []*declared.Service
}

// lookAtNetworks finds what exists of the networks that services use. One that nobody uses is not created, as with
// Docker Compose.
func (p *planner) lookAtNetworks() {
	byKey := map[string]*declared.Network{}
	for i := range p.in.Project.Networks {
		byKey[p.in.Project.Networks[i].Key] = &p.in.Project.Networks[i]
	}
	for _, s := range p.services {
		if s.NetworkMode == "none" {
			continue
		}
		for _, a := range s.Networks {
			spec, ok := byKey[a.Network]
			if !ok {
				p.find(finding.Error, "services."+s.Name+".networks", fmt.Sprintf("network %q is not declared", a.Network), "add it to the networks of the file")
				continue
			}
			use := p.networks[a.Network]
			if use == nil {
				use = &networkUse{spec: spec, fields: networkFields(spec, p.key)}
				p.networks[a.Network] = use
				p.lookAtNetwork(use)
			}
			use.users = append(use.users, s)
		}
	}
}

func (p *planner) lookAtNetwork(use *networkUse) {
	name := use.spec.Name
	s, seen := p.world.network(name)
	switch {
	case p.world.networks == nil && p.refersTo(ledger.Network, name, use.spec.External):
		use.exists = true
	case p.world.networks == nil:
		p.unknown(unknownNetworks)
		use.exists = use.spec.External
	case use.spec.External:
		use.exists = true
		if s == absent {
			p.find(finding.Error, "networks."+use.spec.Key, fmt.Sprintf("network %s declared as external, but could not be found", name),
				fmt.Sprintf("create it with `container network create %s`, or leave out external", name))
		}
	case s == owned:
		use.exists = true
	case s == absent:
		use.missing = true
	default:
		use.exists = true
		p.refuse(ledger.Network, name, s, seen.Labels, "",
			fmt.Sprintf("use it with `external: true`, remove it with `container network delete %s`, or use another project name (-p)", name))
	}
	if e := p.world.entries[ledger.Network][name]; use.exists && !use.spec.External && e != nil && len(e.Fields) > 0 {
		use.changes = changes(e.Fields, use.fields, nil)
	}
}

// refersTo tells whether a container that exists uses a network or volume, which therefore exists: the runtime refuses
// to remove one that a container refers to. For what is not external the ledger must list it too.
func (p *planner) refersTo(kind ledger.Kind, name string, external bool) bool {
	if !external && p.world.entries[kind][name] == nil {
		return false
	}
	return p.world.referred[kind][name]
}

// networkFields is the declared form of a network, without what does not change it.
func networkFields(n *declared.Network, key []byte) declared.Fields {
	return without(declared.Flatten(n, key), "key", "external")
}

func without(f declared.Fields, paths ...string) declared.Fields {
	return slices.DeleteFunc(f, func(x declared.Field) bool { return slices.Contains(paths, x.Path) })
}

// decideNetworkReplacements: attachments cannot change after creation, so a network that was declared differently is
// replaced together with every container on it. Where one of them is not ours to recreate here, the network stays as
// it is and the user is told.
func (p *planner) decideNetworkReplacements() {
	for _, key := range sortedKeys(p.networks) {
		use := p.networks[key]
		if len(use.changes) == 0 {
			continue
		}
		if others := p.othersOn(use); len(others) > 0 || p.in.Goal.NoRecreate {
			p.find(finding.Warning, "networks."+key, fmt.Sprintf("network %s was created from another declaration (%s) and stays as it is", use.spec.Name, fieldsOf(use.changes)),
				stayHint(others))
			continue
		}
		use.replace = true
		for _, s := range use.users {
			for _, r := range p.replicas[s.Name] {
				if r.existing == nil {
					continue
				}
				r.recreate = true
				r.reasons = append(r.reasons, Reason{Cause: CauseDependency, Field: "networks." + key})
			}
		}
	}
}

func stayHint(others []string) string {
	if len(others) == 0 {
		return "leave out --no-recreate to replace it"
	}
	return fmt.Sprintf("it is also used by %s: remove that first, or run down and up", strings.Join(others, ", "))
}

// othersOn names the containers on a network that this plan does not recreate.
func (p *planner) othersOn(use *networkUse) []string {
	mine := map[string]bool{}
	for _, s := range use.users {
		for _, r := range p.replicas[s.Name] {
			mine[r.current()] = true
		}
	}
	for _, r := range p.allReplicas() {
		if r.recreate {
			mine[r.current()] = true
		}
	}
	for _, r := range p.goners() {
		mine[r.current()] = true
	}
	var out []string
	for i := range p.in.Snapshot.Containers {
		c := &p.in.Snapshot.Containers[i]
		if slices.Contains(c.Networks, use.spec.Name) && !mine[c.ID] {
			out = append(out, c.ID)
		}
	}
	slices.Sort(out)
	return out
}

// writeNetworks writes the creation of networks that do not exist. Those that are replaced come with their containers.
func (p *planner) writeNetworks() {
	for _, key := range sortedKeys(p.networks) {
		use := p.networks[key]
		if use.exists || use.spec.External {
			continue
		}
		use.ready = p.createNetwork(use, p.missingCause(ledger.Network, use.spec.Name), nil)
	}
}

func (p *planner) createNetwork(use *networkUse, reasons []Reason, after []int) int {
	n := use.spec
	p.created[Resource{NetworkResource, n.Name}] = true
	return p.add(Step{
		Action: CreateNetwork{
			Key: n.Key, Name: n.Name, Labels: p.networkLabels(n, use.fields), Spec: *n,
			Entry: ledger.Entry{Kind: ledger.Network, Name: n.Name, Key: n.Key, State: ledger.Creating, Hash: use.fields.Hash(), Fields: use.fields},
		},
		Needs: after, Reasons: reasons,
	})
}

// missingCause tells something that never was from something that an interrupted operation was making.
func (p *planner) missingCause(kind ledger.Kind, name string) []Reason {
	if e := p.world.entries[kind][name]; e != nil && e.State == ledger.Creating {
		return []Reason{{Cause: CauseInterrupted}}
	}
	return []Reason{{Cause: CauseMissing}}
}
