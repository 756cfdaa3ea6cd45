package images

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// pushAll pushes several images at once. The first failure ends the others, unless failures are ignored.
func (m *maker) pushAll(ctx context.Context, pushes []plan.PushImage) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(m.limit())
	for _, p := range pushes {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := m.push(ctx, p)
			if m.IgnoreFailures && ctx.Err() == nil {
				return nil
			}
			return err
		})
	}
	return group.Wait()
}

func (m *maker) push(ctx context.Context, p plan.PushImage) error {
	// Docker Compose names a pushed image without the word before it.
	id := plan.Resource{Name: p.Reference}
	m.reportOf(id, orchestrate.Working, "Pushing", "")
	signed, err := m.transfer(ctx, p.Reference, func() error {
		return m.Adapter.PushImage(ctx, adapter.PushRequest{
			Reference: p.Reference, Platform: p.Platform,
			Progress: &progressWriter{each: func(a amount) { m.reportAmount(id, "Pushing", a) }},
		})
	})
	switch {
	case err == nil:
		m.reportOf(id, orchestrate.Done, "Pushed", "")
		return nil
	case ctx.Err() != nil:
		m.reportOf(id, orchestrate.Warned, "Interrupted", "")
		return ctx.Err()
	}
	failure := pushError(p.Reference, err, signed)
	if m.IgnoreFailures {
		m.reportOf(id, orchestrate.Warned, "Warning", failure.Message)
	} else {
		m.reportOf(id, orchestrate.Failed, "Error", failure.Message)
	}
	return failure
}
