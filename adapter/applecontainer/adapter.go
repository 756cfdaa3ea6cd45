package applecontainer

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/hostwright/compose/adapter"
)

// Options say how an Adapter works. The zero value is right outside tests.
type Options struct {
	// Command is the path or name of the command, "container" when empty. A name is looked up in the caller's PATH
	// (adapter.SearchPath) once, at the first call that finds it.
	Command string
	// Environ is the environment of the command, this process's own when nil.
	Environ []string
	// Deadlines replace DefaultDeadlines where they are not zero.
	Deadlines Deadlines
	// TempDir is where private temporary files are made (env-files, an image that is read), os.TempDir when empty.
	TempDir string
}

// Adapter drives the command. It keeps no state but the command's path and is safe for concurrent use.
type Adapter struct {
	options Options
	limits  Deadlines

	mu    sync.Mutex
	paths map[string]string // the resolved command, by PATH
}

var _ adapter.RuntimeAdapter = (*Adapter)(nil)

// New gives an adapter. It does no I/O: a missing command shows at the first call, as an error of kind Missing.
func New(o Options) *Adapter {
	if o.Command == "" {
		o.Command = "container"
	}
	return &Adapter{options: o, limits: o.Deadlines.withDefaults(), paths: map[string]string{}}
}

// Name is "Apple container".
func (a *Adapter) Name() string { return "Apple container" }

// Sizes of Apple container 1.0.0 and later, in bytes. idleMemory was measured on 1.3.1 and 1.4.1.
const (
	mebibyte       = 1 << 20
	defaultMemory  = 1024 * mebibyte
	minMemory      = 200 * mebibyte
	overheadMemory = 128 * mebibyte
	idleMemory     = 21_000_000
	builderMemory  = 2048 * mebibyte
	defaultCPUs    = 4
	builderCPUs    = 2
)

// Capabilities are those of Apple container 1.0.0 to 1.4.1.
func (a *Adapter) Capabilities() adapter.Capabilities {
	return adapter.Capabilities{
		RunsProcesses:       true,
		HostPlatform:        hostPlatform(),
		DefaultMemory:       defaultMemory,
		DefaultCPUs:         defaultCPUs,
		MinMemory:           minMemory,
		OverheadMemory:      overheadMemory,
		IdleMemory:          idleMemory,
		BuilderMemory:       builderMemory,
		LabelValueEquals:    false,
		StartFailureIsExit1: true,
		VolumeSharing:       false,
		VolumeLostFound:     true,
		IPv6Publish:         false,
	}
}

// hostPlatform is linux/arm64 on every Mac that the runtime supports, also for a program that runs translated; where
// a stand-in runs it is the machine's own.
func hostPlatform() string {
	if runtime.GOOS == "darwin" {
		return "linux/arm64"
	}
	return "linux/" + runtime.GOARCH
}

// command gives the resolved path of the command. A failure is not remembered: the user may install it meanwhile.
func (a *Adapter) command(ctx context.Context, op string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	search := adapter.SearchPath(ctx)
	if path, ok := a.paths[search]; ok {
		return path, nil
	}
	path := a.options.Command
	var err error
	if filepath.Base(path) == path {
		path, err = adapter.LookPath(path, search)
	} else {
		path, err = exec.LookPath(path)
	}
	if err != nil {
		return "", missing(op, err)
	}
	if len(a.paths) >= maxPaths {
		clear(a.paths)
	}
	a.paths[search] = path
	return path, nil
}

// maxPaths bounds the search paths whose command is remembered.
const maxPaths = 16

// forget drops the resolved paths after one vanished.
func (a *Adapter) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.paths)
}

func missing(op string, err error) error {
	e := &adapter.Error{
		Kind: adapter.Missing, Op: op, ExitCode: -1, Err: err,
		Words: "Apple's container command is not installed (no `container` in PATH)",
		Hint: "install Apple container 1.0.0 or later from https://github.com/apple/container/releases, " +
			"then run `container system start` (macOS 26 on Apple silicon)",
	}
	if errors.Is(err, os.ErrPermission) {
		e.Words = "Apple's container command cannot be executed"
		e.Hint = "check the permissions of the `container` that PATH finds first"
	}
	if runtime.GOOS != "darwin" {
		e.Hint = "Apple container runs on macOS 26 on Apple silicon only"
	}
	return e
}

func (a *Adapter) environ() []string {
	if a.options.Environ != nil {
		return a.options.Environ
	}
	return os.Environ()
}
