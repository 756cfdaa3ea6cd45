package plan

import (
	"fmt"
	"strings"

	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// build plans Build: every service of the project that has a build section is built, each image once.
func (p *planner) build() {
	if p.in.Goal.ImagesDone {
		return
	}
	p.checkServices(p.declaredServices())
	built := map[string]bool{}
	for _, s := range p.services {
		use := p.lookAtImage(s)
		if s.Build == nil || built[use.reference] {
			continue
		}
		built[use.reference] = true
		use.step = p.add(Step{Action: BuildImage{Reference: s.Image, Service: s.Name}, Reasons: []Reason{{Cause: CauseGoal}}})
		if p.in.Goal.Push {
			p.writePushes(s, use.step)
		}
	}
	if len(built) == 0 {
		p.find(finding.Warning, "", "No services to build", "")
	}
}

// pullOnly plans Pull: the image of every service is pulled, each once, but for those whose own policy or a flag says
// otherwise (docker/compose v5, pkg/compose/pull.go: a service without a policy is always refreshed, and so is a tag
// "latest" under the policy missing).
func (p *planner) pullOnly() {
	if p.in.Goal.ImagesDone {
		return
	}
	p.checkServices(p.declaredServices())
	pulls := map[string]int{}
	for _, s := range p.services {
		use := p.lookAtImage(s)
		if skip := p.skipPull(s, use); skip != nil {
			p.plan.Skipped = append(p.plan.Skipped, *skip)
			continue
		}
		use.step = p.pull(s, use, Reason{Cause: CauseGoal}, pulls)
	}
}

// skipPull gives why a service's image is not pulled, nil when it is.
func (p *planner) skipPull(s *declared.Service, use *imageUse) *Skip {
	skip := &Skip{Service: s.Name, Resource: Resource{ImageResource, s.Image}}
	if p.unnamed(s) {
		skip.Resource, skip.Reason = Resource{Name: s.Name}, "No image to be pulled"
		return skip
	}
	policy := s.PullPolicy
	if p.in.Goal.Pull != "" {
		policy = p.in.Goal.Pull
	}
	switch policy {
	case "never":
		return skip
	case "build":
		if s.Build != nil {
			return skip
		}
	case "missing", "if_not_present":
		if use.present != nil && !strings.HasSuffix(use.reference, ":latest") {
			skip.Reason = "Image is already present locally"
			return skip
		}
	}
	if s.Build != nil && p.in.Goal.IgnoreBuildable {
		skip.Reason = "Image can be built"
		return skip
	}
	return nil
}

// unnamed tells of a service that is built and whose image has no name of its own: no registry can have it.
func (p *planner) unnamed(s *declared.Service) bool {
	return s.Build != nil && declared.IsImageName(p.plan.Project, s.Name, s.Image)
}

// push plans Push: the images that services build, under all their names.
func (p *planner) push() {
	if p.in.Goal.ImagesDone {
		return
	}
	p.checkServices(p.declaredServices())
	for _, s := range p.services {
		use := p.lookAtImage(s)
		switch {
		case s.Build == nil || p.unnamed(s):
			p.plan.Skipped = append(p.plan.Skipped, Skip{Service: s.Name, Resource: Resource{Name: s.Name}})
		case use.present == nil && p.in.Snapshot.Images != nil:
			p.refuseImage(s, fmt.Sprintf("image %s is not on this machine", s.Image), "build it first: `hostwright compose build "+s.Name+"`")
		default:
			p.writePushes(s, 0)
		}
	}
}

// writePushes writes the pushes of a service's image, each of its names once.
func (p *planner) writePushes(s *declared.Service, after int) {
	if p.unnamed(s) {
		p.refuseImage(s, fmt.Sprintf("\"service.image\" attribute is mandatory to push an image for service %q", s.Name),
			"give the service an image: with the registry's name in it")
		return
	}
	pushed := map[string]bool{}
	for _, reference := range append([]string{s.Image}, s.Build.Tags...) {
		if pushed[reference] {
			continue
		}
		pushed[reference] = true
		p.add(Step{
			Action: PushImage{Reference: reference, Platform: s.Platform, Service: s.Name}, Needs: needs(after),
			Reasons: []Reason{{Cause: CauseGoal}},
		})
	}
}
