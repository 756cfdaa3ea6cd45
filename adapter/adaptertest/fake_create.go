package adaptertest

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
)

// containerName is the rule of Apple container 1.2.0 and later.
var containerName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$`)

// fakeContainer is a container of a Fake. run is nil before the first start.
type fakeContainer struct {
	request  adapter.CreateRequest
	image    FakeImage
	args     []string // executable and arguments
	env      map[string]string
	networks []string
	created  time.Time
	started  time.Time
	state    adapter.State
	address  []adapter.Address
	files    files // the root file system
	run      *fakeRun
}

// CreateContainer registers a container. The image, its networks and its volumes must exist.
func (f *Fake) CreateContainer(ctx context.Context, r adapter.CreateRequest) error {
	if err := f.enter(ctx, adapter.OpCreateContainer, r.ID); err != nil {
		return err
	}
	defer f.mu.Unlock()
	if err := f.checkCreate(r); err != nil {
		return err
	}
	reference, err := adapter.ParseReference(r.Image)
	if err != nil {
		return fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "%v", err)
	}
	image, found := f.images[reference.String()]
	if !found {
		return fail(adapter.NotFound, adapter.OpCreateContainer, r.ID, "image not found: %s", reference)
	}
	if r.CPUs == 0 {
		r.CPUs = f.caps.DefaultCPUs
	}
	if r.Memory == 0 {
		r.Memory = f.caps.DefaultMemory
	}
	c := &fakeContainer{request: r, image: image, state: adapter.StateStopped, created: now(), files: files{}}
	c.args = process(r, image)
	if len(c.args) == 0 {
		return fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "command/entrypoint not specified for container process")
	}
	c.env = environment(image.Env, r.Env)
	if c.networks, err = f.attachments(r); err != nil {
		return err
	}
	if err := f.checkMounts(r); err != nil {
		return err
	}
	f.containers[r.ID] = c
	f.notify()
	return nil
}

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

func (f *Fake) checkCreate(r adapter.CreateRequest) error {
	refuse := func(format string, args ...any) error {
		return fail(adapter.Refused, adapter.OpCreateContainer, r.ID, format, args...)
	}
	switch {
	case !containerName.MatchString(r.ID):
		return refuse("%q is not a valid container ID", r.ID)
	case r.Entrypoint != nil && len(r.Entrypoint) == 0:
		return fail(adapter.Unsupported, adapter.OpCreateContainer, r.ID, "an empty entrypoint cannot be expressed")
	case r.Memory != 0 && r.Memory < f.caps.MinMemory:
		return refuse("minimum memory amount allowed is %d MiB (got %d bytes)", f.caps.MinMemory>>20, r.Memory)
	case f.containers[r.ID] != nil:
		return fail(adapter.Exists, adapter.OpCreateContainer, r.ID, "container already exists: %s", r.ID)
	}
	for key, value := range r.Labels {
		if key == "" || !f.caps.LabelValueEquals && strings.Contains(key+value, "=") {
			return refuse("invalid label format %s", key)
		}
	}
	for _, e := range r.Env {
		if e.Key == "" || strings.Contains(e.Key, "=") {
			return refuse("no variable name")
		}
	}
	for _, p := range r.Ports {
		if p.HostPort < 2 || p.ContainerPort == 0 || p.Protocol != "tcp" && p.Protocol != "udp" {
			return refuse("invalid publish value: %+v", p)
		}
	}
	return nil
}

// attachments gives the networks of a request, which must exist.
func (f *Fake) attachments(r adapter.CreateRequest) ([]string, error) {
	if r.NoNetwork {
		if len(r.Networks) > 0 {
			return nil, fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "no other networks may be created along with network none")
		}
		return []string{}, nil
	}
	if len(r.Networks) == 0 {
		return []string{defaultNetwork}, nil
	}
	var names []string
	for _, n := range r.Networks {
		if f.networks[n.Network] == nil {
			return nil, fail(adapter.NotFound, adapter.OpCreateContainer, r.ID, "network %s not found", n.Network)
		}
		names = append(names, n.Network)
	}
	return names, nil
}

func (f *Fake) checkMounts(r adapter.CreateRequest) error {
	for _, m := range r.Mounts {
		switch {
		case !strings.HasPrefix(m.Target, "/"):
			return fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "mount target %q is not absolute", m.Target)
		case m.Kind == adapter.MountBind && !strings.HasPrefix(m.Source, "/"):
			return fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "mount source %q is not absolute", m.Source)
		case m.Kind == adapter.MountVolume && f.volumes[m.Source] == nil:
			return fail(adapter.NotFound, adapter.OpCreateContainer, r.ID, "volume '%s' not found", m.Source)
		case m.Kind != adapter.MountBind && m.Kind != adapter.MountVolume && m.Kind != adapter.MountTmpfs:
			return fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "unknown kind of mount %q", m.Kind)
		}
	}
	return nil
}

// process gives the words that a container runs: an entrypoint of the request drops the image's command.
func process(r adapter.CreateRequest, image FakeImage) []string {
	if r.Entrypoint != nil {
		return slices.Concat(r.Entrypoint, r.Command)
	}
	if r.Command != nil {
		return slices.Concat(image.Entrypoint, r.Command)
	}
	return slices.Concat(image.Entrypoint, image.Command)
}

// environment merges what the image has with what the request says.
func environment(image []string, request []adapter.EnvVar) map[string]string {
	env := map[string]string{}
	for _, entry := range image {
		if key, value, found := strings.Cut(entry, "="); found {
			env[key] = value
		}
	}
	for _, e := range request {
		env[e.Key] = e.Value
	}
	return env
}

// shown gives the container as a listing shows it.
func (c *fakeContainer) shown() adapter.Container {
	env := []string{}
	for _, key := range sortedKeys(c.env) {
		env = append(env, key+"="+c.env[key])
	}
	platform := c.request.Platform
	if platform == "" {
		platform = c.image.Platform
	}
	shown := adapter.Container{
		ID: c.request.ID, State: c.state, Image: c.image.Reference, Digest: c.image.Digest,
		Created: c.created, Started: c.started, Labels: maps.Clone(c.request.Labels), Platform: platform,
		Executable: c.args[0], Arguments: slices.Clone(c.args[1:]), Env: env,
		CPUs: c.request.CPUs, Memory: c.request.Memory, StopSignal: c.image.StopSignal,
		Networks: slices.Clone(c.networks), Addresses: slices.Clone(c.address),
		Mounts: slices.Clone(c.request.Mounts), Ports: slices.Clone(c.request.Ports), TTY: c.request.TTY,
	}
	for i := range shown.Ports {
		shown.Ports[i].Count = max(shown.Ports[i].Count, 1)
	}
	return shown
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
