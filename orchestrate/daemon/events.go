package daemon

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/orchestrate/supervise"
)

// Events reads what hostwrightd keeps.
func (c *inProcess) Events(ctx context.Context, r orchestrate.EventsRequest, each func(orchestrate.ProjectEvent) error) error {
	_, ref, err := c.store(r.Ref)
	if err != nil {
		return err
	}
	return supervise.Events(c.State.Project(ref.Name, ref.Dir)).Read(ctx, r, c.Now, each)
}

// Drift looks at everything that a ledger may list.
func (c *inProcess) Drift(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.Drift, error) {
	store, ref, err := c.store(ref)
	if err != nil {
		return nil, err
	}
	l, _, err := store.Load()
	if err != nil {
		return nil, ledgerError(err)
	}
	seen := supervise.Seen{Runs: map[string]supervise.Run{}}
	group, asking := errgroup.WithContext(ctx)
	group.Go(func() (err error) { seen.Snapshot.Containers, err = c.Adapter.ListContainers(asking); return err })
	group.Go(func() (err error) { seen.Snapshot.Networks, err = c.Adapter.ListNetworks(asking); return err })
	group.Go(func() (err error) { seen.Snapshot.Volumes, err = c.Adapter.ListVolumes(asking); return err })
	group.Go(func() (err error) { seen.Snapshot.Images, err = c.Adapter.ListImages(asking); return err })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	listed(&seen.Snapshot)
	if l == nil {
		return nil, nil
	}
	dir := c.State.Project(ref.Name, ref.Dir)
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != ledger.Container {
			continue
		}
		run := supervise.Run{}
		if run.Status, err = record.ReadStatus(dir.Container(e.Name)); err != nil {
			return nil, err
		}
		if _, run.ByUser, err = record.ReadUserEnd(dir.Container(e.Name), run.Status.Run); err != nil {
			return nil, err
		}
		seen.Runs[e.Name] = run
	}
	return supervise.Drift(l, seen), nil
}

// listed makes what was asked for and had nothing an empty list.
func listed(s *adapter.Snapshot) {
	if s.Containers == nil {
		s.Containers = []adapter.Container{}
	}
	if s.Networks == nil {
		s.Networks = []adapter.Network{}
	}
	if s.Volumes == nil {
		s.Volumes = []adapter.Volume{}
	}
	if s.Images == nil {
		s.Images = []adapter.Image{}
	}
}
