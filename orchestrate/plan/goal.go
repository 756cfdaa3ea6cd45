package plan

import (
	"net/netip"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// Verb is what a command wants to be true.
type Verb string

// The verbs. Create is Up without the start phase.
const (
	Up     Verb = "up"
	Create Verb = "create"
	Down   Verb = "down"
	Start  Verb = "start"
	Stop   Verb = "stop"
	// Restart stops and starts what exists, Kill sends a signal, Remove takes away what does not run.
	Restart Verb = "restart"
	Kill    Verb = "kill"
	Remove  Verb = "rm"
	// Run makes a one-off container, with what its service depends on.
	Run Verb = "run"
	// Build, Pull and Push are about images alone.
	Build Verb = "build"
	Pull  Verb = "pull"
	Push  Verb = "push"
)

// recreates tells whether a goal may put a new container in an old one's place.
func (v Verb) recreates() bool { return v == Up || v == Create || v == Run }

// starts tells whether a goal starts what it has made.
func (v Verb) starts() bool { return v == Up || v == Run }

// Goal is what a command asks for. Services named here; none means all.
type Goal struct {
	Verb     Verb     `json:"verb"`
	Services []string `json:"services,omitempty"`
	// Up and Create.
	Build          bool `json:"build,omitempty"` // build all that have a build section
	ForceRecreate  bool `json:"forceRecreate,omitempty"`
	NoRecreate     bool `json:"noRecreate,omitempty"`
	NoDeps         bool `json:"noDeps,omitempty"`
	RemoveOrphans  bool `json:"removeOrphans,omitempty"` // Up, Create and Down; with Kill: signal orphans too
	RecreateDeps   bool `json:"recreateDeps,omitempty"`
	RenewAnonymous bool `json:"renewAnonymous,omitempty"`
	// Wait adds the wait of "up --wait": running, healthy, or completed where some service waits for that.
	Wait bool `json:"wait,omitempty"`
	// WaitTimeout bounds each wait; 0 waits for ever.
	WaitTimeout time.Duration `json:"waitTimeout,omitempty"`
	// Pull replaces every service's pull policy when not empty.
	Pull    string `json:"pull,omitempty"`
	NoBuild bool   `json:"noBuild,omitempty"`
	// ImagesDone is true once the images of this operation were pulled and built: none is planned again.
	ImagesDone bool `json:"imagesDone,omitempty"`
	// Timeout replaces every service's grace period when not nil.
	Timeout *time.Duration `json:"timeout,omitempty"`
	// Down.
	Volumes bool   `json:"volumes,omitempty"` // -v: named volumes of the project and anonymous ones; with Remove: only the containers' anonymous ones
	Images  string `json:"images,omitempty"`  // "", "local" or "all"
	// Remove: only these containers, one-offs too.
	Containers []string `json:"containers,omitempty"`
	// Run.
	OneOff *OneOff `json:"oneOff,omitempty"`
	// Kill: the signal, "SIGKILL" when empty.
	Signal string `json:"signal,omitempty"`
	// Remove: stop containers that run, instead of leaving them.
	StopFirst bool `json:"stopFirst,omitempty"`
	// Build: push what was built.
	Push bool `json:"push,omitempty"`
	// Pull: leave out what can be built.
	IgnoreBuildable bool `json:"ignoreBuildable,omitempty"`
}

// Inputs is everything that Make may look at.
type Inputs struct {
	Goal Goal
	// Project is what the compose files declare. For a goal without files (down by name) Services is empty and the
	// ledger and the runtime's labels say what there is.
	Project declared.Project
	// HasFiles is false when the project is known by name only.
	HasFiles bool
	// Ledger is nil when there is none yet; NewID and NewKey are then the ones of the ledger to come.
	Ledger *ledger.Ledger
	NewID  string
	NewKey []byte
	// Snapshot is what the runtime showed. Networks and Volumes may be nil (not asked for): the plan is then
	// Incomplete when it would need them.
	Snapshot adapter.Snapshot
	// Ending are the containers that the snapshot may show running and whose stop was cut off a moment ago. Only goals
	// that start something ask.
	Ending map[string]bool
	// Folders are the volumes that are kept as folders for this ledger; FolderPath gives the place of one that is to
	// come. It is pure, and may be nil where nothing is created.
	Folders      []Folder
	FolderPath   func(volume string) string
	Capabilities adapter.Capabilities
	Runtime      adapter.Version // zero when not asked for
	// Normalise gives the full form of an image reference. Pure.
	Normalise func(reference string) (string, error)
	// Facts is what is known of images' configs, by Image.Digest; an image without an entry is not known yet.
	Facts map[string]adapter.ImageConfig
	// Pulled is when images were pulled last, by normalised reference, for the policies that ask (daily, weekly,
	// every_<duration>). One without a time is pulled.
	Pulled map[string]time.Time
	// Listening are the ports of this host on which somebody listens; nil when not asked for.
	Listening []Listener
	// FreePorts are candidates for ports without a host port, best first.
	FreePorts []uint16
	// Findings of the translation, carried into the plan.
	Findings finding.List
	Memory   Memory
	Now      time.Time
}

// Folder is a volume that is kept as a folder of the state folder.
type Folder struct {
	Volume string `json:"volume"`
	Path   string `json:"path"` // what containers mount
	// Ledger is the id in the marker beside the data, "" where there is no marker of this volume.
	Ledger string `json:"ledger,omitempty"`
}

// Listener is one listening socket of the host. Holder names its process where the OS tells ("nginx, pid 12").
type Listener struct {
	Protocol string     `json:"protocol"` // tcp or udp
	Addr     netip.Addr `json:"addr"`
	Port     uint16     `json:"port"`
	Holder   string     `json:"holder,omitempty"`
	// V6Only is true for an IPv6 socket that leaves IPv4 alone. Without it [::] holds the IPv4 port too.
	V6Only bool `json:"v6Only,omitempty"`
}

// Memory is the estimate of what a project takes of the host's memory, in bytes.
type Memory struct {
	Rows    []MemoryRow `json:"rows,omitempty"`
	Ceiling int64       `json:"ceiling"` // all VMs at their limit
	Floor   int64       `json:"floor"`   // all VMs idle
	Host    int64       `json:"host"`    // physical memory; 0 not known
}

// MemoryRow is one service's part, or the builder's.
type MemoryRow struct {
	Service  string `json:"service"`
	Replicas int    `json:"replicas"`
	Limit    int64  `json:"limit"`    // per VM
	Overhead int64  `json:"overhead"` // per VM, beside the limit
	Floor    int64  `json:"floor"`    // per VM, idle
	Source   string `json:"source"`   // where the limit comes from: "mem_limit", "runtime default"
}
