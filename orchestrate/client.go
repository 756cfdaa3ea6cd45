package orchestrate

import (
	"context"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// Client is the one way in which commands reach a project. It is safe for concurrent use.
type Client interface {
	// Plan looks at the world and gives the plan for a goal. It takes no lock and changes nothing.
	Plan(ctx context.Context, r Request) (plan.Plan, error)
	// Begin takes the project's lock, waiting for its holder while ctx lasts, looks at the world and plans. The
	// caller must Close the operation.
	Begin(ctx context.Context, r Request, waiting func(Holder)) (Operation, error)
	// Containers lists the containers of a project with what the recorders know of them. One listing of the runtime.
	Containers(ctx context.Context, p ProjectRef) ([]Container, error)
	// Logs gives the recorded output of containers, line by line in the order of each container. With Follow it
	// returns when none of them runs any more, or when ctx ends.
	Logs(ctx context.Context, r LogsRequest, each func(LogLine) error) error
	// Follow gives what the containers of services do from now on: starts, lines, exits, whoever starts and stops them.
	// It returns when ctx ends, without an error, or with the error of each.
	Follow(ctx context.Context, r FollowRequest, each func(Output) error) error
	// Await calls each for every one of the containers when its present run has ended, in the order in which they end;
	// for one that does not run at once.
	Await(ctx context.Context, r AwaitRequest, each func(ContainerExit) error) error
	// Projects lists all projects of the user, by name. One listing of the runtime.
	Projects(ctx context.Context) ([]Project, error)
	// Images gives the images of a project's containers, by container. Two listings of the runtime.
	Images(ctx context.Context, p ProjectRef) ([]ContainerImage, error)
	// Volumes gives a project's named volumes that exist, by name. Two listings of the runtime.
	Volumes(ctx context.Context, p ProjectRef) ([]Volume, error)
	// Attend takes the place of a recorder for a container that the caller is about to start itself, on its own terminal:
	// whoever asks is told that it is attended, and afterwards how it ended.
	Attend(ctx context.Context, p ProjectRef, container string) (Attendance, error)
	// Events gives what happened to a project and what happens from now on, until ctx ends or Until has passed. The end
	// of ctx is no error. It is hostwrightd that sees and keeps them: what happened while none ran is not there.
	Events(ctx context.Context, r EventsRequest, each func(ProjectEvent) error) error
	// Drift compares a project with the runtime, without the lock: four listings.
	Drift(ctx context.Context, p ProjectRef) ([]Drift, error)
	// Adopt proposes to take over what the runtime's labels say is this project's, and does so unless Preview is set.
	Adopt(ctx context.Context, r AdoptRequest) (Adoption, error)
	// Versions gives the runtime's name and versions.
	Versions(ctx context.Context) (RuntimeVersions, error)
}

// Operation is one change of a project under its lock.
type Operation interface {
	// Plan is what Run will do.
	Plan() plan.Plan
	// ImagesReady plans again after the images of the plan were pulled and built; built names the references that
	// this operation built, which become owned.
	ImagesReady(ctx context.Context, built []string) (plan.Plan, error)
	// Create carries out the part of the plan that comes before the first start: afterwards every container of the plan
	// exists, and none that the plan starts has been started. It is for who wants to Follow from the first byte on.
	Create(ctx context.Context, report func(Event)) error
	// Run carries out the plan, or after Create the rest of it, and reports events as they happen, from one goroutine at
	// a time. When it fails, what was done is recorded and the next operation goes on from there.
	Run(ctx context.Context, report func(Event)) error
	// Force ends the grace periods of the stops of this operation, those under way too: the containers are killed. It may
	// be called while Run runs, and is idempotent.
	Force()
	// Close releases the lock. It is idempotent.
	Close() error
}

// Attendance is a run of a container that its caller attends.
type Attendance interface {
	// Ended notes how the run ended. It must be called once.
	Ended(e RunExit) error
}

// ProjectRef names a project. Dir is its absolute directory; empty when only the name is known, and the index is
// asked.
type ProjectRef struct {
	Name string `json:"name"`
	Dir  string `json:"dir,omitempty"`
}

// Request asks for a plan or an operation.
type Request struct {
	Ref  ProjectRef `json:"ref"`
	Goal plan.Goal  `json:"goal"`
	// Project is what the files declare, nil when the project is known by name only.
	Project *declared.Project `json:"project,omitempty"`
	// Findings and Memory come from the translation and are carried into the plan.
	Findings finding.List `json:"findings,omitempty"`
	Memory   plan.Memory  `json:"memory,omitzero"`
	// Command is what the lock's file says is going on, such as "up".
	Command string `json:"command"`
	// Parallel bounds boots and power-offs; 0 is the default.
	Parallel int `json:"parallel,omitempty"`
	// HookOutput asks for what hooks write, as events.
	HookOutput bool `json:"hookOutput,omitempty"`
	// Environment are the few variables of the caller that matter below the seam (adapter.OfCaller). nil: those of the
	// process that carries it out.
	Environment []declared.EnvVar `json:"environment,omitempty"`
}

// Holder says who holds a lock.
type Holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// Status of an event.
type Status string

// The statuses, as Docker Compose's progress has them.
const (
	Working Status = "Working"
	Done    Status = "Done"
	Warned  Status = "Warning"
	Failed  Status = "Error"
)

// Event is one step of progress.
type Event struct {
	Time     time.Time     `json:"time"`
	Resource plan.Resource `json:"resource"`
	Status   Status        `json:"status"`
	// Text is one of Docker Compose's words: Creating, Created, Starting, Started, Waiting, Healthy, Exited, Running,
	// Recreate, Recreated, Stopping, Stopped, Removing, Removed, Error.
	Text string `json:"text"`
	// Details follow the text, such as the message of an error.
	Details string `json:"details,omitempty"`
	// Current and Total are bytes of a transfer under way, Percent the part that is done; zero where nobody said.
	Current int64 `json:"current,omitempty"`
	Total   int64 `json:"total,omitempty"`
	Percent int   `json:"percent,omitempty"`
	// Hook is a line that a hook wrote in the container; such an event has no text, and comes only where the request
	// asked for the output of hooks.
	Hook *LogLine `json:"hook,omitempty"`
}

// State of a container, in Docker's words.
type State string

// The states of a container.
const (
	StateCreated State = "created"
	StateRunning State = "running"
	StateExited  State = "exited"
	// StateRestarting is a container that has ended and that its policy will start again.
	StateRestarting State = "restarting"
)

// Container is one container of a project, as ps shows it.
type Container struct {
	Name    string `json:"name"`
	Service string `json:"service"`
	Number  int    `json:"number"`
	OneOff  bool   `json:"oneoff,omitempty"`
	// Orphan is true when the ledger lists it and its service is not declared any more; only set where the request
	// could tell.
	Image   string    `json:"image"`
	Command []string  `json:"command,omitempty"`
	Created time.Time `json:"created,omitzero"`
	State   State     `json:"state"`
	// ExitCode is -1 when it is not known (CodeKnown false); 0 while it runs.
	ExitCode  int       `json:"exitCode"`
	CodeKnown bool      `json:"codeKnown"`
	Started   time.Time `json:"started,omitzero"`
	Finished  time.Time `json:"finished,omitzero"`
	Health    string    `json:"health,omitempty"` // "", starting, healthy, unhealthy
	// Probes are the latest health checks of the present run, oldest first.
	Probes []Probe `json:"probes,omitempty"`
	// Restarts counts what the restart policy did since the user started the container; GaveUp: it has done it as often
	// as it may.
	Restarts int            `json:"restarts,omitempty"`
	GaveUp   bool           `json:"gaveUp,omitempty"`
	Ports    []adapter.Port `json:"ports,omitempty"`
	// Exposed are the ports that the service and the image of a running container name, published or not; those of the
	// image as far as its config has been read. "80/tcp", or a range.
	Exposed  []string          `json:"exposed,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Mounts   []adapter.Mount   `json:"mounts,omitempty"`
	Networks []string          `json:"networks,omitempty"`
	// Blocked are host ports of which hostwrightd saw that they reset connections although a process listens behind
	// them: macOS keeps the runtime from reaching the container.
	Blocked []uint16 `json:"blocked,omitempty"`
	// RecorderLost is true when the recorder of a running container is gone: its output and exit code are not kept.
	RecorderLost bool `json:"recorderLost,omitempty"`
}

// Probe is one health check. ExitCode is -1 for one that did not end by itself.
type Probe struct {
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	ExitCode int       `json:"exitCode"`
	Output   string    `json:"output,omitempty"`
}

// LogsRequest selects recorded output. Zero times are open ends; Tail -1 is everything.
type LogsRequest struct {
	Ref        ProjectRef `json:"ref"`
	Containers []string   `json:"containers"` // names
	Follow     bool       `json:"follow,omitempty"`
	Tail       int        `json:"tail"`
	Since      time.Time  `json:"since,omitzero"`
	Until      time.Time  `json:"until,omitzero"`
}

// LogLine is one line of a container.
type LogLine struct {
	Container string    `json:"container"`
	Time      time.Time `json:"time"`
	Stream    string    `json:"stream"` // stdout or stderr
	Text      string    `json:"text"`
}

// AdoptRequest asks to take over a project whose ledger is lost, damaged or was made elsewhere.
type AdoptRequest struct {
	Ref ProjectRef `json:"ref"`
	// From is the directory where the project was, when it was moved.
	From    string `json:"from,omitempty"`
	Preview bool   `json:"preview"`
}

// Adoption is what was or would be taken over.
type Adoption struct {
	LedgerID  string          `json:"ledgerID"`
	Resources []plan.Resource `json:"resources"`
	Findings  finding.List    `json:"findings,omitempty"`
}

// RuntimeVersions names the runtime.
type RuntimeVersions struct {
	Name    string          `json:"name"`
	Version adapter.Version `json:"version"`
}
