package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/compose"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/translate/finding"
)

// exitOf gives the code of an error and what is printed about it.
func exitOf(ctx context.Context, err error) (int, string) {
	s, _, stderr := view.Buffers("")
	c := &composeCommand{app: &App{Streams: s, Dir: "/src/app"}}
	return c.exit(ctx, err), stderr.String()
}

func TestExit(t *testing.T) {
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	runtime := func(kind adapter.Kind, words, hint string) error {
		return fmt.Errorf("look at the project: %w", &adapter.Error{Kind: kind, Op: "list containers", Words: words, Hint: hint, ExitCode: 1})
	}
	for _, c := range []struct {
		name string
		ctx  context.Context
		err  error
		code int
		want string // on stderr
	}{
		{"success", t.Context(), nil, 0, ""},
		{"the process's own code, silently", t.Context(), fmt.Errorf("exec: %w", exitCode(42)), 42, ""},
		{"the process's own code, after an interrupt too", interrupted, exitCode(130), 130, ""},
		{"an interrupt", interrupted, fmt.Errorf("wait: %w", context.Canceled), 130, ""},
		{"an interrupt that showed as another error", interrupted, errors.New("signal: killed"), 130, ""},
		{"a reader that has gone", t.Context(), &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}, 1, ""},
		{"any error", t.Context(), errors.New("it broke"), 1, "it broke\n"},
		{"a file, with place and hint", t.Context(),
			&compose.Error{Message: "bad", Position: finding.Position{File: "/src/app/sub/compose.yaml", Line: 3}, Hint: "mend it"},
			1, "sub/compose.yaml:3: bad\nhint: mend it\n"},
		{"a file elsewhere keeps its path", t.Context(),
			&compose.Error{Message: "bad", Position: finding.Position{File: "/src/apple/compose.yaml", Line: 3}}, 1, "/src/apple/compose.yaml:3: bad\n"},
		{"the orchestrator's, with findings", t.Context(),
			&orchestrate.Error{Message: "refused", Hint: "see", Findings: finding.List{{Severity: finding.Error, Path: "volume x", Message: "is foreign"}}},
			1, "error: volume x: is foreign\nrefused\nhint: see\n"},
		{"the orchestrator's keeps the runtime's hint when it has none", t.Context(),
			&orchestrate.Error{Message: "start app-web-1: port 80 is taken", Err: runtime(adapter.PortInUse, "taken", "publish another port")},
			1, "start app-web-1: port 80 is taken\nhint: publish another port\n"},
		{"not installed", t.Context(), runtime(adapter.Missing, "", ""), 1,
			"Apple container is not installed: there is no `container` command on PATH\nhint: install it with `brew install container`, or with " +
				"the signed installer package from https://github.com/apple/container/releases, then run `container system start`\n"},
		{"not started", t.Context(), runtime(adapter.NotRunning, "XPC connection error", ""), 1,
			"Apple container is installed, but its services do not run: XPC connection error\nhint: start them with `container system start`\n"},
		{"not started, for a reason that the adapter knows better", t.Context(), runtime(adapter.NotRunning, "default kernel not configured", "install a kernel"), 1,
			"Apple container is installed, but its services do not run: default kernel not configured\nhint: install a kernel\n"},
		{"too old", t.Context(), runtime(adapter.TooOld, "Apple container 0.9.0 is too old", ""), 1,
			"Apple container 0.9.0 is too old\nhint: Hostwright needs Apple container 1.0.0 or later: `brew upgrade container`, or the installer " +
				"package from https://github.com/apple/container/releases\n"},
		{"hung", t.Context(), runtime(adapter.Timeout, "no answer within 1m0s", ""), 1,
			"look at the project: list containers: no answer within 1m0s\nhint: see `container system status`; services that hang come back " +
				"with `container system stop` and `container system start`\n"},
		{"the runtime's own words are made harmless", t.Context(), runtime(adapter.Unknown, "\x1b[2Jgone", ""), 1,
			"look at the project: list containers: \\x1b[2Jgone\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stderr := exitOf(c.ctx, c.err)
			assert.Equal(t, code, c.code)
			assert.Equal(t, stderr, c.want)
		})
	}
}

