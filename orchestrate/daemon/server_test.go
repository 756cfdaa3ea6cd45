package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/reconcile"
	"github.com/hostwright/compose/orchestrate/supervise"
	"gotest.tools/v3/assert"
)

// serve runs a hostwrightd for a state folder in this process until the test ends.
func serve(t *testing.T, state statedir.Dir, idle time.Duration) (Remote, <-chan error) {
	t.Helper()
	ready, done := make(chan struct{}), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		done <- Serve(ctx, ServeOptions{
			Options: supervise.Options{
				State: state, Adapter: adaptertest.NewFake(), Now: time.Now, Version: "v1", PID: os.Getpid(), Idle: idle, Log: t.Logf,
				Recorders: func(statedir.Project) (reconcile.Recorders, error) { return nil, errors.New("nothing is started here") },
			},
			Ready: func() { close(ready) },
		})
	}()
	select {
	case <-ready:
	case err := <-done:
		t.Fatalf("hostwrightd ended: %v", err)
	}
	t.Cleanup(cancel)
	return Remote{State: state}, done
}

func stateDir(t *testing.T) statedir.Dir {
	dir, err := os.MkdirTemp("", "hw") // short: a socket's path is
	assert.NilError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return statedir.Dir(dir)
}

func TestOneHostwrightdForAStateFolder(t *testing.T) {
	state := stateDir(t)
	r, done := serve(t, state, time.Hour)
	s, err := r.Status(t.Context())
	assert.NilError(t, err)
	assert.Equal(t, s.PID, os.Getpid())
	assert.Equal(t, s.Runtime, "running")
	_, err = lockDaemon(state)
	assert.Assert(t, errors.Is(err, ErrServed), "%v", err)

	for path, want := range map[string]os.FileMode{state.Daemon(): 0o700, filepath.Join(state.Daemon(), "socket"): 0o600} {
		info, err := os.Stat(path)
		assert.NilError(t, err)
		assert.Equal(t, info.Mode().Perm(), want, path)
	}
	assert.NilError(t, r.Stop(t.Context()))
	assert.NilError(t, <-done)
	_, err = r.Status(t.Context())
	assert.Assert(t, errors.Is(err, ErrNotRunning), "%v", err)
}

func TestItLeavesByItselfAndASocketThatWasLeftDoesNotMatter(t *testing.T) {
	state := stateDir(t)
	_, done := serve(t, state, 50*time.Millisecond)
	assert.NilError(t, <-done)
	// As kill -9 leaves it.
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(state.Daemon(), "socket"), Net: "unix"})
	assert.NilError(t, err)
	l.SetUnlinkOnClose(false)
	assert.NilError(t, l.Close())
	r, _ := serve(t, state, time.Hour)
	_, err = r.Status(t.Context())
	assert.NilError(t, err)
}

func TestALongPathHasItsSocketElsewhere(t *testing.T) {
	state := statedir.Dir(filepath.Join(string(stateDir(t)), strings.Repeat("long/", 30)))
	path, err := socketPath(state)
	assert.NilError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(filepath.Dir(path)) })
	assert.Assert(t, len(path) <= maxSocketPath, path)
	r, _ := serve(t, state, time.Hour)
	_, err = r.Status(t.Context())
	assert.NilError(t, err)

	assert.NilError(t, os.Chmod(filepath.Dir(path), 0o777)) // somebody else could have put a socket there
	_, err = r.Status(t.Context())
	assert.ErrorContains(t, err, "not a private folder")
}

// raw sends text as it is and gives the status line and the body of the answer.
func raw(t *testing.T, state statedir.Dir, text string) (status int, body string) {
	t.Helper()
	conn, err := net.Dial("unix", filepath.Join(state.Daemon(), "socket"))
	assert.NilError(t, err)
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	go func() { _, _ = io.WriteString(conn, text) }() // who refuses need not read all of it
	in := bufio.NewReader(conn)
	answer, err := http.ReadResponse(in, nil)
	for err == nil && answer.StatusCode == http.StatusEarlyHints {
		answer, err = http.ReadResponse(in, nil)
	}
	if errors.Is(err, syscall.ECONNRESET) {
		return 0, "" // closed with the rest of the request unread
	}
	assert.NilError(t, err)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if errors.Is(err, syscall.ECONNRESET) {
		return answer.StatusCode, ""
	}
	assert.NilError(t, err)
	return answer.StatusCode, string(data)
}

