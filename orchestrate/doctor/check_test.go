package doctor

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/translate/declared"
)

// listening is a table with a process that listens on port 80 of all addresses.
const listening = "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n"

// patient is a world with one project whose one container runs and publishes a port of this host to its port 80.
func patient(t *testing.T, port uint16, table string) (World, *adaptertest.Fake) {
	t.Helper()
	fake := adaptertest.NewFake()
	fake.AddImage(adaptertest.FakeImage{
		Reference: "web:1", Command: []string{"serve"}, Program: adaptertest.Serve, Exec: adaptertest.Print(table, "", 0),
	})
	state, dir := statedir.Dir(t.TempDir()), t.TempDir()
	l, err := ledger.New("shop", dir, strings.NewReader(strings.Repeat("x", 64)))
	assert.NilError(t, err)
	l.Put(ledger.Entry{Kind: ledger.Container, Name: "shop-web-1", Service: "web", Number: 1, State: ledger.Created, Updated: time.Now()})
	assert.NilError(t, ledger.Open(state, "shop", dir).Save(l))
	assert.NilError(t, fake.CreateContainer(t.Context(), adapter.CreateRequest{
		ID: "shop-web-1", Image: "web:1", Labels: map[string]string{declared.OwnLedger: l.ID},
		Ports: []adapter.Port{{HostPort: port, ContainerPort: 80, Protocol: "tcp"}},
	}))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = fake.StartAttached(ctx, adapter.StartRequest{ID: "shop-web-1"})
	}()
	t.Cleanup(func() { cancel(); _ = fake.KillContainer(context.Background(), "shop-web-1", "KILL"); <-ended })
	assert.NilError(t, fake.AwaitRunning(t.Context(), "shop-web-1"))
	return World{
		Adapter: fake, State: state, Patience: 400 * time.Millisecond, Dial: resolver(true),
		Daemon: func(context.Context) (string, error) { return "watches", nil },
	}, fake
}

// resolver answers every question, or none.
func resolver(answers bool) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			question := make([]byte, 512)
			for {
				n, err := there.Read(question)
				if err != nil {
					return
				}
				if answers {
					_, _ = there.Write(question[:n])
				}
			}
		}()
		return here, nil
	}
}

// server listens on a port of this host; a nil talk leaves the port to nobody.
func server(t *testing.T, talk func(net.Conn)) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	if talk == nil {
		assert.NilError(t, l.Close())
	} else {
		go func() {
			for c, err := l.Accept(); err == nil; c, err = l.Accept() {
				talk(c)
			}
		}()
	}
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

func closes(c net.Conn) { _ = c.Close() }
func speaks(c net.Conn) { _, _ = c.Write([]byte("220 ready\n")) }

// state gives a check's results as one text.
func state(results []Result, check string) string {
	var out []string
	for _, r := range results {
		if r.Check == check {
			out = append(out, string(r.State)+" "+r.Message+" "+r.Hint)
		}
	}
	return strings.Join(out, "\n")
}

func TestAllIsWell(t *testing.T) {
	w, fake := patient(t, server(t, speaks), listening)
	calls := adaptertest.NewCalls(fake)
	w.Adapter = calls
	for _, r := range Run(t.Context(), w) {
		assert.Check(t, r.State == OK, "%v", r)
		assert.Check(t, r.Check != "" && r.Message != "" && r.Hint == "", "%v", r)
	}
	for _, op := range []string{adapter.OpVersion, adapter.OpPing, adapter.OpListContainers, adapter.OpListNetworks} {
		assert.Equal(t, calls.Count(op), 1, op)
	}
	assert.Equal(t, len(calls.List()), 4, "it asks more than it has to")
}

func TestEachTroubleIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		talk    func(net.Conn)
		table   string
		trouble func(*testing.T, *World, *adaptertest.Fake)
		check   string
		want    []string
	}{
		"services are down": {speaks, listening, func(_ *testing.T, _ *World, f *adaptertest.Fake) { f.SetDown(true) },
			"services", []string{"failed"}},
		"no listing": {speaks, listening, func(_ *testing.T, w *World, f *adaptertest.Fake) { w.Adapter = listless{f} },
			"listing", []string{"failed", "no list"}},
		"old services": {speaks, listening, func(_ *testing.T, _ *World, f *adaptertest.Fake) {
			f.SetVersion(adapter.Version{Client: "1.4.1", Server: "1.3.1"})
		}, "versions", []string{"failed", "1.4.1", "1.3.1", "container system stop"}},
		"a dead resolver": {speaks, listening, func(_ *testing.T, w *World, _ *adaptertest.Fake) { w.Dial = resolver(false) },
			"names", []string{"failed", "nothing answers", "port 53"}},
		"no way to the resolver": {speaks, listening, func(_ *testing.T, w *World, _ *adaptertest.Fake) {
			w.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }
		}, "names", []string{"failed"}},
		"a port that resets":       {closes, listening, nil, "ports", []string{"failed", "shop-web-1", "though a process listens", "Local Network"}},
		"nobody listens inside":    {closes, "sl\n", nil, "ports", []string{"warning", "listens on port 80", "0.0.0.0"}},
		"the container is mute":    {closes, "", func(_ *testing.T, w *World, f *adaptertest.Fake) { w.Adapter = mute{f} }, "ports", []string{"warning", "does not say"}},
		"nobody listens here":      {nil, listening, nil, "ports", []string{"failed", "not listened on"}},
		"a ledger that is damaged": {speaks, listening, damage, "projects", []string{"failed", "adopt"}},
		"a folder that is gone": {speaks, listening, func(t *testing.T, w *World, _ *adaptertest.Fake) {
			known, err := ledger.List(w.State)
			assert.NilError(t, err)
			assert.NilError(t, os.RemoveAll(known[0].Dir))
		}, "projects", []string{"warning", "is gone", "-p shop down"}},
		"hostwrightd cannot be asked": {speaks, listening, func(_ *testing.T, w *World, _ *adaptertest.Fake) {
			w.Daemon = func(context.Context) (string, error) { return "", errors.New("no answer") }
		}, "hostwrightd", []string{"warning", "no answer", "daemon logs"}},
	} {
		t.Run(name, func(t *testing.T) {
			w, fake := patient(t, server(t, test.talk), test.table)
			if test.trouble != nil {
				test.trouble(t, &w, fake)
			}
			got := state(Run(t.Context(), w), test.check)
			for _, want := range test.want {
				assert.Check(t, strings.Contains(got, want), "%q is not in %q", want, got)
			}
		})
	}
}

// listless does not list its containers.
type listless struct{ *adaptertest.Fake }

func (listless) ListContainers(context.Context) ([]adapter.Container, error) {
	return nil, errors.New("no list")
}

// mute runs no process beside a container's own.
type mute struct{ *adaptertest.Fake }

func (mute) Exec(context.Context, adapter.ExecRequest) (int, error) { return 127, nil }

func damage(t *testing.T, w *World, _ *adaptertest.Fake) {
	entries, err := os.ReadDir(w.State.Projects())
	assert.NilError(t, err)
	index := statedir.Project(filepath.Join(w.State.Projects(), entries[0].Name())).Index()
	assert.NilError(t, os.WriteFile(index, []byte("{"), 0o600))
}

// What needs a runtime is skipped, and said to be, where there is none.
func TestWithoutARuntime(t *testing.T) {
	w, fake := patient(t, server(t, speaks), listening)
	fake.SetDown(true)
	skipped := 0
	for _, r := range Run(t.Context(), w) {
		if r.State == Skipped {
			skipped++
		}
	}
	assert.Equal(t, skipped, len(others))
}

// A port of the runtime's own that nobody of ours published is not touched, and neither is anybody else's container.
func TestForeignContainersAreLeftAlone(t *testing.T) {
	w, fake := patient(t, server(t, speaks), listening)
	touched := make(chan struct{}, 1)
	port := server(t, func(c net.Conn) { touched <- struct{}{}; _ = c.Close() })
	assert.NilError(t, fake.CreateContainer(t.Context(), adapter.CreateRequest{
		ID: "foreign", Image: "web:1", Ports: []adapter.Port{{HostPort: port, ContainerPort: 80, Protocol: "tcp"}},
	}))
	go func() { _, _ = fake.StartAttached(context.Background(), adapter.StartRequest{ID: "foreign"}) }()
	assert.NilError(t, fake.AwaitRunning(t.Context(), "foreign"))
	defer func() { _ = fake.KillContainer(context.Background(), "foreign", "KILL") }()
	assert.Assert(t, strings.HasPrefix(state(Run(t.Context(), w), "ports"), "ok 1 of 1"))
	select {
	case <-touched:
		t.Error("a port that nobody of ours publishes was tried")
	default:
	}
}
