package adaptertest

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

var execCases = []conformanceCase{
	{name: "exec gives output, streams apart, and the exit code", needs: processes, run: testExec},
	{name: "exec of a program that is not there fails", needs: processes, run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-execnone", serves))
		s.startAndAwait(t, "hwtest-execnone")
		code, err := s.Exec(t.Context(), adapter.ExecRequest{ID: "hwtest-execnone", Command: []string{"/no/such/program"}})
		assert.Assert(t, err != nil || code != 0)
		if err != nil {
			wantKind(t, err, adapter.Refused)
		}
		_, err = s.Exec(t.Context(), adapter.ExecRequest{ID: "hwtest-execnone"})
		wantKind(t, err, adapter.Refused)
	}},
	{name: "exec past the caller's deadline gives up and leaves the container", needs: processes, run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-execslow", serves))
		s.startAndAwait(t, "hwtest-execslow")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		before := time.Now()
		_, err := s.Exec(ctx, adapter.ExecRequest{ID: "hwtest-execslow", Command: sleeps.command()})
		assert.Assert(t, adapter.Is(err, adapter.Timeout) || errors.Is(err, context.DeadlineExceeded), "%v", err)
		assert.Assert(t, time.Since(before) < s.patience)
		c := s.inspect(t, "hwtest-execslow")
		assert.Assert(t, c.Running())
	}},
	{name: "exec ends with its container", needs: processes, run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-execend", serves))
		s.startAndAwait(t, "hwtest-execend")
		ready, exited := newMarker("ready\n"), make(chan result, 1)
		go func() {
			code, err := s.Exec(context.WithoutCancel(t.Context()), adapter.ExecRequest{
				ID: "hwtest-execend", Command: sleeps.command(), Stdout: ready,
			})
			exited <- result{code: code, err: err}
		}()
		<-ready.seen
		assert.NilError(t, s.StopContainer(t.Context(), "hwtest-execend", "", 30*time.Second))
		r := attached{exited}.wait(t, s)
		assert.Assert(t, r.err != nil || r.code != 0, "%+v", r)
	}},
	{name: "a detached exec returns at once", run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-detach", serves))
		s.startAndAwait(t, "hwtest-detach")
		code, err := s.Exec(t.Context(), adapter.ExecRequest{ID: "hwtest-detach", Command: sleeps.command(), Detach: true})
		assert.NilError(t, err)
		assert.Equal(t, code, 0)
	}},
	{name: "exec has the container's environment, user and directory, and its own", needs: processes, run: testExecSettings},
}

func testExec(t *testing.T, s *suite) {
	const id = "hwtest-exec"
	s.create(t, s.request(id, serves))
	s.startAndAwait(t, id)
	for _, code := range []int{0, 1, 64} {
		var out, stderr strings.Builder
		got, err := s.Exec(t.Context(), adapter.ExecRequest{
			ID: id, Command: prints.command("to out", "Error: to err\n", strconv.Itoa(code)), Stdout: &out, Stderr: &stderr,
		})
		assert.NilError(t, err)
		assert.Equal(t, out.String(), "to out")
		assert.Equal(t, stderr.String(), "Error: to err\n")
		assert.Equal(t, got, code)
	}
	var out strings.Builder
	code, err := s.Exec(t.Context(), adapter.ExecRequest{
		ID: id, Command: reads.command(), Interactive: true, Stdin: strings.NewReader("from stdin"), Stdout: &out,
	})
	assert.NilError(t, err)
	assert.Equal(t, code, 0)
	assert.Equal(t, out.String(), "from stdin")

	out.Reset()
	code, err = s.Exec(t.Context(), adapter.ExecRequest{ID: id, Command: reads.command(), Stdin: strings.NewReader("unwanted"), Stdout: &out})
	assert.NilError(t, err)
	assert.Equal(t, code, 0)
	assert.Equal(t, out.String(), "", "stdin is forwarded only when it is wanted")

	out.Reset()
	args := []string{"--", "---", "-x", "a b"}
	_, err = s.Exec(t.Context(), adapter.ExecRequest{ID: id, Command: arguments.command(args...), Stdout: &out})
	assert.NilError(t, err)
	assert.Equal(t, out.String(), "["+strings.Join(args, "][")+"]")
}

func testExecSettings(t *testing.T, s *suite) {
	r := s.request("hwtest-execset", serves)
	r.Env = []adapter.EnvVar{{Key: "OUTER", Value: "outer"}}
	s.create(t, r)
	s.startAndAwait(t, r.ID)
	env := []adapter.EnvVar{{Key: "INNER", Value: "inner\nvalue", Sensitive: true}, {Key: "ONELINE", Value: " x ", Sensitive: true}}
	var values strings.Builder
	code, err := s.Exec(t.Context(), adapter.ExecRequest{
		ID: r.ID, Command: variables.command("OUTER", "INNER", "ONELINE"), Env: env, Stdout: &values,
	})
	assert.NilError(t, err)
	assert.Equal(t, code, 0)
	assert.Equal(t, values.String(), "outer\x00inner\nvalue\x00 x \x00")
	var out strings.Builder
	_, err = s.Exec(t.Context(), adapter.ExecRequest{ID: r.ID, Command: whoami.command(), User: "42", WorkingDir: "/tmp", Stdout: &out})
	assert.NilError(t, err)
	assert.Equal(t, out.String(), "42 /tmp")
}
