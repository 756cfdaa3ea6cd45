//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestInputIsForwardedOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("cat", []string{"--network", "none"}, "sh", "-c", "cat; echo end")
	got := m.runWith(strings.NewReader("one\ntwo\n"), "start", "-a", "-i", "cat")
	assert.DeepEqual(t, got, result{stdout: "one\ntwo\nend\n"}, compareResults)
	got = m.runWith(strings.NewReader("one\ntwo\n"), "start", "-a", "cat")
	assert.DeepEqual(t, got, result{stdout: "end\n"}, compareResults)
	m.ok("start", "cat")
	eventually(t, "a detached process reads an end of file", func() bool { return m.ok("logs", "cat") == "end\n" })
	got = m.runWith(strings.NewReader("x"), "run", "--rm", "-i", "--network", "none", busybox, "cat")
	assert.DeepEqual(t, got, result{stdout: "x"}, compareResults)
	m.sleeper("live")
	got = m.runWith(strings.NewReader("data"), "exec", "-i", "live", "cat")
	assert.DeepEqual(t, got, result{stdout: "data"}, compareResults)
	got = m.runWith(strings.NewReader("data"), "exec", "live", "cat")
	assert.DeepEqual(t, got, result{}, compareResults)
}

func TestLargeOutputIsWhole(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("big", []string{"--network", "none"}, "sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line $i of some length; i=$((i+1)); done")
	got := m.run("start", "-a", "big")
	assert.Equal(t, got.code, 0)
	assert.Equal(t, strings.Count(got.stdout, "\n"), 20000)
	assert.Equal(t, m.ok("logs", "big"), got.stdout)
	got = m.runWith(bytes.NewReader(bytes.Repeat([]byte{0, 255, 10, 13}, 1<<18)), "run", "--rm", "-i", "--network", "none", busybox, "cat")
	assert.Assert(t, got.stdout == strings.Repeat("\x00\xff\n\r", 1<<18), "bytes are not changed")
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("tty", []string{"--network", "none", "-t"}, "sh", "-c", "test -t 1 && echo terminal; echo err >&2")
	got := m.run("start", "-a", "tty")
	assert.DeepEqual(t, got, result{stdout: "terminal\r\nerr\r\n"}, compareResults)
	m.refused(1, nil, "start", "-i", "tty") // standard input is no terminal
	m.sleeper("live")
	got = m.run("exec", "-t", "live", "sh", "-c", "test -t 1 && echo terminal")
	assert.DeepEqual(t, got, result{stdout: "terminal\r\n"}, compareResults)
	m.refused(1, nil, "exec", "-it", "live", "sh")
	// With a terminal of our own; script(1) gives one.
	inner := m.command()
	wrapped := exec.Command("script", "-qec", `"`+inner.Path+`" exec -it live sh -c 'stty size; read x; echo got $x'`, "/dev/null")
	wrapped.Env, wrapped.Dir = inner.Env, inner.Dir
	wrapped.Stdin = strings.NewReader("hello\n")
	output, err := wrapped.CombinedOutput()
	assert.NilError(t, err, string(output))
	assert.Assert(t, cmp.Contains(string(output), "got hello"))
}

func TestSignalsToTheForegroundAreNotForwarded(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("web", []string{"--network", "none"}, "sleep", "1000")
	attached := m.command("start", "-a", "web")
	var stderr bytes.Buffer
	attached.Stderr = &stderr
	assert.NilError(t, attached.Start())
	eventually(t, "it runs", func() bool { return m.containers()["web"].Status.State == "running" })
	ended := make(chan struct{})
	go func() { _ = attached.Wait(); close(ended) }()
	eventually(t, "three signals end the client", func() bool {
		_ = attached.Process.Signal(unix.SIGINT)
		select {
		case <-ended:
			return true
		case <-time.After(50 * time.Millisecond):
			return false
		}
	})
	assert.Equal(t, attached.ProcessState.ExitCode(), 1)
	assert.Assert(t, cmp.Contains(stderr.String(), "missing signal in xpc message"))
	assert.Equal(t, m.containers()["web"].Status.State, "running")
}

func TestImageVolumesAndHealthchecksAreIgnored(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("run", "-d", "--progress", "none", "--name", "db", "--network", "none", "--", "redis:7", "sleep", "1000")
	assert.Equal(t, len(m.containers()["db"].Configuration.Mounts), 0)
	_, _, volumes := m.dockerObjects()
	assert.Equal(t, volumes, 0)
	docker, err := m.docker("ps", "-q", "--filter", "label="+rootLabel+"="+m.root)
	assert.NilError(t, err)
	shown, err := m.docker("inspect", "--format", "{{range .Mounts}}{{.Type}} {{.Destination}}\n{{end}}{{.Config.Healthcheck.Test}} {{.Config.Labels}} {{.Name}}", docker)
	assert.NilError(t, err)
	assert.Assert(t, !strings.Contains(shown, "volume"), shown)
	assert.Assert(t, cmp.Contains(shown, "[NONE] map["+rootLabel+":"+m.root+"] /standin-"), "one label, and a name that says nothing")
	assert.Assert(t, !strings.Contains(m.ok("exec", "db", "mount"), " /data "), "nothing is mounted at the image's VOLUME")
}

// docker runs the docker command, for looks behind the stand-in.
func (m *mac) docker(args ...string) (string, error) {
	output, err := exec.Command("docker", args...).CombinedOutput()
	return strings.TrimSpace(string(output)), err
}

