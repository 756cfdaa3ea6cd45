package applecontainer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

// scriptVariable makes this test binary act as the container command: its value is a shell script.
const scriptVariable = "APPLECONTAINER_TEST_SCRIPT"

func TestMain(m *testing.M) {
	if script, found := os.LookupEnv(scriptVariable); found {
		os.Exit(playCommand(script))
	}
	os.Exit(m.Run())
}

// playCommand runs a script with the arguments of the call as "$@"; descriptor 3 is passed on.
func playCommand(script string) int {
	if script == "ignore signals" { // a command that only SIGKILL ends
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("deaf")
		select {}
	}
	err := syscall.Exec("/bin/sh", append([]string{"sh", "-c", script, "container"}, os.Args[1:]...), os.Environ())
	fmt.Fprintln(os.Stderr, err)
	return 99
}

// scripted gives an adapter whose command is a shell script.
func scripted(t *testing.T, script string, change ...func(*Options)) *Adapter {
	t.Helper()
	self, err := os.Executable()
	assert.NilError(t, err)
	o := Options{
		Command: self, Environ: append(os.Environ(), scriptVariable+"="+script), TempDir: t.TempDir(),
		Deadlines: Deadlines{Kill: 500 * time.Millisecond},
	}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

func TestMissingCommandSaysHowToInstallIt(t *testing.T) {
	for _, command := range []string{"no-such-container-command", "/no/such/container"} {
		_, err := New(Options{Command: command}).ListContainers(t.Context())
		assert.Equal(t, adapter.KindOf(err), adapter.Missing)
		var e *adapter.Error
		assert.Assert(t, errors.As(err, &e))
		assert.Assert(t, strings.Contains(e.Hint, "Apple container"), e.Hint)
	}
}

func TestCommandThatIsInstalledLaterIsFoundAndOneThatVanishesIsMissing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "container")
	a := New(Options{Command: path})
	_, err := a.ListContainers(t.Context())
	assert.Equal(t, adapter.KindOf(err), adapter.Missing)
	assert.NilError(t, os.WriteFile(path, []byte("#!/bin/sh\necho '[]'\n"), 0o755))
	_, err = a.ListContainers(t.Context())
	assert.NilError(t, err)
	assert.NilError(t, os.Remove(path))
	_, err = a.ListContainers(t.Context())
	assert.Equal(t, adapter.KindOf(err), adapter.Missing)
}

func TestCallPastItsDeadlineIsEndedAndAmbiguous(t *testing.T) {
	short := func(o *Options) {
		o.Deadlines.Control, o.Deadlines.TransferSilence = 300*time.Millisecond, 300*time.Millisecond
	}
	tests := []struct {
		name, script string
		call         func(*Adapter) error
	}{
		{"a control call", "sleep 60", func(a *Adapter) error { return a.DeleteContainer(t.Context(), "web", false) }},
		{"a deaf command", "ignore signals", func(a *Adapter) error { return a.DeleteContainer(t.Context(), "web", false) }},
		{"a pipe that somebody else holds open", "sleep 60 & sleep 0.1", func(a *Adapter) error { _, err := a.ListVolumes(t.Context()); return err }},
		{"a silent pull", "echo start >&2; sleep 60", func(a *Adapter) error {
			return a.PullImage(t.Context(), adapter.PullRequest{Reference: "redis"})
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := time.Now()
			err := test.call(scripted(t, test.script, short))
			assert.Equal(t, adapter.KindOf(err), adapter.Timeout, "%v", err)
			assert.Assert(t, time.Since(before) < 10*time.Second)
		})
	}
}

func TestPullThatTellsHowItGoesIsNotSilent(t *testing.T) {
	a := scripted(t, "for i in 1 2 3 4 5 6 7 8; do echo line $i >&2; sleep 0.1; done", func(o *Options) {
		o.Deadlines.TransferSilence = 600 * time.Millisecond
	})
	var progress bytes.Buffer
	assert.NilError(t, a.PullImage(t.Context(), adapter.PullRequest{Reference: "redis", Progress: &progress}))
	assert.Equal(t, strings.Count(progress.String(), "line"), 8)
}

