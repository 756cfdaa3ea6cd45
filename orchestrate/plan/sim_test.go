package plan

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
)

// simulator is a runtime without processes and a ledger, both changed only by the steps of plans. It keeps the rules
// that a plan must respect (a name is taken once, what is in use is not removed, what runs is not removed) and fails
// when a plan breaks one.
type simulator struct {
	t interface {
		Helper()
		Fatalf(string, ...any)
	}
	snapshot  adapter.Snapshot
	ledger    *ledger.Ledger
	facts     map[string]adapter.ImageConfig
	listening []Listener
	free      []uint16
	builds    int
	folders   []Folder
	ending    map[string]bool
}

func newSimulator(t interface {
	Helper()
	Fatalf(string, ...any)
}) *simulator {
	return &simulator{t: t, facts: map[string]adapter.ImageConfig{}, listening: []Listener{},
		free: []uint16{20001, 20002, 20003, 20004, 20005, 20006, 20007, 20008, 20009, 20010}}
}

const testID = "00112233445566778899aabbccddeeff"

var testKey = bytes.Repeat([]byte{7}, 32)

func appleCapabilities() adapter.Capabilities {
	return adapter.Capabilities{RunsProcesses: true, HostPlatform: "linux/arm64", VolumeLostFound: true, StartFailureIsExit1: true}
}

func normalise(ref string) (string, error) {
	r, err := adapter.ParseReference(ref)
	if err != nil {
		return "", err
	}
	return r.String(), nil
}

// inputs is what a caller gives that has asked for everything.
func (s *simulator) inputs(p declared.Project, g Goal) Inputs {
	snapshot := s.copySnapshot()
	if snapshot.Networks == nil {
		snapshot.Networks = []adapter.Network{}
	}
	if snapshot.Volumes == nil {
		snapshot.Volumes = []adapter.Volume{}
	}
	return Inputs{
		Goal: g, Project: p, HasFiles: true, Ledger: s.ledger.Clone(), NewID: testID, NewKey: testKey, Snapshot: snapshot,
		Capabilities: appleCapabilities(), Runtime: adapter.Version{Client: "1.4.1", Server: "1.4.1"}, Normalise: normalise,
		Ending: s.ending, Folders: slices.Clone(s.folders), FolderPath: folderPath,
		Facts: s.facts, Listening: s.listening, FreePorts: s.free, Now: time.Unix(1700000000, 0),
	}
}

func folderPath(volume string) string { return "/state/volumes/" + testID + "/" + volume + "/data" }

func (s *simulator) folder(volume string) *Folder {
	for i := range s.folders {
		if s.folders[i].Volume == volume {
			return &s.folders[i]
		}
	}
	return nil
}

func (s *simulator) copySnapshot() adapter.Snapshot {
	c := s.snapshot
	c.Containers = append([]adapter.Container{}, c.Containers...)
	c.Images = append([]adapter.Image{}, c.Images...)
	c.Networks = slices.Clone(c.Networks)
	c.Volumes = slices.Clone(c.Volumes)
	return c
}

// do plans and applies, images first as a command does it, and gives the last plan.
func (s *simulator) do(p declared.Project, g Goal) Plan {
	s.t.Helper()
	plan := s.plan(p, g)
	if plan.Refused() {
		s.t.Fatalf("refused:\n%s", Text(plan))
	}
	images := false
	for _, step := range plan.Steps {
		switch a := step.Action.(type) {
		case PullImage:
			s.addImage(a.Reference, "pulled")
			images = true
		case BuildImage:
			s.builds++
			s.addImage(a.Reference, fmt.Sprintf("built%d", s.builds))
			s.own(ledger.Entry{Kind: ledger.Image, Name: mustNormalise(a.Reference), Service: a.Service, State: ledger.Created,
				Digest: s.image(a.Reference).Digest})
			images = true
		}
	}
	if images {
		g.ImagesDone, g.Build = true, false
		plan = s.plan(p, g)
	}
	s.apply(plan, p)
	return plan
}

func (s *simulator) plan(p declared.Project, g Goal) Plan {
	s.t.Helper()
	plan, err := Make(s.inputs(p, g))
	if err != nil {
		s.t.Fatalf("make: %v", err)
	}
	return plan
}

