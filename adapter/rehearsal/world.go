package rehearsal

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/hostwright/compose/adapter"
)

// World is all that a runtime has, and the rules that its calls keep. Times are given to it, so that it is the same for
// the same calls. It is not safe for concurrent use.
type World struct {
	Containers map[string]*Container `json:"containers"`
	Images     map[string]Image      `json:"images"` // by normalised reference
	Networks   map[string]*Network   `json:"networks"`
	Volumes    map[string]*Volume    `json:"volumes"`
	// Subnets and MACs count what was given out.
	Subnets int `json:"subnets"`
	MACs    int `json:"macs"`
	// Capabilities are the runtime's; LabelValueEquals, VolumeSharing, MinMemory and the defaults change the rules.
	Capabilities adapter.Capabilities `json:"-"`
}

// Container is one container of a World.
type Container struct {
	Request   adapter.CreateRequest `json:"request"`
	Image     Image                 `json:"image"`   // as it was at creation
	Process   []string              `json:"process"` // executable and arguments
	Env       map[string]string     `json:"env,omitempty"`
	Networks  []string              `json:"networks"`
	Created   time.Time             `json:"created"`
	Started   time.Time             `json:"started,omitzero"`
	State     adapter.State         `json:"state"`
	Addresses []adapter.Address     `json:"addresses,omitempty"`
	// Runs counts the starts. Of the last one Begun is the instant (Started has whole seconds).
	Runs  int       `json:"runs,omitempty"`
	Begun time.Time `json:"begun,omitzero"`
	// Ended is the last run that ended, and ExitCode how; 0 is none. No listing shows it, only an attached client is told.
	Ended    int `json:"ended,omitempty"`
	ExitCode int `json:"exitCode,omitempty"`
}

// Network is one network of a World. Next is the last part of the address that the next start gets.
type Network struct {
	adapter.Network
	Next int `json:"next"`
}

// Volume is one volume of a World.
type Volume struct{ adapter.Volume }

// Image is one reference in a World's store.
type Image struct {
	Reference  string              `json:"reference"`
	Platform   string              `json:"platform"`
	Digest     string              `json:"digest"`
	User       string              `json:"user,omitempty"`
	WorkingDir string              `json:"workingDir,omitempty"`
	StopSignal string              `json:"stopSignal,omitempty"`
	Entrypoint []string            `json:"entrypoint,omitempty"`
	Command    []string            `json:"command,omitempty"`
	Env        []string            `json:"env,omitempty"`
	Labels     map[string]string   `json:"labels,omitempty"`
	Config     adapter.ImageConfig `json:"config,omitzero"`
}

// NewWorld gives a world with nothing but the builtin network.
func NewWorld(c adapter.Capabilities, now time.Time) *World {
	w := &World{
		Containers: map[string]*Container{}, Images: map[string]Image{}, Networks: map[string]*Network{},
		Volumes: map[string]*Volume{}, Capabilities: c,
	}
	w.addNetwork(adapter.NetworkRequest{Name: defaultNetwork}, true, now)
	return w
}

// AppleCapabilities are those of Apple container 1.0.0 and later; RunsProcesses is true.
func AppleCapabilities() adapter.Capabilities {
	const mib = 1 << 20
	return adapter.Capabilities{
		RunsProcesses:       true,
		HostPlatform:        "linux/" + runtime.GOARCH,
		DefaultMemory:       1024 * mib,
		DefaultCPUs:         4,
		MinMemory:           200 * mib,
		OverheadMemory:      128 * mib,
		IdleMemory:          21_000_000,
		BuilderMemory:       2048 * mib,
		StartFailureIsExit1: true,
		VolumeLostFound:     true,
	}
}

// Snapshot gives the whole state, in the form and order of the listings.
func (w *World) Snapshot() adapter.Snapshot {
	s := adapter.Snapshot{
		Containers: []adapter.Container{}, Images: []adapter.Image{},
		Networks: []adapter.Network{}, Volumes: []adapter.Volume{},
	}
	for _, id := range sortedKeys(w.Containers) {
		s.Containers = append(s.Containers, w.Containers[id].Shown())
	}
	for _, reference := range sortedKeys(w.Images) {
		s.Images = append(s.Images, w.Images[reference].Shown())
	}
	for _, name := range sortedKeys(w.Networks) {
		n := w.Networks[name].Network
		n.Labels = maps.Clone(n.Labels)
		s.Networks = append(s.Networks, n)
	}
	for _, name := range sortedKeys(w.Volumes) {
		v := w.Volumes[name].Volume
		v.Labels = maps.Clone(v.Labels)
		s.Volumes = append(s.Volumes, v)
	}
	return s
}

// Shown gives the container as a listing shows it.
func (c *Container) Shown() adapter.Container {
	env := []string{}
	for _, key := range sortedKeys(c.Env) {
		env = append(env, key+"="+c.Env[key])
	}
	platform := c.Request.Platform
	if platform == "" {
		platform = c.Image.Platform
	}
	shown := adapter.Container{
		ID: c.Request.ID, State: c.State, Image: c.Image.Reference, Digest: c.Image.Digest,
		Created: c.Created, Started: c.Started, Labels: maps.Clone(c.Request.Labels), Platform: platform,
		Executable: c.Process[0], Arguments: slices.Clone(c.Process[1:]), Env: env,
		CPUs: c.Request.CPUs, Memory: c.Request.Memory, StopSignal: c.Image.StopSignal,
		Networks: slices.Clone(c.Networks), Addresses: slices.Clone(c.Addresses),
		Mounts: slices.Clone(c.Request.Mounts), Ports: slices.Clone(c.Request.Ports), TTY: c.Request.TTY,
	}
	for i := range shown.Ports {
		shown.Ports[i].Count = max(shown.Ports[i].Count, 1)
	}
	return shown
}

// Shown gives the image as a listing shows it.
func (i Image) Shown() adapter.Image {
	return adapter.Image{
		Reference: i.Reference, Digest: i.Digest,
		Variants: []adapter.Variant{{
			Platform: i.Platform, Digest: Digest(i.Digest, "manifest"), User: i.User,
			Entrypoint: slices.Clone(i.Entrypoint), Command: slices.Clone(i.Command), Env: slices.Clone(i.Env),
			WorkingDir: i.WorkingDir, StopSignal: i.StopSignal, Labels: maps.Clone(i.Labels),
		}},
	}
}

// Fail makes the error of a call; its text stands for the runtime's words.
func Fail(kind adapter.Kind, op, resource, format string, args ...any) error {
	return &adapter.Error{Kind: kind, Op: op, Resource: resource, Words: fmt.Sprintf(format, args...), ExitCode: 1}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// wholeSecond is a moment as Apple container keeps it.
func wholeSecond(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
