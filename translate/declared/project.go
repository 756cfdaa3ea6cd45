package declared

import "time"

// Project is everything one compose project declares, after interpolation, profiles and selection.
type Project struct {
	Name string `json:"name"`
	// Dir is the absolute project directory: relative paths start there and .hostwright lies in it.
	Dir string `json:"dir"`
	// Files are the compose files as absolute paths, "-" for standard input.
	Files []string `json:"files"`
	// EnvFiles are the files of --env-file as absolute paths.
	EnvFiles []string  `json:"envFiles,omitempty"`
	Services []Service `json:"services"` // enabled ones, by name
	// Disabled names the services that the files declare and this command leaves out (profiles, selection). Their
	// containers are not orphans.
	Disabled []string `json:"disabled,omitempty"`
	// LeftOut are those of them that only this command leaves out (a selection, not a profile), by name, with what they
	// have in common with others: scale, mounts of named volumes, dependencies. A volume is made with them in mind.
	LeftOut  []Service `json:"leftOut,omitempty"`
	Networks []Network `json:"networks"` // by key
	Volumes  []Volume  `json:"volumes"`  // named ones, by key
	// Staged are the files that Hostwright writes itself for containers to read: secrets and configs whose content
	// comes from the compose file or the environment. Services refer to them by Key.
	Staged []StagedFile `json:"staged,omitempty"`
}

// Service finds a service by name.
func (p *Project) Service(name string) (*Service, bool) {
	for i := range p.Services {
		if p.Services[i].Name == name {
			return &p.Services[i], true
		}
	}
	return nil, false
}

// Network is one network of the project.
type Network struct {
	Key      string   `json:"key"`  // name in the compose file
	Name     string   `json:"name"` // name in the runtime
	External bool     `json:"external,omitempty"`
	Internal bool     `json:"internal,omitempty"`
	Subnet   string   `json:"subnet,omitempty"`   // CIDR, empty: the runtime chooses
	SubnetV6 string   `json:"subnetV6,omitempty"` // CIDR
	Labels   []KeyVal `json:"labels,omitempty"`
}

// Volume is one named volume of the project.
type Volume struct {
	Key      string   `json:"key"`
	Name     string   `json:"name"`
	External bool     `json:"external,omitempty"`
	Size     Bytes    `json:"size,omitempty"` // capacity; 0: the runtime's default
	Labels   []KeyVal `json:"labels,omitempty"`
}

// StagedFile is a secret or config that has no file of its own on the host.
type StagedFile struct {
	Key     string    `json:"key"` // "secrets/db_password" or "configs/app"
	Content Sensitive `json:"content"`
}

