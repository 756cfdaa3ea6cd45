package images

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// pullAll pulls several images at once. It gives the builds that replace failed pulls. The first failure that a build
// cannot mend ends the others.
func (m *maker) pullAll(ctx context.Context, pulls []plan.PullImage) (instead []plan.BuildImage, err error) {
	group, ctx := errgroup.WithContext(ctx)
	limit := m.Parallel
	if limit <= 0 {
		limit = DefaultParallel
	}
	group.SetLimit(limit)
	// By the position of the pull, so that the order of builds does not depend on which pull failed first.
	failed := make([]bool, len(pulls))
	for i, p := range pulls {
		group.Go(func() error {
			err := m.pull(ctx, p)
			if err != nil && p.Buildable && ctx.Err() == nil {
				m.report(p.Reference, orchestrate.Warned, "Warning", err.Error())
				failed[i] = true
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, p := range pulls {
		if !failed[i] {
			continue
		}
		for _, name := range p.Services {
			if s, ok := m.Project.Service(name); ok && s.Build != nil {
				instead = append(instead, plan.BuildImage{Reference: p.Reference, Service: name})
				break
			}
		}
	}
	return instead, nil
}

func (m *maker) pull(ctx context.Context, p plan.PullImage) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.report(p.Reference, orchestrate.Working, "Pulling", "")
	err := m.Adapter.PullImage(ctx, adapter.PullRequest{Reference: p.Reference, Platform: p.Platform})
	if err == nil {
		m.report(p.Reference, orchestrate.Done, "Pulled", "")
		return nil
	}
	if ctx.Err() != nil {
		m.report(p.Reference, orchestrate.Warned, "Interrupted", "")
		return ctx.Err()
	}
	failure := pullError(p.Reference, err)
	if !p.Buildable {
		m.report(p.Reference, orchestrate.Failed, "Error", failure.Message)
	}
	return failure
}
