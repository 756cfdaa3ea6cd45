package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/orchestrate/supervise"
	"github.com/hostwright/compose/orchestrate/volumefolder"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
	"golang.org/x/sync/errgroup"
)

// observation is one look at the world for one request: what the runtime showed, what the ledger says, and the plan
// that follows. It asks for more only when the planner needs more, so that a request for which nothing has to be done
// costs one listing of containers and one of images.
type observation struct {
	*inProcess
	request orchestrate.Request
	store   *ledger.Store

	ledger *ledger.Ledger // nil before the first operation
	fresh  *ledger.Ledger // what the ledger will be when ledger is nil
	notice *ledger.Notice
	inputs plan.Inputs
	plan   plan.Plan
}

func (o *observation) begin(ctx context.Context) error {
	var err error
	if o.ledger, o.notice, err = o.store.Load(); err != nil {
		return ledgerError(err)
	}
	if o.ledger == nil {
		if o.fresh, err = ledger.New(o.request.Ref.Name, o.request.Ref.Dir, o.Random); err != nil {
			return err
		}
	}
	snapshot, err := o.look(ctx)
	if err != nil {
		return err
	}
	o.inputs = plan.Inputs{
		Goal: o.request.Goal, Ledger: o.ledger, Snapshot: snapshot,
		Capabilities: o.Adapter.Capabilities(), Normalise: o.Adapter.NormaliseReference,
		FreePorts: o.FreePorts(o.request.Ref.Name),
		Pulled:    o.lastPulls(),
		Findings:  o.findings(), Memory: o.request.Memory, Now: o.Now(),
	}
	if o.inputs.Ending, err = o.ending(snapshot.Containers); err != nil {
		return err
	}
	if o.request.Project != nil {
		o.inputs.Project, o.inputs.HasFiles = *o.request.Project, true
	} else {
		o.inputs.Project = declared.Project{Name: o.request.Ref.Name, Dir: o.request.Ref.Dir}
	}
	id := ""
	if o.fresh != nil {
		o.inputs.NewID, o.inputs.NewKey = o.fresh.ID, o.fresh.Key
		id = o.fresh.ID
	} else {
		id = o.ledger.ID
	}
	if o.inputs.Folders, err = folders(o.State, id); err != nil {
		return err
	}
	o.inputs.FolderPath = func(volume string) string { return volumefolder.Path(o.State, id, volume) }
	return o.makePlan(ctx)
}

// folders gives the volumes that are kept as folders for a ledger, as their markers tell.
func folders(state statedir.Dir, ledgerID string) ([]plan.Folder, error) {
	found, err := volumefolder.List(state, ledgerID)
	if err != nil {
		return nil, err
	}
	var out []plan.Folder
	for _, f := range found {
		p := plan.Folder{Volume: f.Volume, Path: f.Path}
		if f.Marker.Volume == f.Volume {
			p.Ledger = f.Marker.Ledger
		}
		out = append(out, p)
	}
	return out, nil
}

// ending gives our containers that are listed running and whose stop was cut off a moment ago, for a goal that relies on
// what runs.
func (o *observation) ending(containers []adapter.Container) (map[string]bool, error) {
	switch o.request.Goal.Verb {
	case plan.Up, plan.Run, plan.Start:
	default:
		return nil, nil
	}
	dir, out := o.State.Project(o.request.Ref.Name, o.request.Ref.Dir), map[string]bool{}
	for i := range containers {
		c := &containers[i]
		if _, ours := o.ledger.Entry(ledger.Container, c.ID); !ours || !c.Running() {
			continue
		}
		stopping, err := record.StopUnderWay(dir.Container(c.ID), o.Now())
		if err != nil {
			return nil, err
		}
		if stopping {
			out[c.ID] = true
		}
	}
	return out, nil
}

func (o *observation) findings() finding.List {
	out := slices.Clone(o.request.Findings)
	if o.notice != nil {
		out = append(out, finding.Finding{Severity: finding.Warning, Path: o.notice.Path, Message: o.notice.Message()})
	}
	return out
}

// look is the first look: containers, and images where the goal creates something.
func (o *observation) look(ctx context.Context) (adapter.Snapshot, error) {
	var s adapter.Snapshot
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { s.Containers, err = listContainers(ctx, o.Adapter, o.ledger); return err })
	if o.aboutImages() {
		group.Go(func() (err error) { s.Images, err = o.Adapter.ListImages(ctx); return err })
	}
	return s, group.Wait()
}

func (o *observation) aboutImages() bool {
	switch g := o.request.Goal; g.Verb {
	case plan.Up, plan.Create, plan.Run, plan.Pull, plan.Push:
		return true
	case plan.Down:
		return g.Images != ""
	}
	return false
}

