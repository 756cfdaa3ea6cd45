package orchestrate

import "time"

// Project is one project that the index knows, as ls shows it.
type Project struct {
	Name string `json:"name"`
	Dir  string `json:"dir"`
	// Files are the compose files that its containers were made from, each once.
	Files []string `json:"files,omitempty"`
	// States counts its containers, one-offs too.
	States map[State]int `json:"states,omitempty"`
	// Problem says why its ledger cannot be read; nothing else is known then.
	Problem string `json:"problem,omitempty"`
}

// ContainerImage is the image that a container was made of.
type ContainerImage struct {
	Container string `json:"container"`
	Service   string `json:"service"`
	// Reference is the full reference; Digest the index's, "sha256:...", which stays when the reference moves on.
	Reference string    `json:"reference"`
	Digest    string    `json:"digest"`
	Platform  string    `json:"platform,omitempty"`
	Size      int64     `json:"size,omitempty"` // bytes, 0 not known
	Created   time.Time `json:"created,omitzero"`
}

// Volume is one named volume of a project.
type Volume struct {
	Name string `json:"name"`
	Key  string `json:"key"` // in the compose file
	// Driver is "local" for a volume of the runtime, "folder" for one that is kept as a folder of the state folder.
	Driver   string            `json:"driver"`
	Labels   map[string]string `json:"labels,omitempty"`
	Services []string          `json:"services,omitempty"` // whose containers mount it
	Size     int64             `json:"size,omitempty"`     // capacity in bytes, 0 not known
}

// AwaitRequest names containers whose end is waited for.
type AwaitRequest struct {
	Ref        ProjectRef `json:"ref"`
	Containers []string   `json:"containers"`
}

// ContainerExit is the end of a container's run.
type ContainerExit struct {
	Container string  `json:"container"`
	Exit      RunExit `json:"exit"`
}
