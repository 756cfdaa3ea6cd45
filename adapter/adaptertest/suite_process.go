package adaptertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

var processCases = []conformanceCase{
	{name: "the exit code is the process's", run: func(t *testing.T, s *suite) {
		for _, code := range []int{0, 3, 64, 127, 255} {
			id := fmt.Sprintf("hwtest-code%d", code)
			r := s.runToEnd(t, s.request(id, exits, strconv.Itoa(code)))
			assert.NilError(t, r.err)
			assert.Equal(t, r.code, code)
		}
	}},
	{name: "a process that lives for milliseconds loses nothing", needs: processes, run: func(t *testing.T, s *suite) {
		for i, code := range []int{0, 1, 3} {
			r := s.request(fmt.Sprintf("hwtest-short%d", i), prints, "out, no newline", "err\n", strconv.Itoa(code))
			s.create(t, r)
			for range 3 {
				got := s.start(t, r.ID)
				assert.NilError(t, got.err)
				assert.DeepEqual(t, []string{got.stdout, got.stderr}, []string{"out, no newline", "err\n"})
				assert.Equal(t, got.code, code)
			}
		}
	}},
	{name: "a process's error that looks like the runtime's stays the process's", needs: processes, run: func(t *testing.T, s *suite) {
		for i, text := range []string{"Error: listen: address already in use\n", "log\nError: boom"} {
			r := s.runToEnd(t, s.request(fmt.Sprintf("hwtest-boom%d", i), prints, "", text, "1"))
			assert.NilError(t, r.err)
			assert.Equal(t, r.code, 1)
			assert.Equal(t, r.stderr, text)
		}
	}},
	{name: "much output on both streams arrives whole, and a sink that fails blocks nobody", needs: processes, run: testMuchOutput},
	{name: "streams that nobody wants are dropped", needs: processes, run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-dropped", lines, "2000"))
		code, err := s.StartAttached(t.Context(), adapter.StartRequest{ID: "hwtest-dropped"})
		assert.NilError(t, err)
		assert.Equal(t, code, 0)
	}},
	{name: "stdin is forwarded to its end, and empty where there is none", needs: processes, run: func(t *testing.T, s *suite) {
		r := s.request("hwtest-stdin", reads)
		r.OpenStdin = true
		s.create(t, r)
		var out strings.Builder
		text := strings.Repeat("all of it\n", 10_000)
		code, err := s.StartAttached(t.Context(), adapter.StartRequest{ID: r.ID, Stdin: strings.NewReader(text), Stdout: &out})
		assert.NilError(t, err)
		assert.Equal(t, code, 0)
		assert.Assert(t, out.String() == text, "%d bytes of %d", out.Len(), len(text))

		none := s.runToEnd(t, s.request("hwtest-nostdin", reads))
		assert.NilError(t, none.err)
		assert.Equal(t, none.stdout, "")
	}},
	{name: "arguments arrive exactly", needs: processes, run: func(t *testing.T, s *suite) {
		args := []string{"a b", "--", "---", "--help", "-x", "-=x", "x=y", `"q" 'r' \s $HOME *`, "two\nlines", "grüße"}
		r := s.runToEnd(t, s.request("hwtest-args", arguments, args...))
		assert.NilError(t, r.err)
		assert.Equal(t, r.stdout, "["+strings.Join(args, "][")+"]")
	}},
	{name: "an executable that is not there does not start", needs: processes, run: testMissingExecutable},
	{name: "an empty entrypoint is refused", run: func(t *testing.T, s *suite) {
		r := s.request("hwtest-noentry", serves)
		r.Entrypoint = []string{}
		wantKind(t, s.CreateContainer(t.Context(), r), adapter.Unsupported)
	}},
	{name: "an attached client that is given up leaves the container", run: testGivenUp},
	{name: "user and directory are the process's", needs: linux, run: func(t *testing.T, s *suite) {
		r := s.request("hwtest-user", whoami)
		r.User, r.WorkingDir = "1234:1234", "/tmp"
		got := s.runToEnd(t, r)
		assert.NilError(t, got.err)
		assert.Equal(t, got.stdout, "1234 /tmp")
	}},
	{name: "a terminal is one", needs: linux, run: func(t *testing.T, s *suite) {
		r := s.request("hwtest-tty", terminal)
		assert.Equal(t, s.runToEnd(t, r).stdout, "no")
		r = s.request("hwtest-tty2", terminal)
		r.TTY = true
		assert.Equal(t, s.runToEnd(t, r).stdout, "yes")
		assert.Assert(t, func() bool { c := s.inspect(t, r.ID); return c.TTY }())
	}},
	{name: "a read-only root file system is one", needs: linux, run: func(t *testing.T, s *suite) {
		r := s.request("hwtest-readonly", remembers, "/x", "y")
		r.ReadOnly = true
		assert.Assert(t, s.runToEnd(t, r).code != 0)
	}},
	{name: "limits are the process's", needs: linux, run: func(t *testing.T, s *suite) {
		r := s.request("hwtest-ulimit", serves)
		r.Entrypoint, r.Command = []string{"sh", "-c", "ulimit -Sn; ulimit -Hn"}, nil
		r.Ulimits = []adapter.Ulimit{{Name: "nofile", Soft: 321, Hard: 654}}
		assert.Equal(t, s.runToEnd(t, r).stdout, "321\n654\n")
	}},
	{name: "capabilities are the process's", needs: linux, run: func(t *testing.T, s *suite) {
		r := s.request("hwtest-caps", serves)
		r.Entrypoint, r.Command = []string{"sh", "-c", "grep CapEff /proc/self/status"}, nil
		r.CapDrop, r.CapAdd = []string{"ALL"}, []string{"NET_ADMIN"}
		assert.Equal(t, s.runToEnd(t, r).stdout, "CapEff:\t0000000000001000\n")
	}},
}

