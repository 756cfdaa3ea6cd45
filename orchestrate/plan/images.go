package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// imageUse is the image of one service, as far as it is known before pulls and builds.
type imageUse struct {
	reference string         // normalised
	present   *adapter.Image // nil: not local, or not for the platform
	digest    string         // "" while it is not known
	facts     *adapter.ImageConfig
	step      int // of its pull or build, 0 when it needs none
}

// planImages decides what to pull and to build (Compose specification, pull_policy; without a policy: build what has a
// build section and is absent, pull what else is absent), and writes the steps down.
func (p *planner) planImages() {
	builders := map[string]*imageUse{} // by reference: the use of the service that builds it
	for _, s := range p.services {
		use := p.lookAtImage(s)
		if s.Build != nil && builders[use.reference] == nil {
			builders[use.reference] = use
		}
	}
	pulls := map[string]int{} // by reference and platform
	// Pulls first, as Docker Compose has it; what shares a built image comes last, to find the step that builds it.
	for _, turn := range []func(*declared.Service) bool{
		func(s *declared.Service) bool { return s.Build == nil && builders[p.images[s.Name].reference] == nil },
		func(s *declared.Service) bool { return s.Build != nil },
		func(s *declared.Service) bool { return s.Build == nil && builders[p.images[s.Name].reference] != nil },
	} {
		for _, s := range p.services {
			if turn(s) && (s.Scale > 0 || p.in.Goal.Build) {
				p.makeImage(s, p.images[s.Name], builders[p.images[s.Name].reference], pulls)
			}
		}
	}
}

// lookAtImage finds what is known of a service's image.
func (p *planner) lookAtImage(s *declared.Service) *imageUse {
	ref, err := p.in.Normalise(s.Image)
	if err != nil {
		p.find(finding.Error, "services."+s.Name+".image", fmt.Sprintf("image %q is no image reference: %v", s.Image, err), "write it as name[:tag] or registry/name[:tag]")
		ref = s.Image
	}
	use := &imageUse{reference: ref, present: p.localImage(ref, s.Platform)}
	p.images[s.Name] = use
	if use.present != nil {
		use.digest = use.present.Digest
		if f, ok := p.in.Facts[use.digest]; ok {
			use.facts = &f
		}
	}
	return use
}

// makeImage writes the pull or build of a service's image. An image that another service of the project builds is not
// looked for in a registry.
func (p *planner) makeImage(s *declared.Service, use, builder *imageUse, pulls map[string]int) {
	if p.in.Goal.ImagesDone {
		if use.present == nil {
			p.refuseImage(s, fmt.Sprintf("image %s was pulled or built, and the runtime does not list it", s.Image), "look at `container image list`")
		}
		return
	}
	if s.Build == nil && builder != nil {
		if use.step = builder.step; use.step == 0 && use.present == nil {
			p.refuseImage(s, fmt.Sprintf("image %s is not on this machine, and the service that builds it does not run", s.Image), "build it first")
		}
		return
	}
	need, reason := p.imageNeed(s, use)
	switch need {
	case buildIt:
		use.step = p.add(Step{Action: BuildImage{Reference: s.Image, Service: s.Name}, Reasons: []Reason{reason}})
		for _, name := range localNames(use.reference) {
			p.created[Resource{ImageResource, name}] = true
		}
	case pullIt:
		use.step = p.pull(s, use, reason, pulls)
	}
}

func (p *planner) pull(s *declared.Service, use *imageUse, reason Reason, pulls map[string]int) int {
	key := use.reference + " " + s.Platform
	if id, ok := pulls[key]; ok {
		step := &p.plan.Steps[id-1]
		a := step.Action.(PullImage)
		a.Services = append(a.Services, s.Name)
		a.Buildable = a.Buildable && s.Build != nil
		step.Action = a
		return id
	}
	id := p.add(Step{
		Action:  PullImage{Reference: s.Image, Platform: s.Platform, Services: []string{s.Name}, Buildable: s.Build != nil},
		Reasons: []Reason{reason},
	})
	pulls[key] = id
	return id
}

// localNames are the names under which the runtime may keep an image: an image that was built here lacks Docker Hub's
// prefix, and such a name is looked at first (Apple container, 2.16).
func localNames(reference string) []string {
	return []string{strings.TrimPrefix(reference, "docker.io/library/"), strings.TrimPrefix(reference, "docker.io/"), reference}
}

// image finds an image by its normalised reference.
func (w *world) image(reference string) *adapter.Image {
	for _, name := range localNames(reference) {
		if i := w.images[name]; i != nil {
			return i
		}
	}
	return nil
}

// localImage gives the image when it is local for the platform. One whose platforms are not listed counts.
func (p *planner) localImage(reference, platform string) *adapter.Image {
	i := p.world.image(reference)
	if i == nil {
		return nil
	}
	if platform == "" {
		platform = p.in.Capabilities.HostPlatform
	}
	if len(i.Variants) == 0 || platform == "" {
		return i
	}
	if _, ok := i.Variant(platform); !ok {
		return nil
	}
	return i
}

// imageNeed is what an image needs before its containers can be created.
type imageNeed int

const (
	useIt imageNeed = iota
	pullIt
	buildIt
	refuseIt
)

