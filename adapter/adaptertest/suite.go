package adaptertest

import (
	"context"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

// Factory says how the suite gets a runtime to test.
type Factory struct {
	// New gives an adapter whose runtime is up and has Image. It is called once; the suite uses names of its own and
	// removes what it made.
	New func(t *testing.T) adapter.RuntimeAdapter
	// Image is the reference of a local image with a POSIX shell and the usual small tools, such as "busybox".
	Image string
	// Pullable is an image that a pull can fetch, and Absent one that a registry does not have.
	Pullable, Absent string
	// Pushable is a name under which an image may be pushed and pulled again; empty: there is no such registry.
	Pushable string
	// LinuxProcesses is true where processes are real ones: users, limits and terminals are theirs.
	LinuxProcesses bool
}

// suite is one run.
type suite struct {
	Factory
	adapter.RuntimeAdapter
	caps adapter.Capabilities
	// patience bounds every wait for something to happen.
	patience time.Duration
}

// conformanceCase is one promise of the adapter's contract.
type conformanceCase struct {
	name string
	// needs says why the case does not apply, "" when it does. It asks for capabilities, never for names.
	needs func(*suite) string
	run   func(t *testing.T, s *suite)
}

// linux is for cases about real processes.
func linux(s *suite) string {
	if !s.LinuxProcesses {
		return "its processes are no Linux processes"
	}
	return ""
}

// processes is for cases about what processes print, read and write.
func processes(s *suite) string {
	if !s.caps.RunsProcesses {
		return "it runs no processes"
	}
	return ""
}

// code is the exit code of the script serves after a signal, where a process can say it; what only rehearses ends well.
func (s *suite) code(code int) int {
	if !s.caps.RunsProcesses {
		return 0
	}
	return code
}

// Run tests that an adapter keeps the contract of adapter.RuntimeAdapter. Cases that do not apply are skipped by name
// and counted.
func Run(t *testing.T, f Factory) {
	s := &suite{Factory: f, RuntimeAdapter: f.New(t), patience: time.Minute}
	s.caps = s.Capabilities()
	skipped := 0
	all := cases()
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			if c.needs != nil {
				if reason := c.needs(s); reason != "" {
					skipped++
					t.Skip(reason)
				}
			}
			c.run(t, s)
		})
	}
	t.Logf("conformance of %s: %d cases, %d of them not applicable", s.Name(), len(all), skipped)
}

// cases is the whole contract.
func cases() []conformanceCase {
	var all []conformanceCase
	for _, group := range [][]conformanceCase{
		systemCases, lifecycleCases, statsCases, processCases, execCases, environmentCases, mountCases, networkCases, volumeCases, imageCases,
	} {
		all = append(all, group...)
	}
	return all
}

var systemCases = []conformanceCase{
	{name: "version and ping answer", run: func(t *testing.T, s *suite) {
		v, err := s.Version(t.Context())
		assert.NilError(t, err)
		assert.Assert(t, v.Client != "" && v.Server != "", "%+v", v)
		assert.NilError(t, s.Ping(t.Context()))
	}},
	{name: "services that run are started once more without harm", run: func(t *testing.T, s *suite) {
		assert.NilError(t, s.StartServices(t.Context()))
		assert.NilError(t, s.Ping(t.Context()))
	}},
	{name: "capabilities make sense", run: func(t *testing.T, s *suite) {
		assert.Assert(t, strings.HasPrefix(s.caps.HostPlatform, "linux/"), s.caps.HostPlatform)
		assert.Assert(t, s.caps.DefaultMemory >= s.caps.MinMemory && s.caps.MinMemory >= 0)
		assert.Assert(t, s.caps.DefaultCPUs > 0)
		assert.Assert(t, s.Name() != "")
	}},
	{name: "a call whose context has ended is not made", run: func(t *testing.T, s *suite) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.CreateVolume(ctx, adapter.VolumeRequest{Name: "hwtest-ended"})
		assert.ErrorIs(t, err, context.Canceled)
		list, err := s.ListVolumes(t.Context())
		assert.NilError(t, err)
		_, found := (&adapter.Snapshot{Volumes: list}).Volume("hwtest-ended")
		assert.Assert(t, !found)
	}},
}