// failingWriter takes some bytes and then fails.
type failingWriter struct{ room int }

func (f *failingWriter) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, os.ErrClosed
	}
	return len(p), nil
}

func testMuchOutput(t *testing.T, s *suite) {
	const n = 20_000
	r := s.runToEnd(t, s.request("hwtest-much", lines, strconv.Itoa(n)))
	assert.NilError(t, r.err)
	assert.Equal(t, r.code, 0)
	var out, stderr strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "out %d\n", i)
		fmt.Fprintf(&stderr, "err %d\n", i)
	}
	assert.Assert(t, r.stdout == out.String(), "%d bytes of %d", len(r.stdout), out.Len())
	assert.Assert(t, r.stderr == stderr.String(), "%d bytes of %d", len(r.stderr), stderr.Len())

	code, err := s.StartAttached(t.Context(), adapter.StartRequest{
		ID: "hwtest-much", Stdout: &failingWriter{100}, Stderr: &failingWriter{100},
	})
	assert.NilError(t, err)
	assert.Equal(t, code, 0)
}

func testMissingExecutable(t *testing.T, s *suite) {
	r := s.request("hwtest-noexec", serves)
	r.Entrypoint, r.Command = []string{"/no/such/program"}, nil
	got := s.runToEnd(t, r)
	if got.err == nil {
		assert.Assert(t, s.caps.StartFailureIsExit1 && got.code == 1, "%+v", got)
	}
	c := s.inspect(t, r.ID)
	assert.Equal(t, c.State, adapter.StateStopped)
}

func testGivenUp(t *testing.T, s *suite) {
	const id = "hwtest-givenup"
	s.create(t, s.request(id, serves))
	ctx, cancel := context.WithCancel(t.Context())
	a := s.attach(ctx, t, id)
	cancel()
	r := a.wait(t, s)
	assert.ErrorIs(t, r.err, context.Canceled)
	assert.Equal(t, r.code, -1)
	c := s.inspect(t, id)
	assert.Assert(t, c.Running(), "the container ended with its client")
	assert.NilError(t, s.StopContainer(t.Context(), id, "", 30*time.Second))
}

var environmentCases = []conformanceCase{
	{name: "values of the environment arrive exactly", needs: processes, run: func(t *testing.T, s *suite) {
		for _, sensitive := range []bool{false, true} {
			testEnvironment(t, s, sensitive)
		}
	}},
	{name: "no error shows a value of the environment", run: func(t *testing.T, s *suite) {
		r := s.request("x", serves) // a name that is refused
		r.Env = []adapter.EnvVar{{Key: "PASSWORD", Value: "hunter2hunter2", Sensitive: true}, {Key: "NOTE", Value: "a-plain-long-value"}}
		err := s.CreateContainer(t.Context(), r)
		wantKind(t, err, adapter.Refused)
		assert.Assert(t, !strings.Contains(err.Error(), "hunter2") && !strings.Contains(err.Error(), "a-plain-long-value"), "%v", err)
	}},
	{name: "variables without a name are refused", run: func(t *testing.T, s *suite) {
		for _, key := range []string{"", "A=B"} {
			r := s.request("hwtest-badenv", serves)
			r.Env = []adapter.EnvVar{{Key: key, Value: "x"}}
			wantKind(t, s.CreateContainer(t.Context(), r), adapter.Refused)
		}
	}},
}