func (p *planner) imageNeed(s *declared.Service, use *imageUse) (imageNeed, Reason) {
	policy := s.PullPolicy
	if p.in.Goal.Pull != "" {
		policy = p.in.Goal.Pull
	}
	if policy == "if_not_present" {
		policy = "missing"
	}
	if s.Build != nil {
		return p.builtImageNeed(s, use, policy)
	}
	switch {
	case policy == "always":
		return pullIt, Reason{Cause: CausePolicy, Field: "always"}
	case policy == "never" || policy == "build":
		if use.present == nil {
			p.refuseImage(s, fmt.Sprintf("image %s is not on this machine, and its pull policy is %s", s.Image, policy),
				"pull it with `container image pull "+s.Image+"`, or use another pull policy")
			return refuseIt, Reason{}
		}
		return useIt, Reason{}
	case use.present == nil:
		return pullIt, Reason{Cause: CauseMissing}
	}
	if period, ok := pullPeriod(policy); ok && !p.pulledWithin(use.reference, period) {
		return pullIt, Reason{Cause: CausePolicy, Field: policy}
	}
	return useIt, Reason{}
}

// builtImageNeed is imageNeed for a service with a build section.
func (p *planner) builtImageNeed(s *declared.Service, use *imageUse, policy string) (imageNeed, Reason) {
	named := !declared.IsImageName(p.plan.Project, s.Name, s.Image) // else no registry can have it
	switch {
	case p.in.Goal.Build && !p.in.Goal.NoBuild:
		return buildIt, Reason{Cause: CauseForced}
	case policy == "build" && !p.in.Goal.NoBuild:
		return buildIt, Reason{Cause: CausePolicy, Field: "build"}
	case policy == "always" && named:
		return pullIt, Reason{Cause: CausePolicy, Field: "always"}
	case use.present != nil:
		if period, ok := pullPeriod(policy); ok && named && !p.pulledWithin(use.reference, period) {
			return pullIt, Reason{Cause: CausePolicy, Field: policy}
		}
		return useIt, Reason{}
	case named && policy != "" && policy != "never" && policy != "build":
		return pullIt, Reason{Cause: CauseMissing}
	case p.in.Goal.NoBuild:
		p.refuseImage(s, fmt.Sprintf("image %s is not on this machine, and building is switched off", s.Image), "leave out --no-build")
		return refuseIt, Reason{}
	}
	return buildIt, Reason{Cause: CauseBuild}
}

func (p *planner) refuseImage(s *declared.Service, message, hint string) {
	p.find(finding.Error, "services."+s.Name+".image", message, hint)
}

// pullPeriod gives the time that a policy allows between two pulls.
func pullPeriod(policy string) (time.Duration, bool) {
	switch policy {
	case "daily":
		return 24 * time.Hour, true
	case "weekly":
		return 7 * 24 * time.Hour, true
	}
	text, ok := strings.CutPrefix(policy, "every_")
	if !ok {
		return 0, false
	}
	d, err := parsePeriod(text)
	return d, err == nil
}

// parsePeriod reads Go's durations, and days and weeks as the Compose specification allows them ("2d", "1w").
func parsePeriod(text string) (time.Duration, error) {
	var total time.Duration
	for _, unit := range []struct {
		letter string
		length time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		n, rest, found := strings.Cut(text, unit.letter)
		if !found {
			continue
		}
		var count int
		if _, err := fmt.Sscanf(n, "%d", &count); err != nil {
			return 0, fmt.Errorf("period %q: %w", text, err)
		}
		total += time.Duration(count) * unit.length
		text = rest
	}
	if text == "" {
		return total, nil
	}
	d, err := time.ParseDuration(text)
	return total + d, err
}

func (p *planner) pulledWithin(reference string, period time.Duration) bool {
	last, ok := p.in.Pulled[reference]
	return ok && p.in.Now.Sub(last) < period
}

// factsOf gives what is known of a service's image, and notes that it is not where it is not.
func (p *planner) factsOf(s *declared.Service) *adapter.ImageConfig {
	use := p.images[s.Name]
	if use == nil || use.facts == nil {
		p.unknown(unknownImages)
		return nil
	}
	return use.facts
}

// imagesToDelete is what "down --rmi" removes: images that this project built (entries of the ledger), and for "local"
// only those without a name of their own. Images that were pulled belong to the whole machine and stay.
func (p *planner) imagesToDelete() []*ledger.Entry {
	if p.in.Ledger == nil || p.in.Goal.Images == "" {
		return nil
	}
	var out []*ledger.Entry
	for i := range p.in.Ledger.Entries {
		e := &p.in.Ledger.Entries[i]
		if e.Kind != ledger.Image {
			continue
		}
		if p.in.Goal.Images == "local" {
			if !p.derivedImage(e) {
				continue
			}
		}
		out = append(out, e)
	}
	return out
}

// derivedImage tells of an image that has no name of its own.
func (p *planner) derivedImage(e *ledger.Entry) bool {
	for _, old := range []bool{false, true} {
		own, err := p.in.Normalise(declared.ImageName(p.plan.Project, e.Service, old))
		if err == nil && slices.Contains(localNames(own), e.Name) {
			return true
		}
	}
	return false
}
