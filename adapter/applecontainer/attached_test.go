package applecontainer

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

func TestAttachedErrorOfTheCommandIsAnErrorAndNotCopied(t *testing.T) {
	var stderr bytes.Buffer
	a := scripted(t, `echo 'a log line' >&2; echo 'Error: container web is not running' >&2; exit 1`)
	code, err := a.Exec(t.Context(), adapter.ExecRequest{ID: "web", Command: []string{"true"}, Stderr: &stderr})
	assert.Equal(t, adapter.KindOf(err), adapter.WrongState)
	assert.Equal(t, code, -1)
	assert.Equal(t, stderr.String(), "a log line\n")
}

func TestAttachedErrorOfTheProcessIsCopied(t *testing.T) {
	tests := []struct{ name, script, stderr string }{
		{"an unknown text", `echo 'Error: boom' >&2; exit 1`, "Error: boom\n"},
		{"the command's words after output of the process", `echo out; echo 'Error: container web is not running' >&2; exit 1`, "Error: container web is not running\n"},
		{"an error and later more", `echo 'Error: one' >&2; sleep 0.6; echo two >&2; exit 1`, "Error: one\ntwo\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out, stderr bytes.Buffer
			code, err := scripted(t, test.script).StartAttached(t.Context(), adapter.StartRequest{ID: "web", Stdout: &out, Stderr: &stderr})
			assert.NilError(t, err)
			assert.Equal(t, code, 1)
			assert.Equal(t, stderr.String(), test.stderr)
		})
	}
}

func TestErrorLineOfALongRunningProcessIsNotHeldBackForLong(t *testing.T) {
	reader, writer := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := scripted(t, `echo 'Error: but alive' >&2; sleep 60`).StartAttached(ctx, adapter.StartRequest{ID: "web", Stderr: writer})
		done <- err
	}()
	line := make([]byte, 17)
	_, err := io.ReadFull(reader, line)
	assert.NilError(t, err)
	assert.Equal(t, string(line), "Error: but alive\n")
	cancel()
	assert.ErrorIs(t, <-done, context.Canceled)
}

func TestAttachedCommandThatIsKilledIsAnError(t *testing.T) {
	code, err := scripted(t, `kill -9 $$`).StartAttached(t.Context(), adapter.StartRequest{ID: "web"})
	assert.Equal(t, adapter.KindOf(err), adapter.Unknown)
	assert.Equal(t, code, -1)
}

func TestAttachedDoesNotWaitForItsInput(t *testing.T) {
	reader, writer := io.Pipe() // never ends
	defer writer.Close()
	code, err := scripted(t, `exit 3`).StartAttached(t.Context(), adapter.StartRequest{ID: "web", Stdin: reader})
	assert.NilError(t, err)
	assert.Equal(t, code, 3)
}

func TestCommandLeadsAProcessGroupOfItsOwnAndHasNoInput(t *testing.T) {
	if _, err := exec.LookPath("ps"); err != nil {
		t.Skip("no ps here")
	}
	var out bytes.Buffer
	code, err := scripted(t, `ps -o pgid= -p $$ | tr -d ' '; echo $$; cat; exit 0`).StartAttached(t.Context(), adapter.StartRequest{ID: "web", Stdout: &out})
	assert.NilError(t, err)
	assert.Equal(t, code, 0)
	fields := strings.Fields(out.String())
	assert.Equal(t, len(fields), 2)
	assert.Equal(t, fields[0], fields[1])
}

func TestTerminalIsRefusedWithoutOne(t *testing.T) {
	_, err := scripted(t, "true").Exec(t.Context(), adapter.ExecRequest{ID: "web", Command: []string{"sh"}, TTY: true, Interactive: true})
	assert.Equal(t, adapter.KindOf(err), adapter.Refused)
}
