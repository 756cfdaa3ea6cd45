package record

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// bench is one container on the scripted runtime, with its recorder folder.
type bench struct {
	t       *testing.T
	runtime scripted
	request SpawnRequest
}

func newBench(t *testing.T, script string) *bench {
	t.Helper()
	self, err := os.Executable()
	assert.NilError(t, err)
	b := &bench{t: t, runtime: scripted{dir: t.TempDir()}}
	b.request = SpawnRequest{
		Recorder: self, ID: "web", Dir: filepath.Join(t.TempDir(), "containers", "web"),
		Env: append(os.Environ(), roleVariable+"=recorder", runtimeVariable+"="+b.runtime.dir),
	}
	b.script(script)
	return b
}

func (b *bench) script(text string) {
	b.t.Helper()
	assert.NilError(b.t, os.WriteFile(b.runtime.path("web.sh"), []byte(text), 0o600))
}

func (b *bench) spawn() *Handle {
	b.t.Helper()
	c, err := b.runtime.load("web")
	assert.NilError(b.t, err)
	b.request.Before = c.Started
	h, err := Spawn(b.t.Context(), b.request)
	assert.NilError(b.t, err)
	return h
}

// finish waits for the end of a run and of its recorder.
func (b *bench) finish(h *Handle) Status {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	select {
	case <-h.Done():
	case <-ctx.Done():
		b.t.Fatal("the run did not end")
	}
	return b.status(ctx)
}

func (b *bench) status(ctx context.Context) Status {
	b.t.Helper()
	s, err := Await(ctx, b.request.Dir)
	assert.NilError(b.t, err)
	return s
}

// lines gives the recorded output as "stream text", a "~" after a partial line.
func (b *bench) lines(o Options) []string {
	b.t.Helper()
	var out []string
	assert.NilError(b.t, Lines(b.t.Context(), b.request.Dir, o, func(l Line) error {
		out = append(out, render(l))
		return nil
	}))
	return out
}

func render(l Line) string {
	s := string(l.Stream) + " " + string(l.Text)
	if l.Partial {
		s += "~"
	}
	return s
}

func all() Options { return Options{Tail: -1} }

// eventually waits for a condition that no event tells.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestShortRunsKeepOutputAndExitCode(t *testing.T) {
	for _, code := range []int{0, 1, 3, 137} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, fmt.Sprintf("echo out; echo err >&2; printf last; exit %d", code))
			before := time.Now()
			h := b.spawn()
			h.Confirm(true)
			s := b.finish(h)

			assert.Equal(t, h.Exit().Code, code)
			assert.Assert(t, s.Exit != nil && s.Exit.Known && !s.Recording, "%+v", s)
			assert.Equal(t, s.Exit.Code, code)
			assert.Equal(t, s.Exit.Success(), code == 0)
			assert.Equal(t, s.Exit.Run, 1)
			assert.Equal(t, s.Exit.Signal, map[int]int{137: 9}[code])
			assert.Assert(t, !s.Exit.Called.Before(before) && !s.Exit.Finished.Before(s.Exit.Called))
			got := b.lines(all())
			assert.Equal(t, len(got), 3)
			assert.Assert(t, contains(got, "stdout out") && contains(got, "stderr err") && contains(got, "stdout last~"), "%q", got)
		})
	}
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}

func TestMuchOutputIsWhole(t *testing.T) {
	b := newBench(t, `i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done`)
	b.request.Limits = Limits{MaxSize: 100 << 10, MaxFiles: 100}
	b.finish(b.spawn())
	got := b.lines(all())
	assert.Equal(t, len(got), 20000)
	for i, l := range got {
		assert.Equal(t, l, fmt.Sprintf("stdout line %d", i))
	}
	seqs, err := segments(b.request.Dir)
	assert.NilError(t, err)
	assert.Assert(t, len(seqs) > 5, "%v", seqs)
}

func TestRunsFollowOneAnother(t *testing.T) {
	b := newBench(t, "echo one; exit 3")
	b.finish(b.spawn())
	b.script("echo two; exit 1")
	s := b.finish(b.spawn())
	assert.Equal(t, s.Run, 2)
	assert.Equal(t, s.Exit.Code, 1)
	assert.DeepEqual(t, b.lines(all()), []string{"stdout one", "stdout two"})
	assert.DeepEqual(t, b.lines(Options{Tail: -1, FromRun: 2}), []string{"stdout two"})
}

func TestFailedStart(t *testing.T) {
	b := newBench(t, "exit 0")
	assert.NilError(t, os.WriteFile(b.runtime.path("web.fail"), []byte("Address already in use"), 0o600))
	s := b.finish(b.spawn())
	assert.Assert(t, s.Exit.StartFailed && !s.Exit.Known, "%+v", s.Exit)
	assert.Equal(t, s.Exit.Error, "start container web: Address already in use")
}

