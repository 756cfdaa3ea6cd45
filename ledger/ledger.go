package ledger

import (
	"sort"
	"time"

	"github.com/hostwright/compose/translate/declared"
)

// SchemaVersion is the version of the ledger's schema that this program writes. It reads this one and older ones.
const SchemaVersion = 1

// Ledger lists what Hostwright created for one project. A resource is owned only when the ledger lists it, the
// runtime's labels carry the ledger's ID, and the name matches.
type Ledger struct {
	Version int    `json:"version"`
	ID      string `json:"id"`      // lineage: 16 random bytes in hex, never changed
	Serial  uint64 `json:"serial"`  // grows by one with every write
	Project string `json:"project"` // name
	Dir     string `json:"dir"`     // absolute project directory
	Key     []byte `json:"key"`     // HMAC key of sensitive fields
	// Entries are sorted by kind and name.
	Entries []Entry `json:"entries"`
}

// Kind is what an entry stands for.
type Kind string

// The kinds of entries.
const (
	Container Kind = "container"
	Network   Kind = "network"
	Volume    Kind = "volume"
	Image     Kind = "image" // one that we built; Name is its normalised reference
)

// State is how far a resource is.
type State string

// The states of an entry. Creating and Removing are intents, written before the runtime is called: a crash leaves
// one, and one look at the runtime tells what became of it.
const (
	Creating State = "creating"
	Created  State = "created"
	Prepared State = "prepared" // volumes: the image's files are in place
	Removing State = "removing"
)

// VolumeKind is what holds a volume's data. It is decided at creation and never changed under the data.
type VolumeKind string

// The kinds of volumes.
const (
	Disk   VolumeKind = "disk"   // a volume of the runtime: one writer
	Folder VolumeKind = "folder" // a folder of the state folder, bind-mounted
)

// Entry is one resource.
type Entry struct {
	Kind    Kind   `json:"kind"`
	Name    string `json:"name"`              // in the runtime
	Key     string `json:"key,omitempty"`     // of a network or volume in the compose file
	Service string `json:"service,omitempty"` // of a container, an anonymous volume, a built image
	Number  int    `json:"number,omitempty"`  // of a container or anonymous volume, from 1
	OneOff  bool   `json:"oneoff,omitempty"`
	Target  string `json:"target,omitempty"` // of an anonymous volume: path in the container
	State   State  `json:"state"`
	// Hash and Fields are the declared form at creation, values of the environment as HMAC.
	Hash   string          `json:"hash,omitempty"`
	Fields declared.Fields `json:"fields,omitempty"`
	Digest string          `json:"digest,omitempty"` // of a container's or built image
	// Ports are the host ports that were chosen for a container's free ones; they stay as long as they can.
	Ports      []Port     `json:"ports,omitempty"`
	VolumeKind VolumeKind `json:"volumeKind,omitempty"`
	Updated    time.Time  `json:"updated,omitzero"`
}

// Port is a host port held for a container.
type Port struct {
	Target   uint16 `json:"target"`
	Protocol string `json:"protocol"`
	HostIP   string `json:"hostIP,omitempty"`
	Host     uint16 `json:"host"`
}

// Entry finds an entry.
func (l *Ledger) Entry(kind Kind, name string) (*Entry, bool) {
	if l == nil {
		return nil, false
	}
	for i := range l.Entries {
		if l.Entries[i].Kind == kind && l.Entries[i].Name == name {
			return &l.Entries[i], true
		}
	}
	return nil, false
}

// Put adds an entry or replaces the one of the same kind and name.
func (l *Ledger) Put(e Entry) {
	if old, ok := l.Entry(e.Kind, e.Name); ok {
		*old = e
		return
	}
	l.Entries = append(l.Entries, e)
	sort.Slice(l.Entries, func(i, j int) bool {
		a, b := l.Entries[i], l.Entries[j]
		if a.Kind != b.Kind {
			return a.Kind < b.Kind
		}
		return a.Name < b.Name
	})
}

// Drop removes an entry; it tells whether there was one.
func (l *Ledger) Drop(kind Kind, name string) bool {
	for i := range l.Entries {
		if l.Entries[i].Kind == kind && l.Entries[i].Name == name {
			l.Entries = append(l.Entries[:i], l.Entries[i+1:]...)
			return true
		}
	}
	return false
}

// Clone gives a copy that shares nothing that Put or Drop change.
func (l *Ledger) Clone() *Ledger {
	if l == nil {
		return nil
	}
	c := *l
	c.Entries = append([]Entry(nil), l.Entries...)
	return &c
}