// KeyVal is one entry of a sorted map such as labels.
type KeyVal struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Service is one service: what each of its Scale containers shall be.
//
// Fields that are tagged plan:"-" do not belong to the container itself: a change there recreates nothing, as with
// Docker Compose's config hash (build, pull policy, scale, depends_on, profiles).
type Service struct {
	Name  string `json:"name"`
	Image string `json:"image"` // reference as written, or project-service for one that is only built
	Build *Build `json:"build,omitempty" plan:"-"`
	// PullPolicy is "", "always", "missing", "never", "build", "daily", "weekly" or "every_<duration>".
	PullPolicy string `json:"pullPolicy,omitempty" plan:"-"`
	Platform   string `json:"platform,omitempty"` // os/arch[/variant], empty: the host's
	Scale      int    `json:"scale" plan:"-"`
	// OldNames is true under --compatibility: containers and images get names with "_" instead of "-".
	OldNames bool `json:"oldNames,omitempty" plan:"-"`
	// ContainerName is the fixed name, empty when names are derived (ContainerName function).
	ContainerName string `json:"containerName,omitempty"`

	// Command and Entrypoint: nil keeps the image's, an empty list clears it. Setting Entrypoint drops the image's
	// command.
	Command     []string `json:"command"`
	Entrypoint  []string `json:"entrypoint"`
	Environment []EnvVar `json:"environment,omitempty"` // by key, each key once
	WorkingDir  string   `json:"workingDir,omitempty"`
	// Expose are ports that are named and not published, sorted: "80", "80-90/udp". ps shows them.
	Expose    []string `json:"expose,omitempty"`
	User      string   `json:"user,omitempty"`
	TTY       bool     `json:"tty,omitempty"`
	StdinOpen bool     `json:"stdinOpen,omitempty"`
	Init      bool     `json:"init,omitempty"`
	ReadOnly  bool     `json:"readOnly,omitempty"`

	CPUs    int      `json:"cpus,omitempty"`   // whole virtual CPUs; 0: the runtime's default
	Memory  Bytes    `json:"memory,omitempty"` // 0: the runtime's default
	Reserve Bytes    `json:"reserve,omitempty" plan:"-"`
	ShmSize Bytes    `json:"shmSize,omitempty"`
	Ulimits []Ulimit `json:"ulimits,omitempty"`
	CapAdd  []string `json:"capAdd,omitempty"`
	CapDrop []string `json:"capDrop,omitempty"`

	Mounts []Mount `json:"mounts,omitempty"` // by target

	// Networks in order of attachment: the first gives the default route. Empty with NetworkMode "none".
	Networks    []Attachment `json:"networks,omitempty"`
	NetworkMode string       `json:"networkMode,omitempty"` // "" or "none"
	Ports       []Port       `json:"ports,omitempty"`
	ExtraHosts  []HostEntry  `json:"extraHosts,omitempty"`
	Links       []Link       `json:"links,omitempty"`
	Hostname    string       `json:"hostname,omitempty"` // resolves to the container itself; "" none
	DNS         []string     `json:"dns,omitempty"`
	DNSSearch   []string     `json:"dnsSearch,omitempty"`
	DNSOptions  []string     `json:"dnsOptions,omitempty"`

	DependsOn   []Dependency   `json:"dependsOn,omitempty" plan:"-"`
	Healthcheck *Healthcheck   `json:"healthcheck,omitempty"` // nil: the image's own
	Restart     Restart        `json:"restart,omitzero"`
	StopSignal  string         `json:"stopSignal,omitempty"` // "": the image's, else SIGTERM
	StopGrace   *time.Duration `json:"stopGrace,omitempty"`  // nil: 10 s, Docker Compose's default
	Labels      []KeyVal       `json:"labels,omitempty"`
	// PostStart run in the container after a command has started it, PreStop before a command stops it, in order.
	PostStart []Hook   `json:"postStart,omitempty"`
	PreStop   []Hook   `json:"preStop,omitempty"`
	Profiles  []string `json:"profiles,omitempty" plan:"-"`
	// NoAttach is "attach: false": foreground up and logs leave its output out.
	NoAttach bool `json:"noAttach,omitempty" plan:"-"`
	// Rehearse says how the rehearsal runtime shall let this service's containers behave (x-hostwright).
	Rehearse *Rehearsal `json:"rehearse,omitempty" plan:"-"`
}

// DefaultStopGrace is what Docker Compose gives a container between its stop signal and SIGKILL.
const DefaultStopGrace = 10 * time.Second

// Grace gives the time between stop signal and SIGKILL.
func (s *Service) Grace() time.Duration {
	if s.StopGrace != nil {
		return *s.StopGrace
	}
	return DefaultStopGrace
}

// EnvVar is one variable. Unset (a null value without one in the caller) removes what the image sets.
type EnvVar struct {
	Key   string    `json:"key"`
	Value Sensitive `json:"value"`
	Unset bool      `json:"unset,omitempty"`
}

// Ulimit is one resource limit; -1 means unlimited.
type Ulimit struct {
	Name string `json:"name"`
	Soft int64  `json:"soft"`
	Hard int64  `json:"hard"`
}

// MountKind says what a mount's source is.
type MountKind string

// The kinds of mounts. A secret or config with a file of its own on the host is a bind; one without is staged.
const (
	MountBind      MountKind = "bind"      // Source: absolute host path
	MountVolume    MountKind = "volume"    // Source: key of a named volume
	MountAnonymous MountKind = "anonymous" // no source: a volume of this container's own
	MountTmpfs     MountKind = "tmpfs"
	MountStaged    MountKind = "staged" // Source: Key of a StagedFile
)

// Mount is one thing mounted into a container.
type Mount struct {
	Kind     MountKind `json:"kind"`
	Source   string    `json:"source,omitempty"`
	Target   string    `json:"target"` // absolute path in the container
	ReadOnly bool      `json:"readOnly,omitempty"`
	// CreateSource makes a missing bind source a directory, as Docker's short syntax does.
	CreateSource bool `json:"createSource,omitempty"`
	// NoCopy leaves a new volume empty instead of copying what the image has at Target.
	NoCopy bool  `json:"noCopy,omitempty"`
	Size   Bytes `json:"size,omitempty"` // tmpfs
	// Options of a tmpfs beside size and mode, as the kernel takes them ("uid=1000").
	Options []string `json:"options,omitempty"`
	// Mode is the permission of a tmpfs or staged file, 0 when not given.
	Mode   uint32   `json:"mode,omitempty"`
	UID    string   `json:"uid,omitempty"` // staged: as asked for; the runtime may not be able to
	GID    string   `json:"gid,omitempty"`
	Labels []KeyVal `json:"labels,omitempty"` // anonymous
}