// request gives a request for a container that runs a script of the suite.
func (s *suite) request(id string, p script, args ...string) adapter.CreateRequest {
	r := adapter.CreateRequest{ID: id, Image: s.Image, Entrypoint: p.entrypoint(), Command: args}
	if !s.caps.RunsProcesses {
		r.Behaviour = p.behaviour(args)
	}
	return r
}

// create makes a container and removes it after the test.
func (s *suite) create(t *testing.T, r adapter.CreateRequest) {
	t.Helper()
	assert.NilError(t, s.CreateContainer(t.Context(), r))
	s.removeLater(t, r.ID)
}

func (s *suite) removeLater(t *testing.T, id string) {
	t.Helper()
	t.Cleanup(func() {
		err := s.DeleteContainer(context.Background(), id, true)
		assert.Check(t, err == nil || adapter.Is(err, adapter.NotFound), "%v", err)
	})
}

// result is what an attached run gave.
type result struct {
	stdout, stderr string
	code           int
	err            error
}

// runToEnd creates a container and runs it to its end; it is removed after the test.
func (s *suite) runToEnd(t *testing.T, r adapter.CreateRequest) result {
	t.Helper()
	s.create(t, r)
	return s.start(t, r.ID)
}

func (s *suite) start(t *testing.T, id string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), s.patience)
	defer cancel()
	var out, stderr strings.Builder
	code, err := s.StartAttached(ctx, adapter.StartRequest{ID: id, Stdout: &out, Stderr: &stderr})
	return result{out.String(), stderr.String(), code, err}
}

// attached is a container that runs.
type attached struct {
	exited chan result
}

// startAndAwait starts a container of the script serve and returns when it says that it is ready.
func (s *suite) startAndAwait(t *testing.T, id string) attached {
	t.Helper()
	return s.attach(context.WithoutCancel(t.Context()), t, id)
}

// attach is startAndAwait with a client that ends with ctx.
func (s *suite) attach(ctx context.Context, t *testing.T, id string) attached {
	t.Helper()
	ready := newMarker("ready\n")
	a := attached{exited: make(chan result, 1)}
	go func() {
		code, err := s.StartAttached(ctx, adapter.StartRequest{ID: id, Stdout: ready})
		a.exited <- result{code: code, err: err}
	}()
	t.Cleanup(func() { _ = s.KillContainer(context.Background(), id, "KILL") })
	end := time.After(s.patience)
	for {
		var look <-chan time.Time
		if !s.caps.RunsProcesses {
			look = time.After(time.Millisecond) // nobody says that it is ready
		}
		select {
		case <-ready.seen:
			return a
		case <-look:
			if c := s.inspect(t, id); c.Running() {
				return a
			}
		case r := <-a.exited:
			t.Fatalf("%s ended before it was ready: %+v", id, r)
		case <-end:
			t.Fatalf("%s is not ready", id)
		}
	}
}

// wait waits for the end of an attached container.
func (a attached) wait(t *testing.T, s *suite) result {
	t.Helper()
	select {
	case r := <-a.exited:
		return r
	case <-time.After(s.patience):
		t.Fatal("the container does not end")
		return result{}
	}
}

// marker is a writer that notes when a text has come.
type marker struct {
	text string
	got  strings.Builder
	seen chan struct{}
}

func newMarker(text string) *marker { return &marker{text: text, seen: make(chan struct{})} }

// Write never fails. It has one caller at a time.
func (m *marker) Write(p []byte) (int, error) {
	before := strings.Contains(m.got.String(), m.text)
	m.got.Write(p)
	if !before && strings.Contains(m.got.String(), m.text) {
		close(m.seen)
	}
	return len(p), nil
}

// wantKind checks an error's kind.
func wantKind(t *testing.T, err error, kind adapter.Kind) {
	t.Helper()
	assert.Equal(t, adapter.KindOf(err), kind, "%v", err)
}

// inspect gives a container that must exist.
func (s *suite) inspect(t *testing.T, id string) adapter.Container {
	t.Helper()
	c, err := s.InspectContainer(t.Context(), id)
	assert.NilError(t, err)
	return c
}
