package adaptertest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/rehearsal"
)

// Fake is a container runtime in memory. It keeps Apple container's rules and limits (names, labels, one writer a
// volume, a new address at each start, no exit code in a listing) and runs Go functions, Programs, as processes. What
// it was not told about it refuses: an image that nobody added, a container without a program, a build nobody
// described. It is deterministic but for the goroutines of its programs, reads the clock only through time.Now (so
// testing/synctest governs it), and is safe for concurrent use.
type Fake struct {
	mu         sync.Mutex
	changed    chan struct{} // closed and replaced at every change
	world      *rehearsal.World
	version    adapter.Version
	down       bool
	containers map[string]*fakeContainer // those of world
	hidden     map[string]bool
	images     map[string]FakeImage // those of world, by normalised reference
	remote     map[string]FakeImage
	volumes    map[string]files // those of world
	binaries   map[string]Program
	held       map[rehearsal.HostPort]bool
	build      func(adapter.BuildRequest) (FakeImage, error)
}

var _ adapter.RuntimeAdapter = (*Fake)(nil)

// FakeImage is an image of a Fake.
type FakeImage struct {
	Reference  string
	Platform   string // default: the fake host's
	Digest     string // default: made from reference and platform
	User       string
	WorkingDir string
	StopSignal string
	Entrypoint []string
	Command    []string
	Env        []string
	Labels     map[string]string
	Config     adapter.ImageConfig
	// Program is what its containers run, and processes of Exec where Exec is nil.
	Program Program
	Exec    Program
	// Executables, when not nil, are all programs of the image by their path; a process of another path does not start.
	Executables map[string]Program
}

// NewFake gives a running runtime without images, with the builtin network "default".
func NewFake() *Fake {
	return &Fake{
		changed:    make(chan struct{}),
		world:      rehearsal.NewWorld(rehearsal.AppleCapabilities(), time.Now()),
		version:    adapter.Version{Client: "1.4.1", Server: "1.4.1"},
		containers: map[string]*fakeContainer{},
		hidden:     map[string]bool{},
		images:     map[string]FakeImage{},
		remote:     map[string]FakeImage{},
		volumes:    map[string]files{},
		binaries:   map[string]Program{},
		held:       map[rehearsal.HostPort]bool{},
	}
}

// Name is "fake runtime".
func (f *Fake) Name() string { return "fake runtime" }

// Capabilities are Apple container's unless SetCapabilities changed them.
func (f *Fake) Capabilities() adapter.Capabilities {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.world.Capabilities
}

// SetCapabilities makes it another runtime. LabelValueEquals, VolumeSharing, VolumeLostFound, MinMemory and the
// defaults change what it does.
func (f *Fake) SetCapabilities(c adapter.Capabilities) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.Capabilities = c
}

// SetVersion changes what Version gives.
func (f *Fake) SetVersion(v adapter.Version) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version = v
}

// SetDown stops or starts the runtime's services: while they are down, every call but Version fails with NotRunning.
// Stopping them ends every container and forgets when it started.
func (f *Fake) SetDown(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
	if down {
		for _, c := range f.containers {
			f.end(c.run, killedCode)
			c.Started = time.Time{}
		}
	}
	f.notify()
}

// AddImage puts an image into the local store; it replaces one of the same reference. It panics on a bad reference.
func (f *Fake) AddImage(i FakeImage) { f.add(i, false) }

// AddRemote makes an image that PullImage can fetch.
func (f *Fake) AddRemote(i FakeImage) { f.add(i, true) }

func (f *Fake) add(i FakeImage, remote bool) {
	r, err := adapter.ParseReference(i.Reference)
	if err != nil {
		panic(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	i.Reference = r.String()
	if remote {
		f.remote[i.Reference] = i
	} else {
		f.keep(i)
	}
	f.notify()
}

// OnBuild says what BuildImage gives; the reference of the image may be empty, the request's tags name it.
func (f *Fake) OnBuild(build func(adapter.BuildRequest) (FakeImage, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.build = build
}

// Binary makes a program that every container has at a path, as one that is mounted into it.
func (f *Fake) Binary(path string, p Program) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.binaries[path] = p
}

// HoldPort makes a port of the host taken by a process outside the runtime, or frees it.
func (f *Fake) HoldPort(port uint16, protocol string, held bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held[rehearsal.HostPort{Protocol: protocol, Port: port}] = held
}

// HideOnce leaves a container out of the next listing, as happens to just-created ones.
func (f *Fake) HideOnce(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hidden[id] = true
}

// Await waits until the runtime's state satisfies a condition, or ctx ends.
func (f *Fake) Await(ctx context.Context, condition func(adapter.Snapshot) bool) error {
	for {
		f.mu.Lock()
		snapshot, changed := f.snapshot(), f.changed
		f.mu.Unlock()
		if condition(snapshot) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("await a state of the fake runtime: %w", ctx.Err())
		}
	}
}

// AwaitRunning waits until a container runs.
func (f *Fake) AwaitRunning(ctx context.Context, id string) error {
	return f.Await(ctx, func(s adapter.Snapshot) bool {
		c, found := s.Container(id)
		return found && c.Running()
	})
}

// Snapshot gives the whole state, in the form and order of the listings.
func (f *Fake) Snapshot() adapter.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.snapshot()
}

func (f *Fake) snapshot() adapter.Snapshot { return f.world.Snapshot() }

// notify wakes who waits in Await. The caller holds mu.
func (f *Fake) notify() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// enter begins a call: it takes mu, and gives it back again when the call cannot go on.
func (f *Fake) enter(ctx context.Context, op, resource string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	if f.down {
		f.mu.Unlock()
		return &adapter.Error{
			Kind: adapter.NotRunning, Op: op, Resource: resource, ExitCode: 1,
			Words: "the fake runtime's services do not run",
		}
	}
	return nil
}

// Version gives what SetVersion said, without the server while it is down.
func (f *Fake) Version(ctx context.Context) (adapter.Version, error) {
	if err := ctx.Err(); err != nil {
		return adapter.Version{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.version
	if f.down {
		v.Server = ""
	}
	return v, nil
}

// Ping fails with NotRunning while the runtime is down.
func (f *Fake) Ping(ctx context.Context) error {
	if err := f.enter(ctx, adapter.OpPing, ""); err != nil {
		return err
	}
	f.mu.Unlock()
	return nil
}

// StartServices ends what SetDown began.
func (f *Fake) StartServices(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.SetDown(false)
	return nil
}
