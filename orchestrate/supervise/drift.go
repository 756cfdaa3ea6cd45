package supervise

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
)

// Seen is what Drift compares with the ledger.
type Seen struct {
	// Snapshot is what the runtime showed. A nil list was not asked for, and nothing is said about it.
	Snapshot adapter.Snapshot
	// Runs tells of a container's latest run.
	Runs map[string]Run
}

// Run is what Drift has to know of a container's latest run.
type Run struct {
	Status record.Status
	ByUser bool
}

// Drift gives what changed behind Hostwright's back, sorted by kind and name of the resource. An operation that is
// under way, or was cut off, is none: entries that are intents are left out. A process that ended by itself is none
// either.
func Drift(l *ledger.Ledger, seen Seen) []orchestrate.Drift {
	if l == nil {
		return nil
	}
	var out []orchestrate.Drift
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.State != ledger.Created && e.State != ledger.Prepared {
			continue
		}
		var d *orchestrate.Drift
		switch e.Kind {
		case ledger.Container:
			d = containerDrift(l, e, seen)
		case ledger.Network:
			if n, ok := seen.Snapshot.Network(e.Name); seen.Snapshot.Networks != nil {
				d = presence(l, ok, func() map[string]string { return n.Labels })
			}
		case ledger.Volume:
			if v, ok := seen.Snapshot.Volume(e.Name); seen.Snapshot.Volumes != nil && e.VolumeKind != ledger.Folder {
				d = presence(l, ok, func() map[string]string { return v.Labels })
			}
		case ledger.Image:
			d = builtImageDrift(e, seen)
		}
		if d != nil {
			out = append(out, described(*d, e))
		}
	}
	slices.SortFunc(out, func(a, b orchestrate.Drift) int {
		return cmp.Or(cmp.Compare(a.Resource.Kind, b.Resource.Kind), cmp.Compare(a.Resource.Name, b.Resource.Name))
	})
	return out
}

// presence compares a resource's existence and owner. labels is asked only where it is there.
func presence(l *ledger.Ledger, there bool, labels func() map[string]string) *orchestrate.Drift {
	switch {
	case !there:
		return &orchestrate.Drift{Kind: orchestrate.DriftGone}
	case labels()[declared.OwnLedger] != l.ID:
		return &orchestrate.Drift{Kind: orchestrate.DriftForeign}
	}
	return nil
}

func containerDrift(l *ledger.Ledger, e *ledger.Entry, seen Seen) *orchestrate.Drift {
	if seen.Snapshot.Containers == nil || e.OneOff {
		return nil
	}
	c, ok := seen.Snapshot.Container(e.Name)
	if d := presence(l, ok, func() map[string]string { return c.Labels }); d != nil {
		return d
	}
	run := seen.Runs[e.Name]
	switch {
	case c.Running() && !run.Status.Recording:
		return &orchestrate.Drift{Kind: orchestrate.DriftStarted}
	case !c.Running() && endedFromOutside(run):
		return &orchestrate.Drift{Kind: orchestrate.DriftStopped}
	}
	image, ok := seen.Snapshot.Image(c.Image)
	if ok && c.Digest != "" && image.Digest != c.Digest {
		return &orchestrate.Drift{Kind: orchestrate.DriftTagMoved}
	}
	return nil
}

// endedFromOutside tells of a run that a signal ended, or nobody knows what, and that the user did not end through
// Hostwright.
func endedFromOutside(r Run) bool {
	if r.ByUser || r.Status.Run == 0 || r.Status.Recording {
		return false
	}
	x := r.Status.Exit
	return x == nil || !x.StartFailed && (!x.Known || x.Signal != 0)
}

func builtImageDrift(e *ledger.Entry, seen Seen) *orchestrate.Drift {
	if seen.Snapshot.Images == nil {
		return nil
	}
	image, ok := seen.Snapshot.Image(e.Name)
	switch {
	case !ok:
		return &orchestrate.Drift{Kind: orchestrate.DriftGone}
	case image.Digest != e.Digest:
		return &orchestrate.Drift{Kind: orchestrate.DriftTagMoved}
	}
	return nil
}

// described fills in the resource and the words.
func described(d orchestrate.Drift, e *ledger.Entry) orchestrate.Drift {
	d.Resource, d.Service = plan.Resource{Kind: resourceKinds[e.Kind], Name: e.Name}, e.Service
	what := fmt.Sprintf("%s %s", e.Kind, e.Name)
	switch d.Kind {
	case orchestrate.DriftGone:
		d.Message, d.Hint = what+" was removed", "`up` makes it again"
		if e.Kind == ledger.Image {
			d.Hint = "`build` makes it again"
		}
	case orchestrate.DriftForeign:
		d.Message = what + " is not the one that this project created"
		d.Hint = "rename or remove it, then `up`; Hostwright does not touch what is not its own"
	case orchestrate.DriftStopped:
		d.Message, d.Hint = what+" was stopped from outside", "`start` or `up` starts it"
	case orchestrate.DriftStarted:
		d.Message = what + " runs without being recorded: its output and exit code are not kept"
		d.Hint = "`restart` records it again"
	case orchestrate.DriftTagMoved:
		d.Message, d.Hint = what+" was made from an image whose name means another one now", "`up` recreates it"
		if e.Kind == ledger.Image {
			d.Message, d.Hint = what+" is another image than the one that was built", "`build` makes it again"
		}
	}
	return d
}

var resourceKinds = map[ledger.Kind]plan.ResourceKind{
	ledger.Container: plan.ContainerResource, ledger.Network: plan.NetworkResource,
	ledger.Volume: plan.VolumeResource, ledger.Image: plan.ImageResource,
}
