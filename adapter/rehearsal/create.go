package rehearsal

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
)

// containerName is the rule of Apple container 1.2.0 and later.
var containerName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$`) })

// Create registers a container. The image, its networks and its volumes must exist.
func (w *World) Create(r adapter.CreateRequest, now time.Time) (*Container, error) {
	if err := w.checkCreate(r); err != nil {
		return nil, err
	}
	reference, err := adapter.ParseReference(r.Image)
	if err != nil {
		return nil, Fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "%v", err)
	}
	image, found := w.Images[reference.String()]
	if !found {
		return nil, Fail(adapter.NotFound, adapter.OpCreateContainer, r.ID, "image not found: %s", reference)
	}
	if r.CPUs == 0 {
		r.CPUs = w.Capabilities.DefaultCPUs
	}
	if r.Memory == 0 {
		r.Memory = w.Capabilities.DefaultMemory
	}
	c := &Container{Image: image, State: adapter.StateStopped, Created: wholeSecond(now), Process: process(r, image)}
	if len(c.Process) == 0 {
		return nil, Fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "command/entrypoint not specified for container process")
	}
	c.Env = Environment(image.Env, r.Env)
	if c.Networks, err = w.attachments(r); err != nil {
		return nil, err
	}
	if err := w.checkMounts(r); err != nil {
		return nil, err
	}
	r.Env = nil
	c.Request = r
	w.Containers[r.ID] = c
	return c, nil
}

func (w *World) checkCreate(r adapter.CreateRequest) error {
	refuse := func(format string, args ...any) error {
		return Fail(adapter.Refused, adapter.OpCreateContainer, r.ID, format, args...)
	}
	least := w.Capabilities.MinMemory
	switch {
	case !containerName().MatchString(r.ID):
		return refuse("%q is not a valid container ID", r.ID)
	case r.Entrypoint != nil && len(r.Entrypoint) == 0:
		return Fail(adapter.Unsupported, adapter.OpCreateContainer, r.ID, "an empty entrypoint cannot be expressed")
	case r.Memory != 0 && r.Memory < least:
		return refuse("minimum memory amount allowed is %d MiB (got %d bytes)", least>>20, r.Memory)
	case w.Containers[r.ID] != nil:
		return Fail(adapter.Exists, adapter.OpCreateContainer, r.ID, "container already exists: %s", r.ID)
	}
	for key, value := range r.Labels {
		if key == "" || !w.Capabilities.LabelValueEquals && strings.Contains(key+value, "=") {
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
func (w *World) attachments(r adapter.CreateRequest) ([]string, error) {
	if r.NoNetwork {
		if len(r.Networks) > 0 {
			return nil, Fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "no other networks may be created along with network none")
		}
		return []string{}, nil
	}
	if len(r.Networks) == 0 {
		return []string{defaultNetwork}, nil
	}
	var names []string
	for _, n := range r.Networks {
		if w.Networks[n.Network] == nil {
			return nil, Fail(adapter.NotFound, adapter.OpCreateContainer, r.ID, "network %s not found", n.Network)
		}
		names = append(names, n.Network)
	}
	return names, nil
}

func (w *World) checkMounts(r adapter.CreateRequest) error {
	for _, m := range r.Mounts {
		switch {
		case !strings.HasPrefix(m.Target, "/"):
			return Fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "mount target %q is not absolute", m.Target)
		case m.Kind == adapter.MountBind && !strings.HasPrefix(m.Source, "/"):
			return Fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "mount source %q is not absolute", m.Source)
		case m.Kind == adapter.MountVolume && w.Volumes[m.Source] == nil:
			return Fail(adapter.NotFound, adapter.OpCreateContainer, r.ID, "volume '%s' not found", m.Source)
		case m.Kind != adapter.MountBind && m.Kind != adapter.MountVolume && m.Kind != adapter.MountTmpfs:
			return Fail(adapter.Refused, adapter.OpCreateContainer, r.ID, "unknown kind of mount %q", m.Kind)
		}
	}
	return nil
}

// process gives the words that a container runs: an entrypoint of the request drops the image's command.
func process(r adapter.CreateRequest, image Image) []string {
	if r.Entrypoint != nil {
		return slices.Concat(r.Entrypoint, r.Command)
	}
	if r.Command != nil {
		return slices.Concat(image.Entrypoint, r.Command)
	}
	return slices.Concat(image.Entrypoint, image.Command)
}

// Environment merges what an image has with what a request says.
func Environment(image []string, request []adapter.EnvVar) map[string]string {
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