func TestKilledRecorderLeavesCodeUnknown(t *testing.T) {
	b := newBench(t, "echo hello; sleep 60 & echo $! > $RUNTIME/pid; wait")
	h := b.spawn()
	eventually(t, "the script runs", func() bool { return contains(b.lines(all()), "stdout hello") && readPID(b) > 0 })
	s, err := ReadStatus(b.request.Dir)
	assert.NilError(t, err)
	assert.Assert(t, s.Recording && s.Exit == nil && s.Run == 1 && !s.Lost(), "%+v", s)

	assert.NilError(t, syscall.Kill(h.PID, syscall.SIGKILL))
	s = b.finish(h)
	assert.Assert(t, s.Lost() && s.Exit == nil && !s.Recording, "%+v", s)
	assert.Assert(t, !h.Exit().Known && h.Exit().Code == UnknownCode && h.Exit().Run == 1, "%+v", h.Exit())
	assert.NilError(t, syscall.Kill(readPID(b), syscall.SIGKILL))

	b.script("exit 0")
	s = b.finish(b.spawn())
	assert.Assert(t, s.Run == 2 && s.Exit.Success(), "%+v", s)
}

func readPID(b *bench) int {
	data, _ := os.ReadFile(b.runtime.path("pid"))
	pid := 0
	_, _ = fmt.Sscan(string(data), &pid)
	return pid
}

func TestTerminationSignalsDoNotEndARecorder(t *testing.T) {
	b := newBench(t, "echo up; while [ ! -e $RUNTIME/go ]; do sleep 0.01; done; echo down; exit 7")
	h := b.spawn()
	eventually(t, "the script runs", func() bool { return contains(b.lines(all()), "stdout up") })
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGPIPE} {
		assert.NilError(t, syscall.Kill(h.PID, sig))
	}
	assert.NilError(t, os.WriteFile(b.runtime.path("go"), nil, 0o600))
	assert.Equal(t, b.finish(h).Exit.Code, 7)
	assert.DeepEqual(t, b.lines(all()), []string{"stdout up", "stdout down"})
}

// startSpawner starts another process that spawns the recorder, and waits until it has.
func (b *bench) startSpawner(lock *os.File) *exec.Cmd {
	b.t.Helper()
	r := b.request
	r.Env, r.Lock = nil, nil
	data, err := json.Marshal(r)
	assert.NilError(b.t, err)
	cmd := exec.Command(b.request.Recorder)
	cmd.Env = append(os.Environ(), roleVariable+"=spawner", runtimeVariable+"="+b.runtime.dir, requestVariable+"="+string(data))
	cmd.Stderr = os.Stderr
	if lock != nil {
		cmd.ExtraFiles = []*os.File{lock}
		cmd.Env = append(cmd.Env, "RECORD_TEST_LOCK=1")
	}
	out, err := cmd.StdoutPipe()
	assert.NilError(b.t, err)
	assert.NilError(b.t, cmd.Start())
	b.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	assert.Assert(b.t, bufio.NewScanner(out).Scan(), "the spawner said nothing")
	return cmd
}

func TestRecorderOutlivesItsSpawner(t *testing.T) {
	b := newBench(t, "echo first; while [ ! -e $RUNTIME/go ]; do sleep 0.01; done; echo second; echo third >&2; exit 3")
	spawner := b.startSpawner(nil)
	eventually(t, "the script runs", func() bool { return contains(b.lines(all()), "stdout first") })
	assert.NilError(t, spawner.Process.Kill())
	_ = spawner.Wait()
	assert.NilError(t, os.WriteFile(b.runtime.path("go"), nil, 0o600))
	s := b.status(t.Context())
	assert.Assert(t, s.Exit != nil && s.Exit.Known && s.Exit.Code == 3, "%+v", s)
	got := b.lines(all())
	assert.Assert(t, len(got) == 3 && contains(got, "stdout second") && contains(got, "stderr third"), "%q", got)
}

func TestOpenStdinStaysOpen(t *testing.T) {
	const script = "echo up; cat; echo end of input"
	t.Run("not asked for", func(t *testing.T) {
		b := newBench(t, script)
		b.finish(b.spawn())
		assert.DeepEqual(t, b.lines(all()), []string{"stdout up", "stdout end of input"})
	})
	t.Run("asked for", func(t *testing.T) {
		b := newBench(t, "[ -p /dev/stdin ] && echo pipe; exec 4<&0; (cat; touch $RUNTIME/ended) <&4 >/dev/null 2>&1 & while [ ! -e $RUNTIME/go ]; do sleep 0.01; done; kill $!; wait $! 2>/dev/null; exit 5")
		b.request.OpenStdin = true
		h := b.spawn()
		eventually(t, "the script runs", func() bool { return contains(b.lines(all()), "stdout pipe") })
		assert.NilError(t, os.WriteFile(b.runtime.path("go"), nil, 0o600))
		assert.Equal(t, b.finish(h).Exit.Code, 5)
		_, err := os.Stat(b.runtime.path("ended"))
		assert.Assert(t, os.IsNotExist(err), "standard input ended")
	})
}

