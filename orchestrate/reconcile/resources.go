package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/volumefolder"
	"github.com/hostwright/compose/orchestrate/volumeprep"
	"github.com/hostwright/compose/translate/declared"
)

func (e *run) createNetwork(ctx context.Context, a plan.CreateNetwork) error {
	return e.progress(a.Resource(), "Creating", "Created", func() error {
		return e.create(ctx, a.Entry, func() error {
			return e.Adapter.CreateNetwork(ctx, adapter.NetworkRequest{
				Name: a.Name, Internal: a.Spec.Internal, Subnet: a.Spec.Subnet, SubnetV6: a.Spec.SubnetV6, Labels: a.Labels,
			})
		}, func() (map[string]string, error) { return e.networkLabels(ctx, a.Name) })
	})
}

func (e *run) createVolume(ctx context.Context, a plan.CreateVolume) error {
	return e.progress(a.Resource(), "Creating", "Created", func() error {
		if a.Folder {
			return e.createFolder(ctx, a)
		}
		return e.create(ctx, a.Entry, func() error {
			return e.Adapter.CreateVolume(ctx, adapter.VolumeRequest{Name: a.Name, Size: int64(a.Size), Labels: a.Labels})
		}, func() (map[string]string, error) { return e.volumeLabels(ctx, a.Name) })
	})
}

// create writes the intent, calls the runtime, and writes the outcome. A refusal because the thing exists, or a call
// whose answer never came, is not the end: an interrupted operation may have made it. labels then looks again, and
// what carries our ledger's id is ours.
func (e *run) create(ctx context.Context, entry ledger.Entry, call func() error, labels func() (map[string]string, error)) error {
	entry.State, entry.Updated = ledger.Creating, e.Now()
	if err := e.journal.change(func(l *ledger.Ledger) { l.Put(entry) }); err != nil {
		return err
	}
	err := call()
	if adapter.Is(err, adapter.Exists) || adapter.Is(err, adapter.Timeout) {
		got, lookErr := labels()
		switch {
		case lookErr != nil:
			return errors.Join(err, lookErr)
		case got[declared.OwnLedger] == e.Ledger.ID:
			err = nil
		}
	}
	if err != nil {
		if definite(err) {
			// Nothing was made, so nothing is recorded: a later plan starts from what is.
			return errors.Join(err, e.journal.change(func(l *ledger.Ledger) { l.Drop(entry.Kind, entry.Name) }))
		}
		return err
	}
	entry.State, entry.Updated = ledger.Created, e.Now()
	return e.journal.change(func(l *ledger.Ledger) { l.Put(entry) })
}

// definite tells whether the runtime itself said no. Anything else leaves open what happened.
func definite(err error) bool {
	switch adapter.KindOf(err) {
	case adapter.Refused, adapter.Exists, adapter.NotFound, adapter.Denied, adapter.Missing, adapter.TooOld, adapter.NotRunning, adapter.Unsupported:
		return true
	}
	return false
}

func (e *run) networkLabels(ctx context.Context, name string) (map[string]string, error) {
	all, err := e.Adapter.ListNetworks(ctx)
	if err != nil {
		return nil, err
	}
	s := adapter.Snapshot{Networks: all}
	if n, ok := s.Network(name); ok {
		return n.Labels, nil
	}
	return nil, nil
}

func (e *run) volumeLabels(ctx context.Context, name string) (map[string]string, error) {
	all, err := e.Adapter.ListVolumes(ctx)
	if err != nil {
		return nil, err
	}
	s := adapter.Snapshot{Volumes: all}
	if v, ok := s.Volume(name); ok {
		return v.Labels, nil
	}
	return nil, nil
}

// remove writes the intent, calls the runtime, and drops the entry. What is gone already is as good as removed.
func (e *run) remove(kind ledger.Kind, name string, call func() error) error {
	err := e.journal.change(func(l *ledger.Ledger) {
		if entry, ok := l.Entry(kind, name); ok {
			entry.State, entry.Updated = ledger.Removing, e.Now()
		}
	})
	if err != nil {
		return err
	}
	if err := call(); err != nil && !adapter.Is(err, adapter.NotFound) {
		return err
	}
	return e.journal.change(func(l *ledger.Ledger) { l.Drop(kind, name) })
}

