package daemon

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
)

// Await waits for all at once.
func (c *inProcess) Await(ctx context.Context, r orchestrate.AwaitRequest, each func(orchestrate.ContainerExit) error) error {
	_, ref, err := c.store(r.Ref)
	if err != nil {
		return err
	}
	dir := c.State.Project(ref.Name, ref.Dir)
	var one sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range r.Containers {
		group.Go(func() error {
			status, err := record.Await(ctx, dir.Container(name))
			if err != nil {
				return err
			}
			exit := orchestrate.RunExit{Code: record.UnknownCode}
			if e := status.Exit; e != nil {
				exit = orchestrate.RunExit{Code: e.Code, Known: e.Known, StartFailed: e.StartFailed, Finished: e.Finished}
			}
			one.Lock()
			defer one.Unlock()
			return each(orchestrate.ContainerExit{Container: name, Exit: exit})
		})
	}
	return group.Wait()
}

// Projects joins the index with one listing. A project whose ledger cannot be read is given with the reason.
func (c *inProcess) Projects(ctx context.Context) ([]orchestrate.Project, error) {
	known, err := ledger.List(c.State)
	if err != nil {
		return nil, err
	}
	listed, err := c.Adapter.ListContainers(ctx)
	if err != nil {
		return nil, err
	}
	var out []orchestrate.Project
	for _, k := range known {
		p := orchestrate.Project{Name: k.Project, Dir: k.Dir}
		if k.Err != nil {
			p.Problem = k.Err.Error()
			out = append(out, p)
			continue
		}
		containers, err := owned(k.Ledger, listed, c.State.Project(k.Project, k.Dir))
		if err != nil {
			return nil, err
		}
		p.States = map[orchestrate.State]int{}
		for _, x := range containers {
			p.States[x.State]++
			for _, file := range strings.Split(x.Labels[declared.LabelConfigFiles], ",") {
				if file != "" && !slices.Contains(p.Files, file) {
					p.Files = append(p.Files, file)
				}
			}
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b orchestrate.Project) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Dir, b.Dir))
	})
	return out, nil
}

// Images finds what the containers were made of among the images that are still here.
func (c *inProcess) Images(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.ContainerImage, error) {
	store, _, err := c.store(ref)
	if err != nil {
		return nil, err
	}
	l, _, err := store.Load()
	if err != nil {
		return nil, ledgerError(err)
	}
	var s adapter.Snapshot
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { s.Containers, err = c.Adapter.ListContainers(ctx); return err })
	group.Go(func() (err error) { s.Images, err = c.Adapter.ListImages(ctx); return err })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var out []orchestrate.ContainerImage
	for i := range s.Containers {
		x := &s.Containers[i]
		entry, ok := l.Entry(ledger.Container, x.ID)
		if !ok || x.Labels[declared.OwnLedger] != l.ID || isHelper(entry) {
			continue
		}
		out = append(out, imageOf(x, entry, s.Images))
	}
	return out, nil
}

func imageOf(x *adapter.Container, entry *ledger.Entry, images []adapter.Image) orchestrate.ContainerImage {
	out := orchestrate.ContainerImage{
		Container: x.ID, Service: entry.Service, Reference: x.Image, Digest: cmp.Or(x.Digest, entry.Digest), Platform: x.Platform,
	}
	for i := range images {
		if images[i].Digest != out.Digest {
			continue
		}
		out.Created, out.Size = images[i].Created, images[i].Size
		if v, ok := images[i].Variant(x.Platform); ok && v.Size > 0 {
			out.Size = v.Size
		}
		if images[i].Reference == out.Reference {
			break
		}
	}
	return out
}

// Volumes gives what the ledger and the runtime both know. A volume that is a folder has no labels.
func (c *inProcess) Volumes(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.Volume, error) {
	store, _, err := c.store(ref)
	if err != nil {
		return nil, err
	}
	l, _, err := store.Load()
	if err != nil {
		return nil, ledgerError(err)
	}
	var s adapter.Snapshot
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { s.Containers, err = c.Adapter.ListContainers(ctx); return err })
	group.Go(func() (err error) { s.Volumes, err = c.Adapter.ListVolumes(ctx); return err })
	if err := group.Wait(); err != nil || l == nil {
		return nil, err
	}
	var out []orchestrate.Volume
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != ledger.Volume || e.Key == "" {
			continue
		}
		v := orchestrate.Volume{Name: e.Name, Key: e.Key, Driver: "local"}
		switch listed, ok := s.Volume(e.Name); {
		case e.VolumeKind == ledger.Folder:
			v.Driver = "folder"
		case !ok || listed.Labels[declared.OwnLedger] != l.ID:
			continue
		default:
			v.Labels, v.Size = listed.Labels, listed.Size
		}
		v.Services = mounting(l, s.Containers, e)
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b orchestrate.Volume) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// mounting names the services whose containers mount a volume.
func mounting(l *ledger.Ledger, containers []adapter.Container, volume *ledger.Entry) []string {
	var out []string
	for i := range containers {
		x := &containers[i]
		entry, ok := l.Entry(ledger.Container, x.ID)
		if !ok || x.Labels[declared.OwnLedger] != l.ID || entry.Service == "" {
			continue
		}
		for _, m := range x.Mounts {
			named := m.Kind == adapter.MountVolume && m.Source == volume.Name
			folder := volume.VolumeKind == ledger.Folder && m.Kind == adapter.MountBind && strings.HasSuffix(m.Source, "/"+volume.Name)
			if named || folder {
				out = append(out, entry.Service)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