func TestBadRequestsAreAnsweredAndCostNothing(t *testing.T) {
	state := stateDir(t)
	r, _ := serve(t, state, time.Hour)
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"no HTTP":        {"hello\r\n\r\n", 400},
		"another host":   {"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n", 403},
		"a browser":      {"GET /v1/status HTTP/1.1\r\nHost: hostwright\r\nOrigin: http://evil.example\r\n\r\n", 403},
		"unknown path":   {"GET /v1/nothing HTTP/1.1\r\nHost: hostwright\r\n\r\n", 404},
		"newer version":  {"GET /v2/status HTTP/1.1\r\nHost: hostwright\r\n\r\n", 404},
		"a wrong method": {"GET /v1/stop HTTP/1.1\r\nHost: hostwright\r\n\r\n", 404},
		"long headers":   {"GET /v1/status HTTP/1.1\r\nHost: hostwright\r\nX: " + strings.Repeat("x", 100<<10) + "\r\n\r\n", 431},
	} {
		status, body := raw(t, state, c.text)
		assert.Assert(t, status == c.want || c.want == 431 && status == 0, "%s: %d %s", name, status, body)
		if c.want == 403 || c.want == 404 {
			var e orchestrate.Error
			assert.NilError(t, json.Unmarshal([]byte(body), &e), name)
			assert.Assert(t, e.Message != "", name)
		}
	}
	_, err := r.Status(t.Context())
	assert.NilError(t, err)
}

func TestSlowAndHalfClosedConnectionsKeepNobodyOut(t *testing.T) {
	state := stateDir(t)
	r, _ := serve(t, state, time.Hour)
	var held []net.Conn
	for i := range maxClients {
		conn, err := net.Dial("unix", filepath.Join(state.Daemon(), "socket"))
		assert.NilError(t, err)
		_, err = io.WriteString(conn, "GET /v1/status HTTP/1.1\r\n")
		assert.NilError(t, err)
		if i%2 == 0 {
			assert.NilError(t, conn.(*net.UnixConn).CloseWrite())
		}
		held = append(held, conn)
	}
	_, err := r.Status(t.Context()) // full: an answer at once, not a wait
	if err != nil {
		assert.ErrorContains(t, err, "too many connections")
	}
	for _, conn := range held {
		_ = conn.SetReadDeadline(time.Now().Add(2 * headerTime))
		_, err := io.Copy(io.Discard, conn) // the server ends each of them by itself
		assert.NilError(t, err)
		assert.NilError(t, conn.Close())
	}
	_, err = r.Status(t.Context())
	assert.NilError(t, err)
}

func TestFollowEndsWithHostwrightd(t *testing.T) {
	r, done := serve(t, stateDir(t), time.Hour)
	ended := make(chan error, 1)
	go func() { ended <- r.Follow(t.Context()) }()
	for { // until it is there
		s, err := r.Status(t.Context())
		assert.NilError(t, err)
		if len(ended) > 0 {
			t.Fatal(<-ended)
		}
		if s.Followers == 1 {
			break
		}
	}
	assert.NilError(t, r.Stop(t.Context()))
	assert.NilError(t, <-done)
	assert.NilError(t, <-ended)
}

func TestErrorsCrossTheWireWhole(t *testing.T) {
	state := stateDir(t)
	assert.NilError(t, os.MkdirAll(state.Daemon(), 0o700))
	l, err := net.Listen("unix", filepath.Join(state.Daemon(), "socket"))
	assert.NilError(t, err)
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, 503, fmt.Errorf("outer: %w", &orchestrate.Error{Code: orchestrate.CodeLedger, Message: "it is damaged", Hint: "mend it"}))
	})}
	go func() { _ = web.Serve(l) }()
	defer web.Close()
	err = Remote{State: state}.Look(t.Context())
	var e *orchestrate.Error
	assert.Assert(t, errors.As(err, &e))
	assert.DeepEqual(t, *e, orchestrate.Error{Code: orchestrate.CodeLedger, Message: "it is damaged", Hint: "mend it"})
}
