package adaptertest

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/hostwright/compose/adapter"
)

// Program is what a process of a Fake does; it gives the exit code. It should end when its Context does; one that does
// not is left behind, its output and its exit code are dropped.
type Program func(p *Process) int

// Process is one process in a container of a Fake.
type Process struct {
	ID         string // of the container
	Exec       bool   // beside the container's own process
	Args       []string
	Env        map[string]string
	User       string
	WorkingDir string
	Stdin      io.Reader
	Stdout     io.Writer
	Stderr     io.Writer
	// Signals gives the names of arriving signals but SIGKILL, which ends Context.
	Signals <-chan string
	Context context.Context

	fake      *Fake
	container *fakeContainer
	detach    func()
}

// files are the contents of a file system by absolute path.
type files map[string][]byte

// ReadFile reads a file of the container: of a volume, of a bind (that is, of this machine), or of its root file system.
func (p *Process) ReadFile(name string) ([]byte, error) {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	store, inside, m := p.locate(name)
	if m != nil && m.Kind == adapter.MountBind {
		return os.ReadFile(path.Join(m.Source, inside))
	}
	content, found := store[inside]
	if !found {
		return nil, fmt.Errorf("%s: %w", name, os.ErrNotExist)
	}
	return slices.Clone(content), nil
}

// WriteFile writes a file of a volume or of the root file system; a bind is refused, since its file is this machine's.
func (p *Process) WriteFile(name string, content []byte) error {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	store, inside, m := p.locate(name)
	if m != nil && (m.ReadOnly || m.Kind == adapter.MountBind) {
		return fmt.Errorf("%s: Read-only file system", name)
	}
	store[inside] = slices.Clone(content)
	return nil
}

// List gives the names in a directory of a volume or of the root file system, sorted.
func (p *Process) List(dir string) []string {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	store, inside, _ := p.locate(dir)
	names := map[string]bool{}
	for file := range store {
		if rest, found := strings.CutPrefix(file, strings.TrimSuffix(inside, "/")+"/"); found {
			first, _, _ := strings.Cut(rest, "/")
			names[first] = true
		}
	}
	return sortedKeys(names)
}

// Remove removes a file, or a directory's entry, of a volume or of the root file system.
func (p *Process) Remove(name string) {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	store, inside, m := p.locate(name)
	if m == nil || !m.ReadOnly {
		delete(store, inside)
	}
}

// locate finds the file system of a path and the path in it.
func (p *Process) locate(name string) (files, string, *adapter.Mount) {
	name = path.Clean(name)
	var deepest *adapter.Mount
	for i := range p.container.Request.Mounts {
		m := &p.container.Request.Mounts[i]
		inMount := name == m.Target || strings.HasPrefix(name, strings.TrimSuffix(m.Target, "/")+"/")
		if inMount && (deepest == nil || len(m.Target) > len(deepest.Target)) {
			deepest = m
		}
	}
	if deepest == nil {
		return p.container.files, name, nil
	}
	inside := "/" + strings.TrimPrefix(strings.TrimPrefix(name, deepest.Target), "/")
	if deepest.Kind == adapter.MountVolume {
		if v := p.fake.volumes[deepest.Source]; v != nil {
			return v, inside, deepest
		}
	}
	if deepest.Kind == adapter.MountBind {
		return nil, inside, deepest
	}
	return p.container.files, name, deepest
}

// Serve runs until a signal comes and then ends well, as most servers do.
func Serve(p *Process) int {
	select {
	case <-p.Signals:
		return 0
	case <-p.Context.Done():
		return killedCode
	}
}

// Ignore runs until it is killed, as a shell that is PID 1.
func Ignore(p *Process) int {
	<-p.Context.Done()
	return killedCode
}

// Exit ends at once with a code.
func Exit(code int) Program { return func(*Process) int { return code } }

// Print writes to both streams and ends with a code.
func Print(stdout, stderr string, code int) Program {
	return func(p *Process) int {
		_, _ = io.WriteString(p.Stdout, stdout)
		_, _ = io.WriteString(p.Stderr, stderr)
		return code
	}
}