// deleteNetwork removes a network. One that somebody else's container refers to stays, as on Docker: that is told, not
// failed.
func (e *run) deleteNetwork(ctx context.Context, a plan.DeleteNetwork) error {
	return e.removeUnlessUsed(ctx, a.Resource(), ledger.Network, func() error { return e.Adapter.DeleteNetwork(ctx, a.Name) })
}

func (e *run) deleteVolume(ctx context.Context, a plan.DeleteVolume) error {
	return e.removeUnlessUsed(ctx, a.Resource(), ledger.Volume, func() error {
		remove := func() error { return e.Adapter.DeleteVolume(ctx, a.Name) }
		if a.Folder {
			remove = func() error { return volumefolder.Remove(e.State, e.Ledger.ID, a.Name) }
		}
		if err := remove(); err != nil && !adapter.Is(err, adapter.NotFound) {
			return err
		}
		return volumeprep.Forget(e.State, plan.HelperName(a.Name), a.Name)
	})
}

// createFolder makes a volume that is kept as a folder. What exists there with our marker is ours.
func (e *run) createFolder(ctx context.Context, a plan.CreateVolume) error {
	return e.create(ctx, a.Entry, func() error {
		return volumefolder.Make(e.State, volumefolder.Marker{Ledger: e.Ledger.ID, Project: e.Ledger.Project, Volume: a.Name, Key: a.Entry.Key})
	}, nil) // no runtime that could have made it nevertheless
}

// volumePath gives what a container mounts of a volume that is kept as a folder.
func (e *run) volumePath(volume string) string {
	return volumefolder.Path(e.State, e.Ledger.ID, volume)
}

func (e *run) removeUnlessUsed(_ context.Context, res plan.Resource, kind ledger.Kind, call func() error) error {
	e.report(orchestrate.Event{Resource: res, Status: orchestrate.Working, Text: "Removing"})
	var before ledger.Entry
	e.journal.read(func(l *ledger.Ledger) {
		if entry, ok := l.Entry(kind, res.Name); ok {
			before = *entry
		}
	})
	err := e.remove(kind, res.Name, call)
	switch {
	case adapter.Is(err, adapter.InUse):
		e.report(orchestrate.Event{Resource: res, Status: orchestrate.Warned, Text: "Resource is still in use"})
		return e.journal.change(func(l *ledger.Ledger) { l.Put(before) })
	case err != nil:
		e.report(orchestrate.Event{Resource: res, Status: orchestrate.Failed, Text: "Error", Details: err.Error()})
		return err
	}
	e.report(orchestrate.Event{Resource: res, Status: orchestrate.Done, Text: "Removed"})
	return nil
}

func (e *run) deleteImage(ctx context.Context, a plan.DeleteImage) error {
	return e.progress(a.Resource(), "Removing", "Removed", func() error {
		return e.remove(ledger.Image, a.Reference, func() error { return e.Adapter.DeleteImage(ctx, a.Reference) })
	})
}

// prepareVolume makes a new volume look as Docker's would: without lost+found, with what the image has at the mount
// point. It boots a VM of its own, so it takes a slot.
func (e *run) prepareVolume(ctx context.Context, a plan.PrepareVolume) error {
	if err := e.boots.enter(ctx); err != nil {
		return err
	}
	defer e.boots.leave()
	folder := ""
	if a.Folder {
		folder = e.volumePath(a.Name)
	}
	sources := append([]plan.VolumeSource{{Image: a.Image, Platform: a.Platform, Target: a.Target}}, a.Then...)
	for i, from := range sources {
		filled, err := volumeprep.Run(ctx, e.Adapter, e.State, volumeprep.Action{
			Helper: a.Helper, Folder: folder, Volume: a.Name, Image: from.Image, Platform: from.Platform, Target: from.Target, NoCopy: a.NoCopy, More: i < len(sources)-1,
			Labels: map[string]string{
				declared.OwnLedger: e.Ledger.ID, declared.OwnProject: e.Ledger.Project, declared.OwnOneOff: plan.HelperMark,
			},
		})
		if err != nil {
			return fmt.Errorf("prepare volume %s: %w", a.Name, err)
		}
		if filled {
			break
		}
	}
	return e.journal.change(func(l *ledger.Ledger) {
		if entry, ok := l.Entry(ledger.Volume, a.Name); ok {
			entry.State, entry.Updated = ledger.Prepared, e.Now()
		}
	})
}