func mustNormalise(ref string) string {
	n, err := normalise(ref)
	if err != nil {
		panic(err)
	}
	return n
}

func (s *simulator) addImage(ref, digest string) {
	ref = mustNormalise(ref)
	i := adapter.Image{Reference: ref, Digest: "sha256:" + digest + "-" + strings.NewReplacer("/", "-", ":", "-").Replace(ref)}
	s.snapshot.Images = slices.DeleteFunc(s.snapshot.Images, func(x adapter.Image) bool { return x.Reference == ref })
	s.snapshot.Images = append(s.snapshot.Images, i)
	if _, ok := s.facts[i.Digest]; !ok {
		s.facts[i.Digest] = adapter.ImageConfig{}
	}
}

func (s *simulator) image(ref string) *adapter.Image {
	i, ok := s.snapshot.Image(mustNormalise(ref))
	if !ok {
		s.t.Fatalf("no image %s", ref)
	}
	return i
}

// imageVolumes gives an image VOLUMEs.
func (s *simulator) imageVolumes(ref string, targets ...string) {
	s.addImage(ref, "pulled")
	s.facts[s.image(ref).Digest] = adapter.ImageConfig{Volumes: targets}
}

func (s *simulator) own(e ledger.Entry) {
	if s.ledger == nil {
		s.ledger = &ledger.Ledger{Version: 1, ID: testID, Project: "shop", Dir: "/shop", Key: testKey}
	}
	s.ledger.Put(e)
}

func (s *simulator) apply(p Plan, project declared.Project) {
	s.t.Helper()
	done := map[int]bool{}
	for _, step := range p.Steps {
		for _, n := range step.Needs {
			if !done[n] {
				s.t.Fatalf("step %d needs %d, which is not done", step.ID, n)
			}
		}
		if err := s.step(step.Action, &project); err != nil {
			s.t.Fatalf("step %d: %v\n%s", step.ID, err, Text(p))
		}
		done[step.ID] = true
	}
	for _, r := range p.Forget {
		for kind, k := range entryKinds {
			if k == r.Kind {
				s.ledger.Drop(kind, r.Name)
			}
		}
	}
}

func (s *simulator) step(a Action, project *declared.Project) error {
	switch a := a.(type) {
	case CreateNetwork:
		if _, taken := s.snapshot.Network(a.Name); taken {
			return fmt.Errorf("network %s exists", a.Name)
		}
		s.snapshot.Networks = append(s.snapshot.Networks, adapter.Network{Name: a.Name, Labels: a.Labels})
		s.created(a.Entry)
	case DeleteNetwork:
		return s.deleteNetwork(a.Name)
	case CreateVolume:
		if a.Folder != (a.Entry.VolumeKind == ledger.Folder) {
			return fmt.Errorf("volume %s is a folder: %v, and its entry says %s", a.Name, a.Folder, a.Entry.VolumeKind)
		}
		if a.Folder {
			return s.createFolder(a)
		}
		if _, taken := s.snapshot.Volume(a.Name); taken {
			return fmt.Errorf("volume %s exists", a.Name)
		}
		s.snapshot.Volumes = append(s.snapshot.Volumes, adapter.Volume{Name: a.Name, Labels: a.Labels})
		s.created(a.Entry)
	case PrepareVolume:
		e, ok := s.ledger.Entry(ledger.Volume, a.Name)
		if ok && a.Folder != isFolder(e) {
			return fmt.Errorf("prepare %s: of another kind than its entry", a.Name)
		}
		if !ok || s.container(a.Helper) != nil {
			return fmt.Errorf("prepare %s: not ours, or its helper exists", a.Name)
		}
		e.State = ledger.Prepared
	case DeleteVolume:
		if a.Folder {
			return s.deleteFolder(a.Name)
		}
		return s.deleteVolume(a.Name)
	case CreateContainer:
		return s.createContainer(a, project)
	case StartContainer:
		return s.start(a.ID)
	case StopContainer:
		c, err := s.owned(a.ID)
		if err == nil {
			c.State = adapter.StateStopped
		}
		return err
	case KillContainer:
		c, err := s.owned(a.ID)
		switch {
		case err != nil:
			return err
		case c.State != adapter.StateRunning:
			return fmt.Errorf("container %s does not run and is sent %s", a.ID, a.Signal)
		case a.Signal == DefaultKillSignal:
			c.State = adapter.StateStopped
		}
	case DeleteContainer:
		c, err := s.owned(a.ID)
		if err != nil {
			return err
		}
		if c.State != adapter.StateStopped {
			return fmt.Errorf("container %s runs", a.ID)
		}
		s.snapshot.Containers = slices.DeleteFunc(s.snapshot.Containers, func(x adapter.Container) bool { return x.ID == a.ID })
		s.ledger.Drop(ledger.Container, a.ID)
	case DeleteImage:
		s.snapshot.Images = slices.DeleteFunc(s.snapshot.Images, func(x adapter.Image) bool { return x.Reference == a.Reference })
		s.ledger.Drop(ledger.Image, a.Reference)
	case Await:
		for _, id := range a.IDs {
			c := s.container(id)
			if c == nil {
				return fmt.Errorf("await %s: no such container", id)
			}
			if a.Condition == declared.Completed {
				c.State = adapter.StateStopped
			}
		}
	case PullImage, BuildImage, PushImage:
		return fmt.Errorf("image %s is still to be made", a.Resource().Name)
	default:
		return fmt.Errorf("unknown action %T", a)
	}
	return nil
}

