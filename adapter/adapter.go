package adapter

import (
	"context"
	"io"
	"time"
)

// RuntimeAdapter drives one container runtime for one user.
//
// The life of a container: Create registers it without starting anything; StartAttached boots it and returns when its
// process has ended; Stop or Kill end the process; Delete removes it with its root file system and its log. Volumes
// and networks live apart and are removed by name.
//
// Every method may be called from several goroutines at once. A method whose context ends returns an *Error of kind
// Timeout or the context's error; a mutation that was cut off so is ambiguous: the caller observes before it judges
// and never repeats blindly. Every error that the runtime gave is an *Error. Mutations are not repeated by an adapter.
//
// Files put into the context by WithInherited are inherited by the processes that mutate the runtime, so that a lock
// stays held until the last of them has ended.
type RuntimeAdapter interface {
	// Name is the adapter's name for people, such as "Apple container".
	Name() string
	// Capabilities says what the runtime can do, as far as it is known without asking it.
	Capabilities() Capabilities

	Containers
	Images
	Networks
	Volumes
	System
}

// Containers are the calls about containers.
type Containers interface {
	// ListContainers gives every container of the user, in any state, foreign ones included, sorted by ID. It is one
	// call of the runtime. A just-created container may be missing from it.
	ListContainers(ctx context.Context) ([]Container, error)
	// InspectContainer gives one container; NotFound when there is none.
	InspectContainer(ctx context.Context, id string) (Container, error)
	// CreateContainer registers a container; Exists when the ID is taken. The image must be present locally.
	CreateContainer(ctx context.Context, r CreateRequest) error
	// StartAttached starts a container and copies its output until its process ends, then gives the exit code
	// (128+n for signal n). It has no deadline of its own. An error means that the container did not start, or that
	// the client lost it; exit code 1 with a nil error may still be a failed start on runtimes whose command cannot
	// tell (Capabilities.StartFailureIsExit1): inspect afterwards.
	StartAttached(ctx context.Context, r StartRequest) (int, error)
	// StopContainer sends the signal, waits at most grace, then kills; it returns when the container has stopped. It
	// is idempotent on a stopped container. An empty signal is the image's own.
	StopContainer(ctx context.Context, id, signal string, grace time.Duration) error
	// KillContainer sends a signal to a running container; WrongState when it does not run.
	KillContainer(ctx context.Context, id, signal string) error
	// DeleteContainer removes a stopped container; with force a running one is killed first.
	DeleteContainer(ctx context.Context, id string, force bool) error
	// Exec runs a process in a running container and gives its exit code. No deadline of its own.
	Exec(ctx context.Context, r ExecRequest) (int, error)
	// ContainerStats gives one reading of what running containers use, sorted by ID; no ID means all of them. One that
	// does not run is left out; NotFound when there is none of an ID. It may take seconds: some runtimes sample twice.
	ContainerStats(ctx context.Context, ids []string) ([]Stats, error)
}

