package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/volumefolder"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
	"golang.org/x/sync/errgroup"
)

// Adopt proposes what the runtime's labels say is this project's, and enters it into the ledger unless it is a preview.
// It changes nothing in the runtime.
func (c *inProcess) Adopt(ctx context.Context, r orchestrate.AdoptRequest) (_ orchestrate.Adoption, err error) {
	store, ref, err := c.store(r.Ref)
	if err != nil {
		return orchestrate.Adoption{}, err
	}
	if !r.Preview {
		lock, err := store.Lock(ctx, ledger.Holder{PID: c.PID, Command: "adopt", Since: c.Now(), Version: c.Version}, nil)
		if err != nil {
			return orchestrate.Adoption{}, ledgerError(err)
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
	}
	known, err := c.knownLedger(ref, r.From)
	if err != nil {
		return orchestrate.Adoption{}, err
	}
	found, err := c.labelled(ctx, ref.Name)
	if err != nil {
		return orchestrate.Adoption{}, err
	}
	proposal, err := chosen(ledger.Propose(ref.Name, known, found), ref)
	if err != nil || proposal == nil {
		return orchestrate.Adoption{}, err
	}
	out := adoption(proposal, r.From)
	if r.Preview {
		return out, nil
	}
	l, err := ledger.New(ref.Name, ref.Dir, c.Random)
	if err != nil {
		return orchestrate.Adoption{}, err
	}
	l.ID, l.Entries = proposal.ID, proposal.Entries
	if known != nil && known.ID == proposal.ID {
		// The same lineage goes on: a serial that is behind would lose against the index's copy.
		l.Key, l.Serial = known.Key, known.Serial
	}
	if r.From != "" {
		forgetForms(l)
	}
	if err := store.Replace(l); err != nil {
		return orchestrate.Adoption{}, ledgerError(err)
	}
	if r.From != "" {
		// The project lives here now; it is not to be listed twice.
		return out, ledgerError(ledger.Open(c.State, ref.Name, r.From).DropIndex())
	}
	return out, nil
}

// knownLedger is a ledger of the project that can still be read: the index's copy, or the one in the directory where
// the project was; nil when there is none.
func (c *inProcess) knownLedger(ref orchestrate.ProjectRef, from string) (*ledger.Ledger, error) {
	dir := ref.Dir
	if from != "" {
		dir = from
	}
	if from != "" && !c.State.Rehearsed() {
		path := ledger.Open(c.State, ref.Name, from).Path()
		data, err := os.ReadFile(path)
		switch {
		case err == nil:
			return ledger.Decode(path, data)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("read the former ledger: %w", err)
		}
	}
	indexed, err := ledger.List(c.State)
	if err != nil {
		return nil, err
	}
	for _, i := range indexed {
		if i.Project == ref.Name && i.Dir == filepath.Clean(dir) && i.Err == nil {
			return i.Ledger, nil
		}
	}
	return nil, nil
}

// labelled gives everything in the runtime that has labels, and the project's volumes that are folders: their markers say
// what labels would.
func (c *inProcess) labelled(ctx context.Context, project string) ([]ledger.Labelled, error) {
	var s adapter.Snapshot
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { s.Containers, err = c.Adapter.ListContainers(ctx); return err })
	group.Go(func() (err error) { s.Networks, err = c.Adapter.ListNetworks(ctx); return err })
	group.Go(func() (err error) { s.Volumes, err = c.Adapter.ListVolumes(ctx); return err })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var out []ledger.Labelled
	for _, x := range s.Containers {
		out = append(out, ledger.Labelled{Kind: ledger.Container, Name: x.ID, Labels: x.Labels, Digest: x.Digest})
	}
	for _, x := range s.Networks {
		out = append(out, ledger.Labelled{Kind: ledger.Network, Name: x.Name, Labels: x.Labels})
	}
	for _, x := range s.Volumes {
		out = append(out, ledger.Labelled{Kind: ledger.Volume, Name: x.Name, Labels: x.Labels})
	}
	kept, err := volumefolder.OfProject(c.State, project)
	if err != nil {
		return nil, err
	}
	for _, x := range kept {
		out = append(out, ledger.Labelled{Kind: ledger.Volume, Name: x.Volume, Folder: true, Labels: map[string]string{
			declared.OwnProject: x.Marker.Project, declared.OwnLedger: x.Marker.Ledger, declared.OwnKey: x.Marker.Key,
		}})
	}
	return out, nil
}

// chosen takes the one proposal there is. Of several the user has to remove what is not wanted: two projects of one
// name were made in different places, and only they can tell which is meant.
func chosen(all []ledger.Proposal, ref orchestrate.ProjectRef) (*ledger.Proposal, error) {
	var real []ledger.Proposal
	for _, p := range all {
		if len(p.Entries) > 0 {
			real = append(real, p)
		}
	}
	switch len(real) {
	case 0:
		return nil, nil
	case 1:
		return &real[0], nil
	}
	text := ""
	for _, p := range real {
		text += fmt.Sprintf("\n  ledger %s, made in %v: %d resources", p.ID, p.Dirs, len(p.Entries))
	}
	return nil, &orchestrate.Error{
		Code:    orchestrate.CodeLedger,
		Message: fmt.Sprintf("resources of project %s belong to several ledgers:%s", ref.Name, text),
		Hint:    "run `hostwright compose adopt --from DIR` with the directory of the one that you mean",
	}
}

func adoption(p *ledger.Proposal, from string) orchestrate.Adoption {
	out := orchestrate.Adoption{LedgerID: p.ID}
	kinds := map[ledger.Kind]plan.ResourceKind{
		ledger.Container: plan.ContainerResource, ledger.Network: plan.NetworkResource,
		ledger.Volume: plan.VolumeResource, ledger.Image: plan.ImageResource,
	}
	for _, e := range p.Entries {
		out.Resources = append(out.Resources, plan.Resource{Kind: kinds[e.Kind], Name: e.Name})
	}
	for _, e := range p.Gone {
		out.Findings = append(out.Findings, finding.Finding{
			Severity: finding.Note, Path: fmt.Sprintf("%s %s", e.Kind, e.Name), Message: "is in the former ledger and not in the runtime; it is left out",
		})
	}
	if p.Unknown > 0 || from != "" {
		out.Findings = append(out.Findings, finding.Finding{
			Severity: finding.Warning, Message: "what was declared when these were created is not known: the next up may recreate containers",
		})
	}
	return out
}

// forgetForms makes the next up recreate the containers of a project that was moved: what they mount lies in the
// former place.
func forgetForms(l *ledger.Ledger) {
	for i := range l.Entries {
		if l.Entries[i].Kind == ledger.Container {
			l.Entries[i].Hash, l.Entries[i].Fields = "", nil
		}
	}
}
