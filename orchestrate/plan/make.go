package plan

import (
	"errors"
	"fmt"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// Make gives the plan for a goal. It is pure: equal inputs give equal plans, and nothing is asked or changed. What
// forbids a plan is a finding of severity Error in it; an error means that the inputs themselves make no sense.
func Make(in Inputs) (Plan, error) {
	p, err := newPlanner(in)
	if err != nil {
		return Plan{}, err
	}
	switch in.Goal.Verb {
	case Up, Create, Run:
		p.up()
	case Down:
		p.down()
	case Stop:
		p.stop()
	case Start:
		p.startOnly()
	case Restart:
		p.restart()
	case Kill:
		p.kill()
	case Remove:
		p.remove()
	case Build:
		p.build()
	case Pull:
		p.pullOnly()
	case Push:
		p.push()
	default:
		err = fmt.Errorf("plan: unknown goal %q", in.Goal.Verb)
	}
	if err != nil {
		return Plan{}, err
	}
	p.plan.Findings = p.plan.Findings.Sorted()
	p.plan.Incomplete = inOrder(p.incomplete)
	if p.plan.Hash, err = hash(&p.plan); err != nil {
		return Plan{}, err
	}
	return p.plan, nil
}

// planner is one making of a plan: the inputs, indexed, and what was decided so far.
type planner struct {
	in       Inputs
	key      []byte // HMAC key of sensitive fields
	world    world
	services []*declared.Service // dependencies first
	plan     Plan

	images   map[string]*imageUse   // by service
	networks map[string]*networkUse // by key
	volumes  map[string]*volumeUse  // by name in the runtime
	named    map[string]*volumeUse  // by key: the named ones
	replicas map[string][]*replica  // by service: what is wanted, by number
	surplus  []*replica
	leftOver []*replica // containers that no declared service wants: orphans

	cleared    map[string]int        // by volume: the step that removes a helper that was left over
	created    map[Resource]bool     // what the plan creates
	going      map[portKey][]claim   // made once by goingPorts
	holding    map[string][]*replica // made once by volumeHolders
	dependents map[string][]*declared.Service
	incomplete map[string]bool
}

func newPlanner(in Inputs) (*planner, error) {
	if in.Normalise == nil {
		return nil, errors.New("plan: no way to normalise image references")
	}
	id, key := in.NewID, in.NewKey
	if in.Ledger != nil {
		id, key = in.Ledger.ID, in.Ledger.Key
	}
	if id == "" {
		return nil, errors.New("plan: the ledger has no id")
	}
	p := &planner{
		in: in, key: key, world: newWorld(id, in.Ledger, &in.Snapshot, in.Folders),
		images: map[string]*imageUse{}, networks: map[string]*networkUse{}, volumes: map[string]*volumeUse{}, named: map[string]*volumeUse{},
		replicas: map[string][]*replica{}, dependents: map[string][]*declared.Service{}, cleared: map[string]int{}, created: map[Resource]bool{}, incomplete: map[string]bool{},
		plan: Plan{Project: in.Project.Name, Goal: in.Goal, Steps: []Step{}, Memory: in.Memory},
	}
	p.plan.Findings = append(p.plan.Findings, in.Findings...)
	if in.Project.Name == "" && in.Ledger != nil {
		p.plan.Project = in.Ledger.Project
	}
	p.orderServices()
	return p, nil
}

// up plans Up, Create and Run: decide about everything first, then write the steps down in an order that needs no going
// back.
func (p *planner) up() {
	p.refuseUnlisted()
	p.checkServices(p.declaredServices())
	p.planImages()
	p.lookAtNetworks()
	p.lookAtVolumes()
	p.decideReplicas()
	p.decideNetworkReplacements()
	p.planPorts()
	p.decideRestarts()
	p.planAnonymous()
	p.refuseTakenNames()
	p.decideStarts()
	p.planSharing()

	p.clearHelpers()
	p.writeNetworks()
	p.writeVolumes()
	p.writeOrphans()
	p.writeSurplus()
	p.writeContainers()
	if p.in.Goal.Verb.starts() {
		p.writeStarts()
	}
	p.warnOfMixedVersions()
	p.forget()
}

// add writes a step down and gives its ID. Needs of 0 are none.
func (p *planner) add(s Step) int {
	s.ID = len(p.plan.Steps) + 1
	s.Needs = needs(s.Needs...)
	p.plan.Steps = append(p.plan.Steps, s)
	return s.ID
}

func (p *planner) find(s finding.Severity, path, message, hint string) {
	p.plan.Findings = append(p.plan.Findings, finding.Finding{Severity: s, Path: path, Message: message, Hint: hint})
}

// unknown notes that the plan needs something that was not asked for.
func (p *planner) unknown(what string) { p.incomplete[what] = true }

// What Incomplete may name.
const (
	unknownNetworks = "networks"
	unknownVolumes  = "volumes"
	unknownPorts    = "ports"
	unknownRuntime  = "runtime"
	unknownImages   = "images"
)

func inOrder(set map[string]bool) []string {
	var out []string
	for _, s := range []string{unknownNetworks, unknownVolumes, unknownPorts, unknownRuntime, unknownImages} {
		if set[s] {
			out = append(out, s)
		}
	}
	return out
}

// entryKinds pairs the ledger's kinds with the plan's.
var entryKinds = map[ledger.Kind]ResourceKind{
	ledger.Container: ContainerResource, ledger.Network: NetworkResource, ledger.Volume: VolumeResource, ledger.Image: ImageResource,
}