func TestTruth(t *testing.T) {
	for in, want := range map[string]bool{"": false, "1": true, " TRUE ": true, "y": true, "Y": true, "yes": false, "0": false, "rubbish": false} {
		assert.Equal(t, truth(in), want, in)
	}
}

func TestExecSettlesOnATerminal(t *testing.T) {
	for _, c := range []struct {
		name    string
		in, out bool // terminals
		given   bool // -t on the command line
		o       execOptions
		want    bool
		message string
	}{
		{"both are terminals", true, true, false, execOptions{tty: true}, true, ""},
		{"output is piped", true, false, false, execOptions{tty: true}, false, ""},
		{"input is piped", false, true, false, execOptions{tty: true}, false, ""},
		{"-T", true, true, false, execOptions{tty: true, noTTY: true}, false, ""},
		{"-t with piped input", false, true, true, execOptions{tty: true}, false, "the input device is not a TTY"},
		{"-t and -T", true, true, true, execOptions{tty: true, noTTY: true}, false, "--tty and --no-tty can't be used together"},
		{"in the background", true, true, false, execOptions{tty: true, detach: true}, false, ""},
		{"--privileged", true, true, false, execOptions{tty: true, privileged: true}, false, "exec --privileged is not supported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := &composeCommand{app: &App{Streams: &view.Streams{InTerminal: c.in, OutTerminal: c.out}}}
			err := c.o.settle(cmd, c.given)
			if c.message != "" {
				assert.Error(t, err, c.message)
				return
			}
			assert.NilError(t, err)
			assert.Equal(t, c.o.tty, c.want)
		})
	}
}

func TestStandaloneArgs(t *testing.T) {
	for _, c := range []struct{ program, in, want string }{
		{"hostwright", "compose up", "compose up"},
		{"docker-compose", "up -d -v", "compose up -d -v"},
		{"docker-compose", "-f a.yaml -p x up -v", "compose -f a.yaml -p x up -v"},
		{"docker-compose", "-v", "compose --version"},
		{"docker-compose", "--verbose -v", "compose --verbose --version"},
		{"docker-compose", "-p -v up", "compose -p -v up"},
		{"hostwright-compose", "", "compose"},
	} {
		got := standaloneArgs(c.program, strings.Fields(c.in))
		assert.Equal(t, strings.Join(got, " "), c.want, "%s %s", c.program, c.in)
	}
}

// exec goes to the lowest number, not to the first name.
func TestRunningReplica(t *testing.T) {
	running := func(name string, number int, oneOff bool) orchestrate.Container {
		return orchestrate.Container{Name: name, Service: "web", Number: number, OneOff: oneOff, State: orchestrate.StateRunning}
	}
	stopped := running("web-1", 1, false)
	stopped.State = orchestrate.StateExited
	all := []orchestrate.Container{running("run-x", 0, true), running("web-10", 10, false), running("web-2", 2, false), stopped}
	for _, c := range []struct {
		name  string
		from  []orchestrate.Container
		index int
		want  string
	}{
		{"the lowest number that runs", all, 0, "web-2"},
		{"by index", all, 10, "web-10"},
		{"a one-off when there is no replica", all[:1], 0, "run-x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := runningReplica(c.from, "web", c.index)
			assert.NilError(t, err)
			assert.Equal(t, got.Name, c.want)
		})
	}
	_, err := runningReplica(all, "web", 1)
	assert.Error(t, err, `service "web" is not running container #1`)
	_, err = runningReplica(all[:1], "web", 1)
	assert.Error(t, err, `service "web" is not running container #1`)
	_, err = runningReplica(nil, "web", 0)
	assert.Error(t, err, `service "web" is not running`)
}

func TestHelpOfEveryCommandIsPrinted(t *testing.T) {
	s, stdout, _ := view.Buffers("")
	for _, name := range []string{"up", "down", "ps", "logs", "exec", "config", "plan", "adopt", "version"} {
		stdout.Reset()
		assert.Equal(t, Run(t.Context(), &App{Streams: s}, []string{"compose", name, "--help"}), 0)
		assert.Assert(t, bytes.Contains(stdout.Bytes(), []byte("Usage:\n  hostwright compose "+name)), stdout.String())
	}
}
