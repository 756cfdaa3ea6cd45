package images

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// failedPull is a pull that a build can replace.
type failedPull struct {
	plan.PullImage
	err error
}

// pullAll pulls several images at once. It gives the pulls that failed and that a build can replace, in the plan's
// order. The first failure that nothing mends ends the others.
func (m *maker) pullAll(ctx context.Context, pulls []plan.PullImage) ([]failedPull, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(m.limit())
	// By the position of the pull, so that the order of builds does not depend on which pull failed first.
	errs := make([]error, len(pulls))
	for i, p := range pulls {
		group.Go(func() error {
			err := m.pull(ctx, p)
			switch {
			case err == nil || ctx.Err() != nil:
				return err
			case p.Buildable:
				m.report(p.Reference, orchestrate.Warned, "Warning", err.Error())
				errs[i] = err
				return nil
			case m.IgnoreFailures:
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var failed []failedPull
	for i, p := range pulls {
		if errs[i] != nil {
			failed = append(failed, failedPull{p, errs[i]})
		}
	}
	return failed, nil
}

func (m *maker) limit() int {
	if m.Parallel <= 0 {
		return DefaultParallel
	}
	return m.Parallel
}

// builds gives the builds that replace failed pulls.
func (m *maker) builds(failed []failedPull) []plan.BuildImage {
	var out []plan.BuildImage
	for _, f := range failed {
		if name := m.buildable(f.Services); name != "" {
			out = append(out, plan.BuildImage{Reference: f.Reference, Service: name})
		}
	}
	return out
}

// buildable gives the first of the services that has a build section.
func (m *maker) buildable(services []string) string {
	for _, name := range services {
		if s, ok := m.Project.Service(name); ok && s.Build != nil {
			return name
		}
	}
	return ""
}

// mustBuild is the error of a "pull" whose images have to be built.
func (m *maker) mustBuild(failed []failedPull) error {
	if len(failed) == 0 || m.IgnoreFailures {
		return nil
	}
	var names []string
	errs := make([]error, len(failed))
	for i, f := range failed {
		names = append(names, m.buildable(f.Services))
		errs[i] = f.err
	}
	slices.Sort(names)
	joined := errors.Join(errs...)
	return &orchestrate.Error{
		Code: orchestrate.CodeRuntime, Err: joined, Message: joined.Error(),
		Hint: "some images must be built from source: `hostwright compose build " + strings.Join(names, " ") + "`",
	}
}

func (m *maker) pull(ctx context.Context, p plan.PullImage) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.report(p.Reference, orchestrate.Working, "Pulling", "")
	id := plan.Resource{Kind: plan.ImageResource, Name: p.Reference}
	signed, err := m.transfer(ctx, p.Reference, func() error {
		return m.Adapter.PullImage(ctx, adapter.PullRequest{
			Reference: p.Reference, Platform: p.Platform,
			Progress: &progressWriter{each: func(a amount) { m.reportAmount(id, "Pulling", a) }},
		})
	})
	if err == nil {
		m.report(p.Reference, orchestrate.Done, "Pulled", "")
		return nil
	}
	if ctx.Err() != nil {
		m.report(p.Reference, orchestrate.Warned, "Interrupted", "")
		return ctx.Err()
	}
	failure := pullError(p.Reference, err, signed)
	if !p.Buildable {
		m.report(p.Reference, orchestrate.Failed, "Error", failure.Message)
	}
	return failure
}