// StartRequest starts a container attached.
type StartRequest struct {
	ID string
	// Stdin is forwarded when it is not nil.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// ExecRequest runs a process beside a container's own. With TTY the streams must be the terminal's files.
type ExecRequest struct {
	ID          string
	Command     []string
	Env         []EnvVar
	User        string
	WorkingDir  string
	TTY         bool
	Interactive bool // forward Stdin
	Detach      bool // return at once; no output, exit code 0
	// Hook is for the rehearsal runtime only, whose exec otherwise tells whether the container is ready: it succeeds.
	// Other adapters ignore it.
	Hook   bool
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
}

// EnvVar is one variable. Its value may be a secret: it never appears in an Error. Sensitive ones do not appear in
// the arguments of a process either.
type EnvVar struct {
	Key       string
	Value     string
	Sensitive bool
}

// CreateRequest describes a container in the runtime's own terms. Zero values mean the runtime's defaults.
type CreateRequest struct {
	ID    string
	Image string
	// Platform is os/arch[/variant], empty for the host's.
	Platform string
	// Entrypoint replaces the image's and drops its command; nil keeps it. Command follows it; nil keeps the
	// image's command where the entrypoint is the image's too.
	Entrypoint []string
	Command    []string
	Env        []EnvVar
	WorkingDir string
	User       string
	TTY        bool
	OpenStdin  bool
	Init       bool
	ReadOnly   bool
	CPUs       int
	Memory     int64 // bytes
	ShmSize    int64 // bytes
	Ulimits    []Ulimit
	CapAdd     []string
	CapDrop    []string
	Mounts     []Mount
	Networks   []NetworkAttachment // nil with NoNetwork false: the runtime's default network
	NoNetwork  bool
	Ports      []Port
	DNS        []string
	DNSSearch  []string
	DNSOptions []string
	Labels     map[string]string
	Rosetta    bool
	SSH        bool
	// Behaviour is for the rehearsal runtime only: how the container shall act. Other adapters ignore it.
	Behaviour *Behaviour
}

// Behaviour says how a rehearsed container acts: ready (its probes succeed) after ReadyAfter, ended with ExitCode
// after RunFor; a RunFor of 0 runs until it is stopped.
type Behaviour struct {
	ReadyAfter time.Duration
	RunFor     time.Duration
	ExitCode   int
}

// Ulimit is one limit; -1 is unlimited.
type Ulimit struct {
	Name       string
	Soft, Hard int64
}

// MountKind is what a mount's source is.
type MountKind string

// The kinds of mounts.
const (
	MountBind   MountKind = "bind"   // Source: absolute host path, a directory or a single file
	MountVolume MountKind = "volume" // Source: name of a volume, which must exist
	MountTmpfs  MountKind = "tmpfs"
)

// Mount is one mount of a container.
type Mount struct {
	Kind     MountKind `json:"kind"`
	Source   string    `json:"source,omitempty"`
	Target   string    `json:"target"`
	ReadOnly bool      `json:"readOnly,omitempty"`
	Size     int64     `json:"size,omitempty"` // tmpfs, bytes
	Mode     uint32    `json:"mode,omitempty"` // tmpfs
	// Options of a tmpfs beside size and mode, as the kernel takes them; Unsupported where the runtime has none.
	Options []string `json:"options,omitempty"`
}

// NetworkAttachment is one network of a container that shall be created.
type NetworkAttachment struct {
	Network string
	MAC     string
	MTU     int
}

// Port is one published port (Count consecutive ones from HostPort and ContainerPort on). HostIP is an IPv4 address,
// empty for all.
type Port struct {
	HostIP        string `json:"hostIP,omitempty"`
	HostPort      uint16 `json:"hostPort"`
	ContainerPort uint16 `json:"containerPort"`
	Protocol      string `json:"protocol"`        // tcp or udp
	Count         uint16 `json:"count,omitempty"` // 0 means 1
}

// Images are the calls about images.
type Images interface {
	// ListImages gives the images of the user, sorted by reference.
	ListImages(ctx context.Context) ([]Image, error)
	// PullImage fetches one platform of an image. Progress may be nil; it gets the runtime's own progress lines.
	PullImage(ctx context.Context, r PullRequest) error
	// PushImage sends a local image to its registry; NotFound when it is not here, Denied when the registry refuses.
	PushImage(ctx context.Context, r PushRequest) error
	// BuildImage builds an image and tags it. The builder's log goes to r.Log.
	BuildImage(ctx context.Context, r BuildRequest) error
	// ImageConfig reads what the listing hides of one platform of a local image: health check, volumes, ports. It may
	// be slow (the whole image is read); cache it by digest.
	ImageConfig(ctx context.Context, reference, platform string) (ImageConfig, error)
	TagImage(ctx context.Context, source, target string) error
	// DeleteImage removes a reference; NotFound when there is none.
	DeleteImage(ctx context.Context, reference string) error
	// NormaliseReference gives the full form under which the runtime lists an image: "redis" becomes
	// "docker.io/library/redis:latest". It does no I/O. It fails on a reference that the runtime would refuse.
	NormaliseReference(reference string) (string, error)
}

// PullRequest fetches an image.
type PullRequest struct {
	Reference string
	Platform  string // empty: the host's
	Progress  io.Writer
}

// PushRequest sends an image.
type PushRequest struct {
	Reference string
	Platform  string // empty: all platforms that are here
	Progress  io.Writer
}

// BuildRequest builds an image from a directory.
type BuildRequest struct {
	Context    string // absolute directory
	Dockerfile string // absolute path; empty: the context's own
	// Inline is the text of a Dockerfile, instead of Dockerfile.
	Inline    string
	Tags      []string
	Args      []EnvVar
	Target    string
	Labels    map[string]string
	Platforms []string
	NoCache   bool
	Pull      bool
	SSH       bool
	Secrets   []BuildSecret
	Log       io.Writer // the builder's log; nil drops it
}

// BuildSecret is a file, or a value that reaches the builder through the environment.
type BuildSecret struct {
	ID    string
	File  string
	Value string
}

// Networks are the calls about networks.
type Networks interface {
	ListNetworks(ctx context.Context) ([]Network, error)
	// CreateNetwork makes a network and gives it as the runtime shows it; Exists when the name is taken.
	CreateNetwork(ctx context.Context, r NetworkRequest) error
	// DeleteNetwork removes one; InUse while any container, stopped ones included, refers to it.
	DeleteNetwork(ctx context.Context, name string) error
}

// NetworkRequest makes a network.
type NetworkRequest struct {
	Name     string
	Internal bool
	Subnet   string
	SubnetV6 string
	Labels   map[string]string
}

// Volumes are the calls about volumes.
type Volumes interface {
	ListVolumes(ctx context.Context) ([]Volume, error)
	// CreateVolume makes an empty volume; Exists when the name is taken.
	CreateVolume(ctx context.Context, r VolumeRequest) error
	// DeleteVolume removes one with its data; InUse while any container refers to it.
	DeleteVolume(ctx context.Context, name string) error
}

// VolumeRequest makes a volume. Size is its capacity in bytes, 0 for the runtime's default.
type VolumeRequest struct {
	Name   string
	Size   int64
	Labels map[string]string
}

// System are the calls about the runtime itself.
type System interface {
	// Version gives the versions of the client and, where it answers, of the server. It fails with Missing when the
	// command is not installed and with TooOld when it is older than the adapter can drive.
	Version(ctx context.Context) (Version, error)
	// Ping fails with NotRunning when the runtime's services do not run.
	Ping(ctx context.Context) error
	// StartServices starts the runtime's services, as after a login; it is idempotent. It installs nothing: without a
	// kernel the services run, and containers cannot be created.
	StartServices(ctx context.Context) error
}

// Version is what Version gives. Server is empty when the services did not answer.
type Version struct {
	Client string `json:"client"`
	Server string `json:"server,omitempty"`
}

// Mixed tells of services that are another version than their command: an installer replaces the files and leaves the
// old services running (seen with Apple container 1.4.1 beside 1.3.1).
func (v Version) Mixed() bool { return v.Client != "" && v.Server != "" && v.Client != v.Server }

// MixedHint is what to do about it. Containers end with the services.
const MixedHint = "restart the services when no container needs to run: `container system stop`, then `container system start`"
