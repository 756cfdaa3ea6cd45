package adapter

import (
	"net/netip"
	"time"
)

// Snapshot is what the runtime showed at one moment. It is asked for once per operation and passed on. A nil list was
// not asked for; an empty one had nothing.
type Snapshot struct {
	Containers []Container `json:"containers"`
	Images     []Image     `json:"images"`
	Networks   []Network   `json:"networks"`
	Volumes    []Volume    `json:"volumes"`
}

// Container finds a container by ID.
func (s *Snapshot) Container(id string) (*Container, bool) {
	for i := range s.Containers {
		if s.Containers[i].ID == id {
			return &s.Containers[i], true
		}
	}
	return nil, false
}

// Image finds an image by its normalised reference.
func (s *Snapshot) Image(reference string) (*Image, bool) {
	for i := range s.Images {
		if s.Images[i].Reference == reference {
			return &s.Images[i], true
		}
	}
	return nil, false
}

// Network finds a network by name.
func (s *Snapshot) Network(name string) (*Network, bool) {
	for i := range s.Networks {
		if s.Networks[i].Name == name {
			return &s.Networks[i], true
		}
	}
	return nil, false
}

// Volume finds a volume by name.
func (s *Snapshot) Volume(name string) (*Volume, bool) {
	for i := range s.Volumes {
		if s.Volumes[i].Name == name {
			return &s.Volumes[i], true
		}
	}
	return nil, false
}

// State is a container's state as the runtime tells it. The runtime knows no more than running and stopped: whether a
// stopped one ever ran, and how it ended, is in the recorder's files.
type State string

// The states. StateUnknown stands for any word that the adapter does not know.
const (
	StateRunning  State = "running"
	StateStopped  State = "stopped"
	StateStopping State = "stopping"
	StateUnknown  State = "unknown"
)

// Container is one container as the runtime shows it.
type Container struct {
	ID       string            `json:"id"` // name and ID are one thing
	State    State             `json:"state"`
	Image    string            `json:"image"`       // normalised reference
	Digest   string            `json:"imageDigest"` // of the index at creation
	Created  time.Time         `json:"created,omitzero"`
	Started  time.Time         `json:"started,omitzero"` // last start; zero before the first and after a restart of the services
	Labels   map[string]string `json:"labels,omitempty"`
	Platform string            `json:"platform,omitempty"` // os/arch[/variant]
	// Executable and Arguments are the process; Env may hold secrets and is shown to nobody unfiltered.
	Executable string    `json:"executable,omitempty"`
	Arguments  []string  `json:"arguments,omitempty"`
	Env        []string  `json:"-"`
	CPUs       int       `json:"cpus,omitempty"`
	Memory     int64     `json:"memory,omitempty"` // bytes
	StopSignal string    `json:"stopSignal,omitempty"`
	Networks   []string  `json:"networks,omitempty"`  // wanted, in order
	Addresses  []Address `json:"addresses,omitempty"` // only while it runs
	Mounts     []Mount   `json:"mounts,omitempty"`
	Ports      []Port    `json:"ports,omitempty"`
	TTY        bool      `json:"tty,omitempty"`
}

// Running tells whether the container's process runs.
func (c *Container) Running() bool { return c.State == StateRunning }

// Stats is one reading of a running container's counters.
type Stats struct {
	ID string `json:"id"`
	// Taken is when the reading came.
	Taken time.Time `json:"taken"`
	// CPU is the processor time used since the start, of all processors together.
	CPU time.Duration `json:"cpu"`
	// Memory and MemoryLimit, and the sums of network and disk traffic, are bytes.
	Memory      uint64 `json:"memory"`
	MemoryLimit uint64 `json:"memoryLimit"`
	Received    uint64 `json:"received"`
	Sent        uint64 `json:"sent"`
	Read        uint64 `json:"read"`
	Written     uint64 `json:"written"`
	Processes   uint64 `json:"processes"`
}

// Address is what a running container has on one network. IPv4 is without the prefix length.
type Address struct {
	Network string     `json:"network"`
	IPv4    netip.Addr `json:"ipv4,omitzero"`
	Gateway netip.Addr `json:"gateway,omitzero"`
	IPv6    netip.Addr `json:"ipv6,omitzero"`
	MAC     string     `json:"mac,omitempty"`
}

// Image is one reference in the local store.
type Image struct {
	Reference string    `json:"reference"` // normalised
	Digest    string    `json:"digest"`    // of the index, "sha256:..."
	Created   time.Time `json:"created,omitzero"`
	Size      int64     `json:"size,omitempty"`
	// Variants are the platforms that are present locally.
	Variants []Variant `json:"variants,omitempty"`
}

// Variant finds the variant for a platform ("os/arch", a variant of the architecture is compared only when both name
// one).
func (i *Image) Variant(platform string) (*Variant, bool) {
	for n := range i.Variants {
		if samePlatform(i.Variants[n].Platform, platform) {
			return &i.Variants[n], true
		}
	}
	return nil, false
}

// Variant is one platform of an image, with the part of its config that the listing shows.
type Variant struct {
	Platform   string            `json:"platform"` // os/arch[/variant]
	Digest     string            `json:"digest"`   // of the manifest
	Size       int64             `json:"size,omitempty"`
	User       string            `json:"user,omitempty"`
	Entrypoint []string          `json:"entrypoint,omitempty"`
	Command    []string          `json:"command,omitempty"`
	Env        []string          `json:"-"`
	WorkingDir string            `json:"workingDir,omitempty"`
	StopSignal string            `json:"stopSignal,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
}

// ImageConfig is what the listing hides and ImageConfig reads.
type ImageConfig struct {
	Volumes     []string     `json:"volumes,omitempty"` // sorted paths of VOLUME
	Ports       []string     `json:"ports,omitempty"`   // "80/tcp", sorted
	Healthcheck *ImageHealth `json:"healthcheck,omitempty"`
}

// ImageHealth is an image's HEALTHCHECK; zero durations are Docker's defaults.
type ImageHealth struct {
	Test          []string      `json:"test"`
	Interval      time.Duration `json:"interval,omitempty"`
	Timeout       time.Duration `json:"timeout,omitempty"`
	StartPeriod   time.Duration `json:"startPeriod,omitempty"`
	StartInterval time.Duration `json:"startInterval,omitempty"`
	Retries       int           `json:"retries,omitempty"`
}

// Network is one network as the runtime shows it.
type Network struct {
	Name     string            `json:"name"`
	Internal bool              `json:"internal,omitempty"`
	Builtin  bool              `json:"builtin,omitempty"`
	Subnet   netip.Prefix      `json:"subnet,omitzero"`
	Gateway  netip.Addr        `json:"gateway,omitzero"`
	Labels   map[string]string `json:"labels,omitempty"`
	Created  time.Time         `json:"created,omitzero"`
}

// Volume is one volume as the runtime shows it.
type Volume struct {
	Name    string            `json:"name"`
	Labels  map[string]string `json:"labels,omitempty"`
	Created time.Time         `json:"created,omitzero"`
	Size    int64             `json:"size,omitempty"` // capacity
	// Anonymous marks one that the runtime made for a mount without a source.
	Anonymous bool `json:"anonymous,omitempty"`
}
