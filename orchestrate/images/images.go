package images

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// DefaultParallel is how many images are pulled at once when nobody says otherwise.
const DefaultParallel = 4

// Options say with what images are made.
type Options struct {
	Adapter adapter.Images
	Project *declared.Project
	// Parallel bounds the pulls at once; 0 and less is DefaultParallel. Builds run one after the other: they share one
	// builder.
	Parallel int
	// OnlyPull is for "pull": a pull that fails is not answered with a build. Where a build could mend it the others go
	// on, and the failure comes at the end, with the command that builds.
	OnlyPull bool
	// IgnoreFailures reports pulls and pushes that fail, and goes on.
	IgnoreFailures bool
	// Credentials finds logins for registries that refuse and that the runtime has no login for; nil finds none.
	Credentials Credentials
	// Say gets a line for people, about a login that was lent. It may be nil.
	Say func(line string)
	// Report gets the events, one call at a time.
	Report func(orchestrate.Event)
	// BuildLog gets the builder's log; nil drops it.
	BuildLog io.Writer
}

// Make pulls, builds and pushes what the plan's steps ask for, in this order. It gives the references that were built,
// also when it fails half-way. A pull that fails where the service can be built is answered with the build.
func Make(ctx context.Context, steps []plan.Step, o Options) (built []string, err error) {
	var pulls []plan.PullImage
	var builds []plan.BuildImage
	var pushes []plan.PushImage
	for _, s := range steps {
		switch a := s.Action.(type) {
		case plan.PullImage:
			pulls = append(pulls, a)
		case plan.BuildImage:
			builds = append(builds, a)
		case plan.PushImage:
			pushes = append(pushes, a)
		}
	}
	m := &maker{Options: o}
	defer func() { err = errors.Join(err, m.signOut(ctx)) }()
	failed, err := m.pullAll(ctx, pulls)
	switch {
	case err != nil:
		return nil, err
	case o.OnlyPull:
		return nil, m.mustBuild(failed)
	}
	for _, b := range unique(append(builds, m.builds(failed)...)) {
		if err := m.build(ctx, b); err != nil {
			return built, err
		}
		built = append(built, b.Reference)
	}
	return built, m.pushAll(ctx, pushes)
}

// unique drops later builds of a reference that is already built.
func unique(builds []plan.BuildImage) []plan.BuildImage {
	seen := make(map[string]bool)
	var out []plan.BuildImage
	for _, b := range builds {
		if !seen[b.Reference] {
			seen[b.Reference] = true
			out = append(out, b)
		}
	}
	return out
}

type maker struct {
	Options
	mu     sync.Mutex
	signed signIns
}

func (m *maker) report(reference string, status orchestrate.Status, text, details string) {
	m.reportOf(plan.Resource{Kind: plan.ImageResource, Name: reference}, status, text, details)
}

func (m *maker) reportOf(r plan.Resource, status orchestrate.Status, text, details string) {
	if m.Report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Report(orchestrate.Event{
		Time: time.Now(), Resource: r, Status: status, Text: text, Details: details,
	})
}

// reportAmount reports how far a transfer is.
func (m *maker) reportAmount(r plan.Resource, text string, a amount) {
	if m.Report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Report(orchestrate.Event{
		Time: time.Now(), Resource: r, Status: orchestrate.Working, Text: text,
		Current: a.current, Total: a.total, Percent: int(100 * a.current / a.total),
	})
}

func (m *maker) service(name string) (*declared.Service, error) {
	s, ok := m.Project.Service(name)
	if !ok {
		return nil, fmt.Errorf("the plan builds service %q, which the project does not declare", name)
	}
	return s, nil
}