func (s *simulator) created(e ledger.Entry) {
	e.State = ledger.Created
	s.own(e)
}

func (s *simulator) container(id string) *adapter.Container {
	c, _ := s.snapshot.Container(id)
	return c
}

// owned gives a container only when all three proofs hold.
func (s *simulator) owned(id string) (*adapter.Container, error) {
	c := s.container(id)
	if c == nil {
		return nil, fmt.Errorf("container %s does not exist", id)
	}
	_, listed := s.ledger.Entry(ledger.Container, id)
	if c.Labels[declared.OwnLedger] != testID || !listed && c.Labels[declared.OwnOneOff] != HelperMark {
		return nil, fmt.Errorf("container %s is not ours", id)
	}
	return c, nil
}

func (s *simulator) deleteNetwork(name string) error {
	n, ok := s.snapshot.Network(name)
	if _, listed := s.ledger.Entry(ledger.Network, name); !ok || !listed || n.Labels[declared.OwnLedger] != testID {
		return fmt.Errorf("network %s is not ours", name)
	}
	for _, c := range s.snapshot.Containers {
		if slices.Contains(c.Networks, name) {
			return fmt.Errorf("network %s is used by %s", name, c.ID)
		}
	}
	s.snapshot.Networks = slices.DeleteFunc(s.snapshot.Networks, func(x adapter.Network) bool { return x.Name == name })
	s.ledger.Drop(ledger.Network, name)
	return nil
}

func (s *simulator) deleteVolume(name string) error {
	v, ok := s.snapshot.Volume(name)
	if _, listed := s.ledger.Entry(ledger.Volume, name); !ok || !listed || v.Labels[declared.OwnLedger] != testID {
		return fmt.Errorf("volume %s is not ours", name)
	}
	for i := range s.snapshot.Containers {
		if mountsVolume(&s.snapshot.Containers[i], name) {
			return fmt.Errorf("volume %s is used by %s", name, s.snapshot.Containers[i].ID)
		}
	}
	s.snapshot.Volumes = slices.DeleteFunc(s.snapshot.Volumes, func(x adapter.Volume) bool { return x.Name == name })
	s.ledger.Drop(ledger.Volume, name)
	return nil
}

func (s *simulator) createFolder(a CreateVolume) error {
	if f := s.folder(a.Name); f != nil {
		return fmt.Errorf("folder %s exists", a.Name)
	}
	s.folders = append(s.folders, Folder{Volume: a.Name, Path: folderPath(a.Name), Ledger: testID})
	s.created(a.Entry)
	return nil
}