func TestTerminalOutputIsRecordedAsItComes(t *testing.T) {
	b := newBench(t, `printf 'Password: '; while [ ! -e $RUNTIME/go ]; do sleep 0.01; done; printf 'ok\r\nbye'`)
	b.request.TTY = true
	h := b.spawn()
	pieces := Options{Tail: -1, Pieces: true}
	eventually(t, "the prompt is there", func() bool { return contains(b.lines(pieces), "stdout Password: ~") })
	assert.NilError(t, os.WriteFile(b.runtime.path("go"), nil, 0o600))
	b.finish(h)
	assert.DeepEqual(t, b.lines(all()), []string{"stdout Password: ok\r", "stdout bye~"})
}

func TestSpawnTellsWhatIsWrong(t *testing.T) {
	t.Run("no such program", func(t *testing.T) {
		b := newBench(t, "exit 0")
		b.request.Recorder = filepath.Join(t.TempDir(), "hostwrightd")
		_, err := Spawn(t.Context(), b.request)
		assert.ErrorContains(t, err, "start recorder for web: ")
	})
	t.Run("no runtime", func(t *testing.T) {
		b := newBench(t, "exit 0")
		b.request.Env = append(os.Environ(), roleVariable+"=recorder")
		_, err := Spawn(t.Context(), b.request)
		assert.Error(t, err, "start recorder for web: no runtime in this environment")
	})
	t.Run("a newer folder", func(t *testing.T) {
		b := newBench(t, "exit 0")
		assert.NilError(t, os.MkdirAll(b.request.Dir, 0o700))
		assert.NilError(t, os.WriteFile(filepath.Join(b.request.Dir, formatFile), []byte("99\n"), 0o600))
		_, err := Spawn(t.Context(), b.request)
		assert.ErrorContains(t, err, "has format 99, written by a newer Hostwright; this one reads up to 1")
		_, err = ReadStatus(b.request.Dir)
		assert.ErrorContains(t, err, "has format 99")
		assert.ErrorContains(t, Lines(t.Context(), b.request.Dir, all(), nil), "has format 99")
	})
	t.Run("a program that is no recorder", func(t *testing.T) {
		b := newBench(t, "exit 0")
		b.request.Recorder = filepath.Join(t.TempDir(), "hostwrightd")
		assert.NilError(t, os.WriteFile(b.request.Recorder, []byte("#!/bin/sh\necho oops >&2; exit 3\n"), 0o700))
		_, err := Spawn(t.Context(), b.request)
		assert.Error(t, err, "start recorder for web: it ended at once: oops")
	})
}

func TestFilesArePrivate(t *testing.T) {
	b := newBench(t, "echo secret")
	b.finish(b.spawn())
	entries, err := os.ReadDir(b.request.Dir)
	assert.NilError(t, err)
	var names []string
	for _, e := range entries {
		info, err := e.Info()
		assert.NilError(t, err)
		assert.Equal(t, info.Mode().Perm(), os.FileMode(0o600), e.Name())
		names = append(names, e.Name())
	}
	assert.Equal(t, strings.Join(names, " "), "alive exit.json format output.1.log recorder.log run.json")
	info, err := os.Stat(b.request.Dir)
	assert.NilError(t, err)
	assert.Equal(t, info.Mode().Perm(), os.FileMode(0o700))
}

func TestRemoveWaitsForTheRecorder(t *testing.T) {
	b := newBench(t, "echo up; while [ ! -e $RUNTIME/go ]; do sleep 0.01; done; exit 0")
	h := b.spawn()
	eventually(t, "the script runs", func() bool { return contains(b.lines(all()), "stdout up") })
	removed := make(chan error, 1)
	go func() { removed <- Remove(t.Context(), b.request.Dir) }()
	assert.NilError(t, os.WriteFile(b.runtime.path("go"), nil, 0o600))
	assert.NilError(t, <-removed)
	e := h.Exit()
	assert.Assert(t, e.Success())
	_, err := os.Stat(b.request.Dir)
	assert.Assert(t, os.IsNotExist(err))
	assert.NilError(t, Remove(t.Context(), b.request.Dir))
}
