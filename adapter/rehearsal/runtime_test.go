package rehearsal

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

// told makes a container that behaves as told.
func told(t *testing.T, r *Runtime, id string, b *adapter.Behaviour) {
	t.Helper()
	assert.NilError(t, r.PullImage(t.Context(), adapter.PullRequest{Reference: "box"}))
	assert.NilError(t, r.CreateContainer(t.Context(), adapter.CreateRequest{ID: id, Image: "box", Behaviour: b}))
}

// started starts a container and gives its end.
func started(t *testing.T, r *Runtime, id string) <-chan int {
	t.Helper()
	code := make(chan int, 1)
	go func() {
		n, err := r.StartAttached(context.WithoutCancel(t.Context()), adapter.StartRequest{ID: id})
		assert.Check(t, err)
		code <- n
	}()
	synctest.Wait()
	c, err := r.InspectContainer(t.Context(), id)
	assert.NilError(t, err)
	assert.Assert(t, c.Running())
	return code
}

// probe gives the exit code of an exec.
func probe(t *testing.T, r *Runtime, id string) int {
	t.Helper()
	code, err := r.Exec(t.Context(), adapter.ExecRequest{ID: id, Command: []string{"true"}})
	assert.NilError(t, err)
	return code
}

func TestAContainerBehavesAsItWasTold(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := New(dir)
		told(t, r, "job", &adapter.Behaviour{ReadyAfter: 2 * time.Second, RunFor: 5 * time.Second, ExitCode: 3})
		begun := time.Now()
		code := started(t, r, "job")
		assert.Equal(t, probe(t, r, "job"), 1)
		hook, err := r.Exec(t.Context(), adapter.ExecRequest{ID: "job", Command: []string{"true"}, Hook: true})
		assert.NilError(t, err)
		assert.Equal(t, hook, 0)
		time.Sleep(2 * time.Second)
		assert.Equal(t, probe(t, r, "job"), 0)
		assert.Equal(t, <-code, 3)
		assert.Equal(t, time.Since(begun), 5*time.Second)
		_, err = r.Exec(t.Context(), adapter.ExecRequest{ID: "job", Command: []string{"true"}})
		assert.Assert(t, adapter.Is(err, adapter.WrongState), "%v", err)
	})
}

func TestWhatEndsByTimeEndsWithoutAClient(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		told(t, New(dir), "job", &adapter.Behaviour{RunFor: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := New(dir).StartAttached(ctx, adapter.StartRequest{ID: "job"})
			gone <- err
		}()
		synctest.Wait()
		cancel()
		assert.ErrorIs(t, <-gone, context.Canceled)
		time.Sleep(59 * time.Second)
		c, err := New(dir).InspectContainer(t.Context(), "job")
		assert.NilError(t, err)
		assert.Assert(t, c.Running())
		time.Sleep(time.Second)
		c, err = New(dir).InspectContainer(t.Context(), "job")
		assert.NilError(t, err)
		assert.Assert(t, !c.Running() && len(c.Addresses) == 0)
		assert.NilError(t, New(dir).DeleteContainer(t.Context(), "job", false))
	})
}

func TestSignals(t *testing.T) {
	forever, brief := adapter.Behaviour{}, adapter.Behaviour{RunFor: time.Hour, ExitCode: 9}
	for _, c := range []struct {
		name   string
		told   adapter.Behaviour
		signal string
		code   int
		ends   bool
	}{
		{"a server ends well", forever, "", 0, true},
		{"a server ends well on its image's signal", forever, "quit", 0, true},
		{"a job dies of it", brief, "TERM", 143, true},
		{"a job dies of its number", brief, "15", 143, true},
		{"nobody survives a kill", forever, "SIGKILL", 137, true},
		{"nobody survives a kill by number", forever, "9", 137, true},
		{"a resized window ends nobody", brief, "SIGWINCH", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, ends := Answer(c.told, c.signal)
			assert.Equal(t, code, c.code)
			assert.Equal(t, ends, c.ends)
		})
	}
}

func TestAStopByAnotherProcessIsSeen(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		told(t, New(dir), "web", nil)
		code := started(t, New(dir), "web")
		assert.NilError(t, New(dir).KillContainer(t.Context(), "web", "WINCH"))
		assert.NilError(t, New(dir).StopContainer(t.Context(), "web", "", time.Second))
		assert.Equal(t, <-code, 0)

		code = started(t, New(dir), "web")
		before := time.Now()
		assert.NilError(t, New(dir).StopContainer(t.Context(), "web", "WINCH", 3*time.Second))
		assert.Equal(t, time.Since(before), 3*time.Second, "what takes no notice is killed after the grace period")
		assert.Equal(t, <-code, KilledCode)

		code = started(t, New(dir), "web")
		assert.NilError(t, New(dir).DeleteContainer(t.Context(), "web", true))
		assert.Equal(t, <-code, KilledCode)
	})
}

func TestNoSecretIsKept(t *testing.T) {
	r := New(t.TempDir())
	assert.NilError(t, r.PullImage(t.Context(), adapter.PullRequest{Reference: "box"}))
	assert.NilError(t, r.CreateContainer(t.Context(), adapter.CreateRequest{ID: "web", Image: "box", Env: []adapter.EnvVar{
		{Key: "TOKEN", Value: "hunter2hunter2", Sensitive: true}, {Key: "GREETING", Value: "hello"},
	}}))
	data, err := os.ReadFile(filepath.Join(r.dir, worldFile))
	assert.NilError(t, err)
	assert.Assert(t, !bytes.Contains(data, []byte("hunter2")))
	c, err := r.InspectContainer(t.Context(), "web")
	assert.NilError(t, err)
	assert.DeepEqual(t, c.Env, []string{"GREETING=hello", "TOKEN="})
	info, err := os.Stat(filepath.Join(r.dir, worldFile))
	assert.NilError(t, err)
	assert.Equal(t, info.Mode().Perm(), os.FileMode(0o600))
}

func TestADamagedRehearsalSaysWhereItIs(t *testing.T) {
	for _, text := range []string{"no JSON", "{}", ""} {
		r := New(t.TempDir())
		assert.NilError(t, os.WriteFile(filepath.Join(r.dir, worldFile), []byte(text), 0o600))
		_, err := r.ListContainers(t.Context())
		assert.ErrorContains(t, err, filepath.Join(r.dir, worldFile))
		err = r.CreateVolume(t.Context(), adapter.VolumeRequest{Name: "data"})
		assert.ErrorContains(t, err, worldFile)
		data, readErr := os.ReadFile(filepath.Join(r.dir, worldFile))
		assert.NilError(t, readErr)
		assert.Equal(t, string(data), text, "it is not written over")
	}
}

func TestAReadWritesNothing(t *testing.T) {
	r := New(filepath.Join(t.TempDir(), "new"))
	_, err := r.ListContainers(t.Context())
	assert.NilError(t, err)
	_, err = os.Stat(r.dir)
	assert.Assert(t, os.IsNotExist(err))
}

func TestCallsOfSeveralProcessesDoNotLoseEachOther(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			name := "v" + strings.Repeat("x", i)
			assert.Check(t, New(dir).CreateVolume(t.Context(), adapter.VolumeRequest{Name: name}))
		})
	}
	wg.Wait()
	list, err := New(dir).ListVolumes(t.Context())
	assert.NilError(t, err)
	assert.Equal(t, len(list), 20)
}