func testEnvironment(t *testing.T, s *suite, sensitive bool) {
	env := []adapter.EnvVar{
		{Key: "TWICE", Value: "first"}, {Key: "PLAIN", Value: "value"}, {Key: "EMPTY", Value: ""}, {Key: "EQUALS", Value: "a=b==c="},
		{Key: "BLANKS", Value: "  leading and trailing  "}, {Key: "COMMENT", Value: "# no comment"},
		{Key: "QUOTES", Value: `"double" 'single' \back`}, {Key: "DOLLAR", Value: "$HOME ${HOME} %s"},
		{Key: "LINES", Value: "first\n second\n\n#third\nlast"}, {Key: "DASHES", Value: "--env"}, {Key: "UTF8", Value: "grüße ☃"},
		{Key: "TAB", Value: "\ta\tb"}, {Key: "RETURN", Value: "a\r\nb"}, {Key: "TWICE", Value: "second"},
	}
	var names []string
	want := ""
	for i := range env {
		env[i].Sensitive = sensitive
		if i > 0 { // the last value of a name counts
			names = append(names, env[i].Key)
			want += env[i].Value + "\x00"
		}
	}
	r := s.request(fmt.Sprintf("hwtest-env-%v", sensitive), variables, names...)
	r.Env = env
	got := s.runToEnd(t, r)
	assert.NilError(t, got.err)
	assert.Equal(t, got.stdout, want)
	assert.Assert(t, strings.Contains(strings.Join(s.inspect(t, r.ID).Env, "\n"), "EQUALS=a=b==c="))
}

var mountCases = []conformanceCase{
	{name: "a single file is mounted, and an edit in place shows at once", needs: processes, run: func(t *testing.T, s *suite) {
		file := filepath.Join(t.TempDir(), "hosts")
		assert.NilError(t, os.WriteFile(file, []byte("127.0.0.1 localhost\n"), 0o644))
		r := s.request("hwtest-bind", serves)
		r.Mounts = []adapter.Mount{{Kind: adapter.MountBind, Source: file, Target: "/etc/hosts", ReadOnly: true}}
		s.create(t, r)
		c := s.inspect(t, r.ID)
		assert.Equal(t, len(c.Mounts), 1)
		assert.Equal(t, c.Mounts[0].Kind, adapter.MountBind)
		assert.Equal(t, c.Mounts[0].Target, "/etc/hosts")
		assert.Assert(t, c.Mounts[0].ReadOnly)
		s.startAndAwait(t, r.ID)
		for _, text := range []string{"127.0.0.1 localhost\n", "127.0.0.1 localhost peer\n"} {
			assert.NilError(t, os.WriteFile(file, []byte(text), 0o644))
			var out strings.Builder
			code, err := s.Exec(t.Context(), adapter.ExecRequest{ID: r.ID, Command: shows.command("/etc/hosts"), Stdout: &out})
			assert.NilError(t, err)
			assert.Equal(t, code, 0)
			assert.Equal(t, out.String(), text)
		}
	}},
	{name: "a folder is mounted", needs: processes, run: func(t *testing.T, s *suite) {
		dir := t.TempDir()
		assert.NilError(t, os.Chmod(dir, 0o755))
		assert.NilError(t, os.WriteFile(filepath.Join(dir, "f"), []byte("content"), 0o644))
		r := s.request("hwtest-folder", shows, "/src/f")
		r.Mounts = []adapter.Mount{{Kind: adapter.MountBind, Source: dir, Target: "/src"}}
		got := s.runToEnd(t, r)
		assert.NilError(t, got.err)
		assert.Equal(t, got.stdout, "content")
	}},
	{name: "a tmpfs has its size and mode", needs: linux, run: func(t *testing.T, s *suite) {
		r := s.request("hwtest-tmpfs", serves)
		r.Entrypoint, r.Command = []string{"sh", "-c", "grep ' /scratch tmpfs ' /proc/mounts"}, nil
		r.Mounts = []adapter.Mount{{Kind: adapter.MountTmpfs, Target: "/scratch", Size: 8 << 20, Mode: 0o700}}
		got := s.runToEnd(t, r)
		assert.NilError(t, got.err)
		assert.Assert(t, strings.Contains(got.stdout, "size=8192k") && strings.Contains(got.stdout, "mode=700"), got.stdout)
		c := s.inspect(t, r.ID)
		assert.Equal(t, c.Mounts[0].Kind, adapter.MountTmpfs)
		assert.Equal(t, c.Mounts[0].Size, int64(8<<20))
	}},
	{name: "mounts that cannot be are refused", run: func(t *testing.T, s *suite) {
		for i, m := range []adapter.Mount{
			{Kind: adapter.MountBind, Source: "relative", Target: "/x"}, {Kind: adapter.MountTmpfs, Target: "x"}, {Kind: "other", Target: "/x"},
		} {
			r := s.request(fmt.Sprintf("hwtest-badmount%d", i), serves)
			r.Mounts = []adapter.Mount{m}
			wantKind(t, s.CreateContainer(t.Context(), r), adapter.Refused)
		}
	}},
}