// makePlan plans, and fetches what the plan says is missing until it is complete. Facts of images that are not here
// yet stay missing: ImagesReady comes back when they are.
func (o *observation) makePlan(ctx context.Context) error {
	o.cachedFacts()
	asked := map[string]bool{}
	for {
		p, err := plan.Make(o.inputs)
		if err != nil {
			return fmt.Errorf("plan %s of project %s: %w", o.request.Goal.Verb, o.request.Ref.Name, err)
		}
		o.plan = p
		var missing []string
		for _, m := range p.Incomplete {
			if !asked[m] {
				asked[m] = true
				missing = append(missing, m)
			}
		}
		if len(missing) == 0 {
			return nil
		}
		if err := o.fetch(ctx, missing); err != nil {
			return err
		}
	}
}

// fetch asks for what a plan lacks, all at once.
func (o *observation) fetch(ctx context.Context, missing []string) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, m := range missing {
		switch m {
		case "networks":
			group.Go(func() (err error) { o.inputs.Snapshot.Networks, err = o.Adapter.ListNetworks(ctx); return err })
		case "volumes":
			group.Go(func() (err error) { o.inputs.Snapshot.Volumes, err = o.Adapter.ListVolumes(ctx); return err })
		case "runtime":
			group.Go(func() (err error) { o.inputs.Runtime, err = o.Adapter.Version(ctx); return err })
		case "ports":
			group.Go(func() (err error) { o.inputs.Listening, err = o.Listening(); return err })
		case "images":
			group.Go(func() error { return o.readFacts(ctx) })
		default:
			return fmt.Errorf("the planner asks for %q, which nobody can give", m)
		}
	}
	return group.Wait()
}

// localImages gives the images of the project's services that are here, with the platform that is wanted.
func (o *observation) localImages() map[string]imagePlatform {
	out := map[string]imagePlatform{}
	for i := range o.inputs.Project.Services {
		s := &o.inputs.Project.Services[i]
		reference, err := o.Adapter.NormaliseReference(s.Image)
		if err != nil {
			continue // the planner refuses it
		}
		image, ok := findImage(&o.inputs.Snapshot, s.Image, reference)
		if !ok {
			continue
		}
		platform := s.Platform
		if platform == "" {
			platform = o.inputs.Capabilities.HostPlatform
		}
		out[image.Digest] = imagePlatform{image.Reference, platform}
	}
	return out
}

type imagePlatform struct{ reference, platform string }

// findImage finds a service's image as the runtime does: first under the name as it was built here, then under the
// full one.
func findImage(s *adapter.Snapshot, written, normalised string) (*adapter.Image, bool) {
	if i, ok := s.Image(written); ok {
		return i, true
	}
	return s.Image(normalised)
}

// cachedFacts takes over what earlier operations learned of images.
func (o *observation) cachedFacts() {
	if o.inputs.Facts == nil {
		o.inputs.Facts = map[string]adapter.ImageConfig{}
	}
	known := o.localImages()
	if !o.aboutImages() {
		// What containers were made of: somebody asked for it when they were created.
		for i := range o.inputs.Snapshot.Containers {
			if c := &o.inputs.Snapshot.Containers[i]; c.Digest != "" {
				known[c.Digest] = imagePlatform{c.Image, supervise.FactsPlatform(c, o.inputs.Capabilities.HostPlatform)}
			}
		}
	}
	for digest, i := range known {
		if _, ok := o.inputs.Facts[digest]; ok {
			continue
		}
		if facts, ok := supervise.ReadFacts(o.State, digest, i.platform); ok {
			o.inputs.Facts[digest] = facts
		}
	}
}

// readFacts reads the config of every local image that is not known yet, and keeps it.
func (o *observation) readFacts(ctx context.Context) error {
	type fact struct {
		digest string
		config adapter.ImageConfig
	}
	var todo []string
	local := o.localImages()
	for digest := range local {
		if _, ok := o.inputs.Facts[digest]; !ok {
			todo = append(todo, digest)
		}
	}
	slices.Sort(todo)
	found := make([]fact, len(todo))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for n, digest := range todo {
		group.Go(func() error {
			i := local[digest]
			config, err := o.Adapter.ImageConfig(ctx, i.reference, i.platform)
			if err != nil {
				return fmt.Errorf("read the config of image %s: %w", i.reference, err)
			}
			found[n] = fact{digest, config}
			return o.keepFacts(digest, i.platform, config)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, f := range found {
		o.inputs.Facts[f.digest] = f.config
	}
	return nil
}

func (o *observation) keepFacts(digest, platform string, config adapter.ImageConfig) error {
	data, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	path := o.State.ImageFacts(digest, platform)
	if err := statedir.MakePrivate(filepath.Dir(path)); err != nil {
		return err
	}
	return statedir.WriteFile(path, append(data, '\n'), 0o600)
}