func TestCancelledCallGivesTheContextsError(t *testing.T) {
	a := scripted(t, "sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	err := a.CreateContainer(ctx, adapter.CreateRequest{ID: "web", Image: "redis"})
	assert.ErrorIs(t, err, context.Canceled)
	ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err = a.CreateContainer(ctx, adapter.CreateRequest{ID: "web", Image: "redis"})
	assert.Equal(t, adapter.KindOf(err), adapter.Timeout)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestCommandThatFillsBothPipesEnds(t *testing.T) {
	const script = `head -c 300000 /dev/zero | tr '\0' x >&2; printf '['; head -c 300000 /dev/zero | tr '\0' ' '; printf ']'; head -c 300000 /dev/zero >&2`
	list, err := scripted(t, script).ListContainers(t.Context())
	assert.NilError(t, err)
	assert.Equal(t, len(list), 0)
}

func TestFailureHasKindAndWordsWithoutArguments(t *testing.T) {
	a := scripted(t, `echo 'some log' >&2; echo "Error: container already exists: $3 with s3cret-value" >&2; exit 1`)
	err := a.CreateContainer(t.Context(), adapter.CreateRequest{
		ID: "web", Image: "redis", Env: []adapter.EnvVar{{Key: "K", Value: "s3cret-value"}},
	})
	assert.Equal(t, adapter.KindOf(err), adapter.Exists)
	assert.Equal(t, err.Error(), "create container web: container already exists: web with <redacted>")
}

func TestAnswerThatIsNotUnderstoodIsAnErrorAndAnOldCommandIsNamed(t *testing.T) {
	_, err := scripted(t, `if [ "$1" = system ]; then echo '[{"appName":"container","version":"1.4.1"}]'; else echo '[{"id":"a"}]'; fi`).ListContainers(t.Context())
	assert.ErrorIs(t, err, errDecode)
	assert.Equal(t, adapter.KindOf(err), adapter.Unknown)

	old := `if [ "$1" = system ]; then echo 'Error: Unexpected argument' >&2; exit 64; fi
if [ "$1" = --version ]; then echo 'container CLI version 0.12.3 (build: release, commit: 1234567)'; exit; fi
echo '[{"status":"running","configuration":{"id":"a"}}]'`
	_, err = scripted(t, old).ListContainers(t.Context())
	assert.Equal(t, adapter.KindOf(err), adapter.TooOld)
	assert.ErrorContains(t, err, "0.12.3")
	_, err = scripted(t, old).Version(t.Context())
	assert.Equal(t, adapter.KindOf(err), adapter.TooOld)
}

func TestPingSaysWhetherTheServicesRun(t *testing.T) {
	flat := `echo '{"apiServerVersion":"container-apiserver version 1.2.2 (build: release, commit: 1)","status":"running"}'`
	nested := `echo '{"server":{"version":"1.4.1"},"status":"running"}'`
	for _, script := range []string{flat, nested} {
		assert.NilError(t, scripted(t, script).Ping(t.Context()))
	}
	for _, script := range []string{`echo '{"status":"unregistered"}'; exit 1`, `echo '{"status":"not running"}'`} {
		err := scripted(t, script).Ping(t.Context())
		assert.Equal(t, adapter.KindOf(err), adapter.NotRunning)
	}
}

func TestServicesThatAreDownAndANetworksHelperThatIs(t *testing.T) {
	const down = `echo 'Error: interrupted: "XPC connection error: Connection invalid"' >&2; exit 1`
	_, err := scripted(t, down).ListContainers(t.Context())
	assert.Equal(t, adapter.KindOf(err), adapter.NotRunning)
	helper := `if [ "$1" = system ]; then echo '{"status":"running"}'; exit; fi; ` + down
	err = scripted(t, helper).CreateContainer(t.Context(), adapter.CreateRequest{ID: "web", Image: "redis"})
	assert.Equal(t, adapter.KindOf(err), adapter.Unknown)
}

func TestReadIsRepeatedOnceWhenTheServerWasSlowAndAMutationNever(t *testing.T) {
	count := filepath.Join(t.TempDir(), "count")
	slow := fmt.Sprintf(`echo x >> %[1]s; if [ "$(wc -l < %[1]s)" -lt 2 ]; then echo 'Error: XPC timeout for request to com.apple.container.apiserver/networkList' >&2; exit 1; fi; echo '[]'`, count)
	_, err := scripted(t, slow).ListNetworks(t.Context())
	assert.NilError(t, err)
	assert.NilError(t, os.Remove(count))
	err = scripted(t, slow).CreateNetwork(t.Context(), adapter.NetworkRequest{Name: "a"})
	assert.Equal(t, adapter.KindOf(err), adapter.Timeout)
	calls, err := os.ReadFile(count)
	assert.NilError(t, err)
	assert.Equal(t, string(calls), "x\n")
}

func TestMutationsInheritTheLockAndReadsDoNot(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	lock, err := os.Create(name)
	assert.NilError(t, err)
	defer lock.Close()
	// The descriptor is the same open file: what the child writes to it arrives here.
	a := scripted(t, `if { true >&3; } 2>/dev/null; then echo "$1" >&3; fi; echo '[]'`)
	ctx := adapter.WithInherited(t.Context(), lock)
	assert.NilError(t, a.CreateContainer(ctx, adapter.CreateRequest{ID: "web", Image: "redis"}))
	assert.NilError(t, a.StopContainer(ctx, "web", "", 0))
	_, err = a.StartAttached(ctx, adapter.StartRequest{ID: "web"})
	assert.NilError(t, err)
	_, err = a.ListContainers(ctx)
	assert.NilError(t, err)
	_, err = a.Exec(ctx, adapter.ExecRequest{ID: "web", Command: []string{"true"}})
	assert.NilError(t, err)
	assert.NilError(t, a.DeleteContainer(t.Context(), "web", false)) // without a lock in the context
	content, err := os.ReadFile(name)
	assert.NilError(t, err)
	assert.Equal(t, string(content), "create\nstop\nstart\n")
}

func TestSensitiveValuesReachTheCommandButNoArgument(t *testing.T) {
	a := scripted(t, `printf '%s\n' "$@" > "$OUT/args"; while [ $# -gt 0 ]; do if [ "$1" = --env-file ]; then cat "$2" > "$OUT/file"; fi; shift; done; printf %s "$KEY" > "$OUT/key"`)
	out := t.TempDir()
	a.options.Environ = append(a.options.Environ, "OUT="+out)
	assert.NilError(t, a.CreateContainer(t.Context(), adapter.CreateRequest{ID: "web", Image: "redis", Env: []adapter.EnvVar{
		{Key: "PASSWORD", Value: "hunter2", Sensitive: true}, {Key: "KEY", Value: "one\ntwo", Sensitive: true}, {Key: "PLAIN", Value: "p"},
	}}))
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(out, name))
		assert.NilError(t, err)
		return string(content)
	}
	args := read("args")
	assert.Assert(t, !strings.Contains(args, "hunter2") && !strings.Contains(args, "two"), args)
	assert.Assert(t, strings.Contains(args, "PLAIN=p\n"), args)
	assert.Equal(t, read("file"), "PASSWORD=hunter2\n")
	assert.Equal(t, read("key"), "one\ntwo")
	left, err := os.ReadDir(a.options.TempDir)
	assert.NilError(t, err)
	assert.Equal(t, len(left), 0)
}

func TestVariableThatChangesTheMeaningOfCallsIsNotPassedOn(t *testing.T) {
	t.Setenv("CONTAINER_DEFAULT_PLATFORM", "linux/s390x")
	t.Setenv("SSH_AUTH_SOCK", "/agent")
	a := scripted(t, `printf '%s|%s' "$CONTAINER_DEFAULT_PLATFORM" "$SSH_AUTH_SOCK"`)
	var out bytes.Buffer
	_, err := a.StartAttached(t.Context(), adapter.StartRequest{ID: "web", Stdout: &out})
	assert.NilError(t, err)
	assert.Equal(t, out.String(), "|/agent")
}

func TestArgumentsThatAreTooLongAreRefused(t *testing.T) {
	err := scripted(t, "true").CreateContainer(t.Context(), adapter.CreateRequest{
		ID: "web", Image: "redis", Labels: map[string]string{"big": strings.Repeat("x", 8<<20)},
	})
	assert.Equal(t, adapter.KindOf(err), adapter.Refused)
	assert.Assert(t, len(err.Error()) < 300)
}
