package plan

import (
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// Plan is what will be done for a goal, and why. It is data: it can be printed, compared, sent and run.
type Plan struct {
	Project string `json:"project"`
	Goal    Goal   `json:"goal"`
	// Steps in an order in which they could run one after another; the edges in Needs say what may run together.
	Steps []Step `json:"steps"`
	// Unchanged are the containers that exist, run and need nothing.
	Unchanged []Resource `json:"unchanged,omitempty"`
	// Skipped are images that a command about images leaves alone, with the reason.
	Skipped []Skip `json:"skipped,omitempty"`
	// Forget are entries of the ledger whose resource is gone: they go with the next write, and nothing is called.
	Forget []Resource `json:"forget,omitempty"`
	// Findings of the translation and of the planner. A plan with one of severity Error may be shown and not run.
	Findings finding.List `json:"findings,omitempty"`
	Memory   Memory       `json:"memory,omitzero"`
	// Incomplete names what the planner would have to know to plan in full: "networks", "volumes", "ports",
	// "runtime", "images" (the facts of images that are not local yet).
	Incomplete []string `json:"incomplete,omitempty"`
	// Hash is over goal and steps; equal plans have equal hashes.
	Hash string `json:"hash"`
}

// Refused tells whether a finding forbids running the plan.
func (p *Plan) Refused() bool { return len(p.Findings.AtLeast(finding.Error)) > 0 }

// Empty tells whether nothing has to be done.
func (p *Plan) Empty() bool { return len(p.Steps) == 0 }

// Skip is an image that is left alone. Reason may be empty, as with Docker Compose.
type Skip struct {
	Service  string   `json:"service"`
	Resource Resource `json:"resource"`
	Reason   string   `json:"reason,omitempty"`
}

// Resource names one thing.
type Resource struct {
	Kind ResourceKind `json:"kind"`
	Name string       `json:"name"`
}

// ResourceKind is a kind of resource, as progress lines name it.
type ResourceKind string

// The kinds of resources.
const (
	ContainerResource ResourceKind = "Container"
	NetworkResource   ResourceKind = "Network"
	VolumeResource    ResourceKind = "Volume"
	ImageResource     ResourceKind = "Image"
)

// Step is one action, with why and after what.
type Step struct {
	ID     int    `json:"id"` // from 1
	Action Action `json:"action"`
	// Needs are the IDs of steps that must be done before; always smaller than ID.
	Needs   []int    `json:"needs,omitempty"`
	Reasons []Reason `json:"reasons,omitempty"`
	// Destroys says in words what is lost: "the root file system of shop-web-1".
	Destroys []string `json:"destroys,omitempty"`
	// Group ties steps that are one thing to a user, such as "recreate shop-web-1".
	Group string `json:"group,omitempty"`
	// Optional marks a wait whose failure only warns (depends_on required: false).
	Optional bool `json:"optional,omitempty"`
}

// Cause is why a step is there. The list is closed.
type Cause string

// The causes.
const (
	CauseMissing     Cause = "missing"      // does not exist yet
	CauseChanged     Cause = "changed"      // a field differs: Field, From, To
	CauseImage       Cause = "image"        // the image's digest differs
	CauseForced      Cause = "forced"       // asked for by a flag
	CauseScale       Cause = "scale"        // more replicas than wanted
	CauseOrphan      Cause = "orphan"       // its service is not declared any more
	CauseStopped     Cause = "stopped"      // exists and does not run
	CauseInterrupted Cause = "interrupted"  // an earlier operation left it half done
	CauseGoal        Cause = "goal"         // what the command is for (down, stop)
	CauseDependency  Cause = "dependency"   // something it depends on is replaced or awaited
	CauseBuild       Cause = "build"        // to be built
	CausePolicy      Cause = "pull policy"  // to be pulled
	CauseNewVolume   Cause = "new volume"   // needs preparation
	CauseUnreachable Cause = "lost network" // refers to a network or volume that is gone
)

// Reason is one cause, with the field where one differs. From and To are redacted where the field is sensitive.
type Reason struct {
	Cause Cause  `json:"cause"`
	Field string `json:"field,omitempty"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// Action is one effect. The concrete types are the structs below; Kind tells them apart in JSON.
type Action interface {
	Kind() ActionKind
	Resource() Resource
}

// ActionKind names a type of action.
type ActionKind string

// The kinds of actions.
const (
	KindPullImage       ActionKind = "pull-image"
	KindBuildImage      ActionKind = "build-image"
	KindPushImage       ActionKind = "push-image"
	KindDeleteImage     ActionKind = "delete-image"
	KindCreateNetwork   ActionKind = "create-network"
	KindDeleteNetwork   ActionKind = "delete-network"
	KindCreateVolume    ActionKind = "create-volume"
	KindPrepareVolume   ActionKind = "prepare-volume"
	KindDeleteVolume    ActionKind = "delete-volume"
	KindCreateContainer ActionKind = "create-container"
	KindStartContainer  ActionKind = "start-container"
	KindStopContainer   ActionKind = "stop-container"
	KindKillContainer   ActionKind = "kill-container"
	KindDeleteContainer ActionKind = "delete-container"
	KindAwait           ActionKind = "await"
)

type (
	// PullImage fetches an image. It is done by the command itself, before Run.
	PullImage struct {
		Reference string   `json:"reference"` // as written
		Platform  string   `json:"platform,omitempty"`
		Services  []string `json:"services"`
		// Buildable is true when a failed pull can be answered with a build.
		Buildable bool `json:"buildable,omitempty"`
	}
	// BuildImage builds a service's image. It is done by the command itself, before Run.
	BuildImage struct {
		Reference string `json:"reference"`
		Service   string `json:"service"`
	}
	// PushImage sends an image to its registry. It is done by the command itself.
	PushImage struct {
		Reference string `json:"reference"`
		Platform  string `json:"platform,omitempty"`
		Service   string `json:"service"`
	}
	// DeleteImage removes a reference of ours.
	DeleteImage struct {
		Reference string `json:"reference"`
	}
	// CreateNetwork makes a network of the project.
	CreateNetwork struct {
		Key    string            `json:"key"`
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
		Spec   declared.Network  `json:"spec"`
		Entry  ledger.Entry      `json:"entry"`
	}
	// DeleteNetwork removes an owned network.
	DeleteNetwork struct {
		Name string `json:"name"`
	}
	// CreateVolume makes a named or anonymous volume.
	CreateVolume struct {
		Name string         `json:"name"`
		Size declared.Bytes `json:"size,omitempty"`
		// Folder makes it a folder of this machine, for several containers that write to it at the same time.
		Folder bool              `json:"folder,omitempty"`
		Labels map[string]string `json:"labels"`
		Entry  ledger.Entry      `json:"entry"`
	}
	// PrepareVolume empties a new volume of lost+found and copies what the image has at Target into it, before any
	// container of a service uses it.
	PrepareVolume struct {
		Name     string `json:"name"`
		Image    string `json:"image"`
		Platform string `json:"platform,omitempty"`
		Target   string `json:"target"`
		NoCopy   bool   `json:"noCopy,omitempty"`
		Folder   bool   `json:"folder,omitempty"`
		Service  string `json:"service"`
		// Helper is the name of the one-off container that does it.
		Helper string `json:"helper"`
		// Then are looked at one after the other while the volume is still empty: other services that mount it elsewhere
		// or from other images.
		Then []VolumeSource `json:"then,omitempty"`
	}
	// DeleteVolume removes an owned volume with its data.
	DeleteVolume struct {
		Name   string `json:"name"`
		Folder bool   `json:"folder,omitempty"`
	}
	// CreateContainer registers one replica.
	CreateContainer struct {
		ID      string `json:"id"`
		Service string `json:"service"`
		Number  int    `json:"number"`
		// Labels are all labels, ours and Docker Compose's and the file's.
		Labels map[string]string `json:"labels"`
		// Volumes gives the runtime's volume for each mount that is one, by target.
		Volumes []VolumeUse `json:"volumes,omitempty"`
		// Empty are variables of the image that the file unsets (a null value): no runtime option unsets one.
		Empty []string `json:"empty,omitempty"`
		// Ports are resolved: one fixed host port each.
		Ports []adapter.Port `json:"ports,omitempty"`
		Entry ledger.Entry   `json:"entry"`
	}
	// StartContainer starts an existing container through a recorder.
	StartContainer struct {
		ID      string `json:"id"`
		Service string `json:"service"`
		Number  int    `json:"number"`
		// Hooks is how many commands (post_start) of its service run in it then.
		Hooks int `json:"hooks,omitempty"`
	}
	// StopContainer stops a running container.
	StopContainer struct {
		ID     string        `json:"id"`
		Signal string        `json:"signal,omitempty"`
		Grace  time.Duration `json:"grace"`
		// Hooks is how many commands (pre_stop) of Service run in it before; without any Service is empty.
		Hooks   int    `json:"hooks,omitempty"`
		Service string `json:"service,omitempty"`
	}
	// KillContainer sends a signal to a running container. Only SIGKILL is certain to end it.
	KillContainer struct {
		ID     string `json:"id"`
		Signal string `json:"signal"`
	}
	// DeleteContainer removes an owned container, with its hosts file and staged files.
	DeleteContainer struct {
		ID string `json:"id"`
	}
	// Await waits until a condition holds for the containers of a service.
	Await struct {
		Service   string             `json:"service"`
		Condition declared.Condition `json:"condition"`
		IDs       []string           `json:"ids"`
		// For names the dependents, or is empty for "up --wait".
		For     []string      `json:"for,omitempty"`
		Timeout time.Duration `json:"timeout,omitempty"`
		// Health is the check to run, the file's or the image's; nil when there is none.
		Health *declared.Healthcheck `json:"health,omitempty"`
	}
)

// VolumeSource is a place in an image that a new volume may be filled from.
type VolumeSource struct {
	Image    string `json:"image"`
	Platform string `json:"platform,omitempty"`
	Target   string `json:"target"`
	Service  string `json:"service"`
}

// VolumeUse is one volume of a container, resolved.
type VolumeUse struct {
	Target   string `json:"target"`
	Volume   string `json:"volume"`
	ReadOnly bool   `json:"readOnly,omitempty"`
	Folder   bool   `json:"folder,omitempty"`
}