func (s *simulator) deleteFolder(name string) error {
	f := s.folder(name)
	if e, ok := s.ledger.Entry(ledger.Volume, name); !ok || f == nil || f.Ledger != testID || !isFolder(e) {
		return fmt.Errorf("folder %s is not ours", name)
	}
	for i := range s.snapshot.Containers {
		if mountsFolder(&s.snapshot.Containers[i], f.Path) {
			return fmt.Errorf("folder %s is used by %s", name, s.snapshot.Containers[i].ID)
		}
	}
	s.folders = slices.DeleteFunc(s.folders, func(x Folder) bool { return x.Volume == name })
	s.ledger.Drop(ledger.Volume, name)
	return nil
}

func (s *simulator) createContainer(a CreateContainer, project *declared.Project) error {
	if s.container(a.ID) != nil {
		return fmt.Errorf("container %s exists", a.ID)
	}
	d, ok := project.Service(a.Service)
	if !ok {
		return fmt.Errorf("service %s is not declared", a.Service)
	}
	i := s.image(d.Image)
	c := adapter.Container{ID: a.ID, State: adapter.StateStopped, Image: i.Reference, Digest: i.Digest, Labels: a.Labels, Ports: a.Ports}
	for _, n := range d.Networks {
		for _, spec := range project.Networks {
			if spec.Key == n.Network {
				if _, ok := s.snapshot.Network(spec.Name); !ok {
					return fmt.Errorf("network %s of %s does not exist", spec.Name, a.ID)
				}
				c.Networks = append(c.Networks, spec.Name)
			}
		}
	}
	for _, v := range a.Volumes {
		m := adapter.Mount{Kind: adapter.MountVolume, Source: v.Volume, Target: v.Target, ReadOnly: v.ReadOnly}
		if v.Folder {
			if s.folder(v.Volume) == nil {
				return fmt.Errorf("folder %s of %s does not exist", v.Volume, a.ID)
			}
			m.Kind, m.Source = adapter.MountBind, folderPath(v.Volume)
		} else if _, ok := s.snapshot.Volume(v.Volume); !ok {
			return fmt.Errorf("volume %s of %s does not exist", v.Volume, a.ID)
		}
		if e, ok := s.ledger.Entry(ledger.Volume, v.Volume); ok && e.State != ledger.Prepared {
			return fmt.Errorf("volume %s of %s is not prepared", v.Volume, a.ID)
		}
		c.Mounts = append(c.Mounts, m)
	}
	for _, e := range d.Environment {
		c.Env = append(c.Env, e.Key+"="+e.Value.Reveal())
	}
	s.snapshot.Containers = append(s.snapshot.Containers, c)
	slices.SortFunc(s.snapshot.Containers, func(a, b adapter.Container) int { return strings.Compare(a.ID, b.ID) })
	s.created(a.Entry)
	return nil
}

// start keeps the runtime's rules: a port is bound once, a volume has one writer or only readers.
func (s *simulator) start(id string) error {
	c, err := s.owned(id)
	if err != nil {
		return err
	}
	if c.Running() {
		return fmt.Errorf("container %s runs already", id)
	}
	for i := range s.snapshot.Containers {
		o := &s.snapshot.Containers[i]
		if o.ID == id || !o.Running() {
			continue
		}
		for _, x := range c.Ports {
			for _, y := range o.Ports {
				if x.HostPort == y.HostPort && x.Protocol == y.Protocol && (x.HostIP == "" || y.HostIP == "" || x.HostIP == y.HostIP) {
					return fmt.Errorf("port %d of %s is bound by %s", x.HostPort, id, o.ID)
				}
			}
		}
		for _, x := range c.Mounts {
			for _, y := range o.Mounts {
				if x.Kind == adapter.MountVolume && x.Source == y.Source && !(x.ReadOnly && y.ReadOnly) {
					return fmt.Errorf("volume %s of %s is held by %s", x.Source, id, o.ID)
				}
			}
		}
	}
	c.State = adapter.StateRunning
	return nil
}

// exit ends containers by themselves, as one-shots do.
func (s *simulator) exit(ids ...string) {
	for _, id := range ids {
		s.container(id).State = adapter.StateStopped
	}
}