// Attachment is one network of a service.
type Attachment struct {
	Network string   `json:"network"` // key in Project.Networks
	Aliases []string `json:"aliases,omitempty"`
	MAC     string   `json:"mac,omitempty"`
	MTU     int      `json:"mtu,omitempty"`
}

// Port is one published port, or a range that the planner expands for replicas.
type Port struct {
	Target   uint16 `json:"target"`
	HostIP   string `json:"hostIP,omitempty"` // "": all IPv4 addresses
	Protocol string `json:"protocol"`         // tcp or udp
	// First and Last bound the host port: equal for a fixed one, both 0 for a free one.
	First uint16 `json:"first,omitempty"`
	Last  uint16 `json:"last,omitempty"`
}

// HostEntry is one extra_hosts line; Address may be "host-gateway".
type HostEntry struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// Link is one entry of links.
type Link struct {
	Service string `json:"service"`
	Alias   string `json:"alias"`
}

// Condition is what a dependent waits for.
type Condition string

// The conditions of depends_on (Compose specification, services, depends_on).
const (
	Started   Condition = "service_started"
	Healthy   Condition = "service_healthy"
	Completed Condition = "service_completed_successfully"
)

// Dependency is one edge of depends_on.
type Dependency struct {
	Service   string    `json:"service"`
	Condition Condition `json:"condition"`
	Required  bool      `json:"required"`
	Restart   bool      `json:"restart,omitempty"`
}

// Healthcheck is a probe of a service. Test is ["NONE"], ["CMD", ...] or ["CMD-SHELL", line]. Zero durations and
// retries stand for Docker's defaults (30 s, 30 s, 0, 5 s, 3) or the image's.
type Healthcheck struct {
	Test          []string      `json:"test,omitempty"`
	Interval      time.Duration `json:"interval,omitempty"`
	Timeout       time.Duration `json:"timeout,omitempty"`
	StartPeriod   time.Duration `json:"startPeriod,omitempty"`
	StartInterval time.Duration `json:"startInterval,omitempty"`
	Retries       int           `json:"retries,omitempty"`
	Disable       bool          `json:"disable,omitempty"`
}

// Hook is a command that runs in a container at a point of its life (Compose specification, services, post_start and
// pre_stop). User and WorkingDir are the container's when empty; Environment is added to the container's.
type Hook struct {
	Command     []string `json:"command"`
	User        string   `json:"user,omitempty"`
	WorkingDir  string   `json:"workingDir,omitempty"`
	Environment []EnvVar `json:"environment,omitempty"` // by key, each key once
}

// Restart is a restart policy: "", "no", "always", "unless-stopped" or "on-failure".
type Restart struct {
	Policy     string        `json:"policy,omitempty"`
	MaxRetries int           `json:"maxRetries,omitempty"`
	Delay      time.Duration `json:"delay,omitempty"`
	Window     time.Duration `json:"window,omitempty"`
}

// Build says how a service's image is built.
type Build struct {
	Context    string   `json:"context"`              // absolute directory
	Dockerfile string   `json:"dockerfile,omitempty"` // absolute path, "" the default
	Inline     string   `json:"inline,omitempty"`     // dockerfile_inline
	Args       []KeyVal `json:"args,omitempty"`
	Target     string   `json:"target,omitempty"`
	Labels     []KeyVal `json:"labels,omitempty"`
	Tags       []string `json:"tags,omitempty"`
	Platforms  []string `json:"platforms,omitempty"`
	NoCache    bool     `json:"noCache,omitempty"`
	Pull       bool     `json:"pull,omitempty"`
	// SSH is true when the default agent is forwarded.
	SSH     bool          `json:"ssh,omitempty"`
	Secrets []BuildSecret `json:"secrets,omitempty"`
}

// BuildSecret is one RUN --mount=type=secret: a file, or a value.
type BuildSecret struct {
	ID    string    `json:"id"`
	File  string    `json:"file,omitempty"`
	Value Sensitive `json:"value"`
}

// Rehearsal tells the rehearsal runtime how a container behaves.
type Rehearsal struct {
	ReadyAfter time.Duration `json:"readyAfter,omitempty"`
	RunFor     time.Duration `json:"runFor,omitempty"`
	ExitCode   int           `json:"exitCode,omitempty"`
}