func TestProcessFlags(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web", "-u", "65534:65534", "-w", "/made/here", "-e", "A=x y", "--ulimit", "nofile=77:88", "--init", "--shm-size", "32m",
		"--tmpfs", "/t1:size=1m,mode=700", "--mount", "type=tmpfs,target=/t2,size=2m", "--cap-drop", "ALL", "--cap-add", "NET_RAW")
	assert.Equal(t, m.ok("exec", "web", "id", "-u"), "65534\n")
	assert.Equal(t, m.ok("exec", "-u", "0", "web", "id", "-u"), "0\n")
	assert.Equal(t, m.ok("exec", "--uid", "7", "--gid", "8", "web", "sh", "-c", "id -u; id -g"), "7\n8\n")
	assert.Equal(t, m.ok("exec", "web", "pwd"), "/made/here\n")
	assert.Equal(t, m.ok("exec", "-w", "/tmp", "web", "pwd"), "/tmp\n")
	assert.Equal(t, m.ok("exec", "-e", "B=2", "web", "sh", "-c", "echo $A $B"), "x y 2\n")
	assert.Assert(t, cmp.Regexp(`(?m)^Max open files +77 +88 `, m.ok("exec", "web", "cat", "/proc/1/limits")))
	assert.Assert(t, !strings.HasPrefix(m.ok("exec", "web", "cat", "/proc/1/cmdline"), "sh\x00"), "an init is PID 1")
	mounts := m.ok("exec", "web", "mount")
	for _, want := range []string{" /dev/shm ", "size=32768k", " /t1 ", "size=1024k,mode=700", " /t2 ", "size=2048k"} {
		assert.Assert(t, cmp.Contains(mounts, want))
	}
	assert.Assert(t, cmp.Contains(m.ok("exec", "-u", "0", "web", "cat", "/proc/1/status"), "CapBnd:\t0000000000002000"))
}

func TestReadOnlyRoot(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web", "--network", "default", "--read-only")
	got := m.run("exec", "web", "touch", "/x")
	assert.Assert(t, cmp.Contains(got.stderr, "Read-only file system"))
	assert.Assert(t, cmp.Contains(m.ok("exec", "web", "cat", "/etc/hosts"), " web\n"))
}

func TestEntrypointAndCommand(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("create", "--network", "none", "--name", "c1", "--entrypoint", "echo", "--", "redis:7", "a", "b")
	m.ok("create", "--network", "none", "--name", "c2", "--entrypoint", "echo", "--", "redis:7")
	m.ok("create", "--network", "none", "--name", "c3", "--entrypoint", "", "--", "redis:7")
	shown := m.containers()
	assert.Equal(t, shown["c1"].Configuration.InitProcess.Executable, "echo")
	assert.DeepEqual(t, shown["c1"].Configuration.InitProcess.Arguments, []string{"a", "b"})
	assert.Equal(t, len(shown["c2"].Configuration.InitProcess.Arguments), 0, "the image's command is dropped")
	assert.Assert(t, shown["c3"].Configuration.InitProcess.Executable != "echo", "an empty one counts as not given")
}

func TestChangesSurviveARestart(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	folder := filepath.Join(m.dir, "shared")
	assert.NilError(t, os.Mkdir(folder, 0o755))
	m.sleeper("web", "-v", folder+":/shared")
	m.ok("exec", "web", "sh", "-c", "echo kept > /etc/kept; echo out > /shared/out")
	m.ok("stop", "web")
	m.ok("start", "web")
	assert.Equal(t, m.ok("exec", "web", "cat", "/etc/kept"), "kept\n")
	data, err := os.ReadFile(filepath.Join(folder, "out"))
	assert.NilError(t, err)
	assert.Equal(t, string(data), "out\n")
}

func TestCIDFile(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("create", "--network", "none", "--name", "web", "--cidfile", "id", busybox)
	data, err := os.ReadFile(filepath.Join(m.dir, "id"))
	assert.NilError(t, err)
	assert.Equal(t, string(data), "web")
}

func TestVersionsDiffer(t *testing.T) {
	t.Parallel()
	m := newMac(t, "STANDIN_VERSION=1.0.0")
	m.sleeper("web", "--network", "default")
	line := m.ok("list", "--format", "json")
	assert.Assert(t, !strings.Contains(line, "variant"), "variant came with 1.1.0")
	m.env[0] = "STANDIN_VERSION=1.1.0"
	assert.Assert(t, cmp.Contains(m.ok("list", "--format", "json"), `"variant":"reserved"`))
	m.env[0] = "STANDIN_VERSION=1.3.1"
	assert.Assert(t, cmp.Contains(m.ok("system", "status", "--format", "json"), `"apiServerVersion":"container-apiserver version 1.3.1`))
	m.env[0] = "STANDIN_VERSION=1.4.1"
	status := m.ok("system", "status", "--format", "json")
	assert.Assert(t, cmp.Contains(status, `"resources":{"containersRunning":1,"containersTotal":1,"images":1}`))
	assert.Assert(t, cmp.Contains(status, `"status":"running"`))
}

func TestVersionsBefore1AnswerTheirVersionOnly(t *testing.T) {
	t.Parallel()
	m := engineless(t, "STANDIN_VERSION=0.12.3")
	assert.Assert(t, cmp.Contains(m.ok("system", "version", "--format", "json"), `"version":"0.12.3"`))
	m.refused(1, []string{"0.12.3"}, "list")
}
