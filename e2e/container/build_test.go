//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// write puts a file below the working directory of the calls.
func (m *mac) write(name, text string) {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	assert.NilError(m.t, os.MkdirAll(filepath.Dir(path), 0o755))
	assert.NilError(m.t, os.WriteFile(path, []byte(text), 0o644))
}

// output builds, creates a container of the image, and gives what it prints.
func (m *mac) outputOf(image string, words ...string) string {
	m.t.Helper()
	id := "c-" + nonce()
	m.ok(append([]string{"create", "--name", id, "--network", "none", "--", image}, words...)...)
	return m.ok("start", "--attach", id)
}

func TestBuild(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	mark := nonce()
	m.write("Dockerfile", "# syntax=docker/dockerfile:1\nARG BASE\nFROM ${BASE:-nothing} AS one\nARG WHO=nobody\nRUN echo "+mark+" $WHO > /text\n"+
		"LABEL in=file\nHEALTHCHECK CMD true\nVOLUME /v\nCMD [\"cat\", \"/text\"]\nFROM one AS two\nRUN exit 1\n")
	got := m.run("build", "--progress", "plain", "-t", "web", "-t", "web:2", "--target", "one", "--build-arg", "BASE=busybox",
		"--build-arg", "WHO=somebody", "--label", "k=v=w", ".")
	assert.Equal(t, got.code, 0, got.stderr)
	assert.Equal(t, got.stdout, "web:latest\nweb:2\n", "stdout has the names, the log goes to stderr")
	for _, line := range []string{"[resolver] fetching image...busybox\n", "] FROM busybox\n", "RUN echo " + mark, "DONE"} {
		assert.Assert(t, strings.Contains(got.stderr, line), "%q in %s", line, got.stderr)
	}
	assert.Assert(t, !strings.Contains(got.stderr, "standin-"), "the engine's names do not show: %s", got.stderr)
	assert.Equal(t, m.outputOf("web"), mark+" somebody\n")
	assert.DeepEqual(t, m.images(), []string{"docker.io/library/busybox:latest", "web:2", "web:latest"})
	found := m.image("web")
	assert.Equal(t, found.Configuration.Name, "web:latest")
	assert.Equal(t, found.Configuration.Descriptor.MediaType, mediaIndex)
	assert.DeepEqual(t, *found.Variants[0].Config.Config.Labels, map[string]string{"in": "file", "k": "v=w"})
	assert.Equal(t, m.image("web:2").ID, found.ID)

	// The whole configuration is in the saved archive, and the layers fit their digests.
	name, config := savedConfig(t, readSaved(t, strings.NewReader(m.ok("image", "save", "web"))))
	assert.Equal(t, name, "web:latest")
	assert.Assert(t, config["Healthcheck"] != nil && config["Volumes"] != nil)
}

func TestBuildTwiceGivesTheSameImage(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.write("Dockerfile", "FROM busybox\nRUN echo "+nonce()+" > /text\n")
	m.ok("build", "-t", "web", ".")
	first := m.image("web").ID
	again := m.run("build", "-t", "web", ".")
	assert.Assert(t, strings.Contains(again.stderr, "CACHED"), again.stderr)
	assert.Equal(t, m.image("web").ID, first)
	m.write("Dockerfile", "FROM busybox\nRUN echo "+nonce()+" > /text\n")
	m.ok("build", "-t", "web", ".")
	assert.Assert(t, m.image("web").ID != first)
	log := m.run("build", "-t", "web", "--no-cache", ".").stderr
	assert.Assert(t, regexp.MustCompile(`(?m)^#\d+ \[2/2\] RUN`).MatchString(log), log)
	run := regexp.MustCompile(`(?m)^(#\d+) \[2/2\] RUN`).FindStringSubmatch(log)[1]
	assert.Assert(t, !strings.Contains(log, run+" CACHED"), log)
}

func TestBuildFindsTheDockerfile(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.refused(64, []string{"Error: dockerfile not found in context dir\nUsage: container build "}, "build")
	m.refused(64, []string{"Error: context dir does not exist no/where\n"}, "build", "no/where")
	m.refused(64, []string{"Error: dockerfile does not exist no.Dockerfile\n"}, "build", "-f", "no.Dockerfile")
	m.refused(64, []string{"Error: invalid reference UPPER\n"}, "build", "-f", "-", "-t", "UPPER")
	m.write("ctx/file", "from the context")
	m.write("ctx/Containerfile", "FROM busybox\nCMD [\"echo\", \"containerfile\"]\n")
	m.ok("build", "-t", "a", "ctx")
	assert.Equal(t, m.outputOf("a"), "containerfile\n")
	m.write("ctx/Dockerfile", "FROM busybox\nCMD [\"echo\", \"dockerfile\"]\n")
	m.ok("build", "-t", "a", "ctx")
	assert.Equal(t, m.outputOf("a"), "dockerfile\n")
	m.write("elsewhere.Dockerfile", "FROM busybox\nCOPY file /file\nCMD [\"cat\", \"/file\"]\n")
	m.ok("build", "-t", "a", "-f", "elsewhere.Dockerfile", "ctx") // relative to the caller, and outside the context
	assert.Equal(t, m.outputOf("a"), "from the context")
	got := m.runWith(strings.NewReader("FROM busybox\nCOPY file /f\nCMD [\"echo\", \"stdin\"]\n"), "build", "-t", "a", "-f", "-", "ctx")
	assert.Equal(t, got.code, 0, got.stderr)
	assert.Equal(t, m.outputOf("a"), "stdin\n")
	unnamed := m.ok("build", "-q", "ctx")
	assert.Assert(t, regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:latest\n$`).MatchString(unnamed), unnamed)
}

func TestBuildRefusesALargeDockerfile(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	fits := "FROM busybox\n" + strings.Repeat("#", maxDockerfile-len("FROM busybox\n")-1)
	m.write("Dockerfile", fits)
	m.ok("build", "-q", "-t", "a", ".")
	m.write("Dockerfile", fits+"#")
	m.refused(1, []string{"Error: invalidArgument: \"Dockerfile size (16384 bytes) exceeds the maximum allowed size of 16384 bytes."}, "build", ".")
}

func TestBuildIgnoresFiles(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	for _, name := range []string{"a.txt", "b.log", "keep.log", "dir/c.txt", "dir/deep/d.log"} {
		m.write(name, name)
	}
	m.write("Dockerfile", "FROM busybox\nCOPY . /ctx\nCMD [\"sh\", \"-c\", \"cd /ctx && find . -type f | sort\"]\n")
	m.write(".dockerignore", "# comment\n**/*.log\n!keep.log\nDockerfile\n.dockerignore\n")
	m.ok("build", "-q", "-t", "a", ".")
	assert.Equal(t, m.outputOf("a"), "./a.txt\n./dir/c.txt\n./keep.log\n")
	m.write("Dockerfile.dockerignore", "*\n!dir\n") // the Dockerfile's own beats the folder's
	m.ok("build", "-q", "-t", "a", ".")
	assert.Equal(t, m.outputOf("a"), "./dir/c.txt\n./dir/deep/d.log\n")
}

func TestBuildFilesBelongToRoot(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.write("file", "x")
	if os.Geteuid() == 0 {
		assert.NilError(t, os.Chown(filepath.Join(m.dir, "file"), 1234, 1234))
	}
	m.write("Dockerfile", "FROM busybox\nCOPY file /file\nCMD [\"stat\", \"-c\", \"%u %g\", \"/file\"]\n")
	m.ok("build", "-q", "-t", "a", ".")
	assert.Equal(t, m.outputOf("a"), "0 0\n")
}

func TestBuildSecrets(t *testing.T) {
	t.Parallel()
	m := newMac(t, "TOKEN=out-of-the-environment")
	m.write("file.secret", "out-of-a-file")
	m.write("Dockerfile", "FROM busybox\nRUN --mount=type=secret,id=TOKEN cat /run/secrets/TOKEN > /text\n"+
		"RUN --mount=type=secret,id=b cat /run/secrets/b >> /text\nRUN --mount=type=secret,id=c,target=/c cat /c >> /text\n"+
		"RUN cat /run/secrets/* /c 2>/dev/null | wc -c >> /text\nCMD [\"cat\", \"/text\"]\n# "+nonce())
	m.ok("build", "-q", "-t", "a", "--secret", "id=TOKEN", "--secret", "id=b,env=TOKEN", "--secret", "id=c,src=file.secret", ".")
	assert.Equal(t, m.outputOf("a"), "out-of-the-environmentout-of-the-environmentout-of-a-file0\n")
	for value, message := range map[string]string{
		"TOKEN":             "secret must start with id=<key> TOKEN",
		"type=env,id=TOKEN": "secret must start with id=<key> type=env,id=TOKEN",
		"id=a=b":            "secret id cannot contain '=' a=b",
		"id=NOT_SET":        "secret env var doesn't exist NOT_SET",
		"id=a,env=NOT_SET":  "secret env var doesn't exist NOT_SET",
		"id=a,type=file":    "secret bad value type=file",
	} {
		m.refused(64, []string{"Error: " + message + "\n"}, "build", "--secret", value, ".")
	}
	m.refused(1, []string{"Error: read secret a"}, "build", "--secret", "id=a,src=no-such-file", ".")
}

func TestBuildSSHFlag(t *testing.T) {
	t.Parallel()
	m := newMac(t, "SSH_AUTH_SOCK=")
	m.write("Dockerfile", "FROM busybox\n")
	m.refused(64, []string{"Error: --ssh default requires SSH_AUTH_SOCK to be set\n"}, "build", "--ssh", "default", ".")
	m.refused(64, []string{"Error: only --ssh default is currently supported\n"}, "build", "--ssh", "other", ".")
	old := &mac{t: t, root: m.root, dir: m.dir, env: []string{"STANDIN_VERSION=1.0.0"}}
	old.refused(64, []string{"Unknown option '--ssh'"}, "build", "--ssh=default", ".")
}

func TestBuildRefusesDockersFlags(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.write("Dockerfile", "FROM busybox\n")
	for _, flag := range []string{"--add-host", "--network", "--build-context", "--cache-from", "--cache-to", "--shm-size", "--ulimit", "--iidfile", "--load", "--push"} {
		m.refused(64, []string{"Unknown option '" + flag + "'"}, "build", flag+"=x", ".")
	}
}

func TestBuildOnABuiltImage(t *testing.T) {
	t.Parallel()
	one, two := newMac(t), newMac(t)
	base := "base-" + nonce()
	for _, m := range []*mac{one, two} {
		m.write("Dockerfile", "FROM busybox\nRUN echo "+nonce()+" > /text\nCMD [\"cat\", \"/text\"]\n")
		m.write("next/Dockerfile", "FROM "+base+" AS x\nFROM busybox\nCOPY --from="+base+" /text /copied\nCOPY --from=x /text /staged\n"+
			"CMD [\"sh\", \"-c\", \"cat /copied /staged\"]\n")
	}
	one.ok("build", "-q", "-t", base, ".")
	got := two.refused(1, []string{"library/" + base + "/manifests/latest failed with response: 401"}, "build", "-t", "next", "next")
	assert.Assert(t, strings.HasPrefix(lastLine(got.stderr), `Error: internalError: "HTTP request to https://registry-1.docker.io/`), got.stderr)
	two.ok("build", "-q", "-t", base, ".")
	for _, m := range []*mac{one, two} {
		m.ok("build", "-q", "-t", "next", "next")
		text := m.outputOf(base)
		assert.Equal(t, m.outputOf("next"), text+text, "each Mac builds on its own image of that name")
	}
	assert.Assert(t, one.outputOf("next") != two.outputOf("next"))
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return lines[len(lines)-1]
}

func TestBuildPullsAgainWhenAsked(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.write("Dockerfile", "FROM busybox\n")
	m.ok("build", "-q", "-t", "a", ".")
	m.ok("image", "tag", "a", busybox) // a local image of that name wins without --pull
	m.write("Dockerfile", "FROM a\nRUN echo "+nonce()+" > /mine\n")
	m.ok("build", "-q", "-t", "b", ".")
	m.ok("image", "tag", "b", "docker.io/library/busybox:latest")
	m.write("Dockerfile", "FROM docker.io/library/busybox\nCMD [\"sh\", \"-c\", \"ls /mine 2>/dev/null | wc -l\"]\n")
	m.ok("build", "-q", "-t", "c", ".")
	assert.Equal(t, strings.TrimSpace(m.outputOf("c")), "1")
	m.ok("build", "-q", "--pull", "-t", "c", ".")
	assert.Equal(t, strings.TrimSpace(m.outputOf("c")), "0")
}

func TestBuildThatFails(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.write("Dockerfile", "FROM busybox\nRUN echo before; exit 3\n")
	got := m.refused(1, []string{"before\n", "ERROR: ", `Error: unknown: "failed to solve: `, "exit code: 3"}, "build", "-t", "a", ".")
	assert.Equal(t, got.stdout, "")
	assert.Assert(t, !slices.Contains(m.images(), "a:latest"))
	m.write("Dockerfile", "FORM busybox\n")
	m.refused(1, []string{"failed to solve", "FORM"}, "build", ".")
	m.write("Dockerfile", "FROM busybox AS a\n")
	m.refused(1, []string{"failed to solve", "nosuch"}, "build", "--target", "nosuch", ".")
	m.refused(1, []string{"Error: invalid platform specified beos/x"}, "build", "--platform", "beos/x", ".")
	m.refused(1, []string{"export entry dest=x is invalid: type field is required"}, "build", "-o", "dest=x", ".")
	m.refused(1, []string{"export entry type=docker is invalid: unsupported output type"}, "build", "-o", "type=docker", ".")
	m.refused(1, []string{"export entry type=tar is invalid: dest field is required"}, "build", "-o", "type=tar", ".")
	m.refused(64, []string{"The value 'rawjson' is invalid for '--progress <type>'. Please provide one of 'auto', 'plain' or 'tty'."}, "build", "--progress", "rawjson", ".")
}

func TestBuildIntoFiles(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.write("file", "text")
	m.write("Dockerfile", "FROM scratch\nCOPY file /dir/file\n")
	out := filepath.Join(m.dir, "out")
	assert.Equal(t, m.ok("build", "-q", "-o", "type=local,dest=out", "."), out+"\n")
	data, err := os.ReadFile(filepath.Join(out, "dir/file"))
	assert.NilError(t, err)
	assert.Equal(t, string(data), "text")
	path := filepath.Join(m.dir, "a.tar")
	assert.Equal(t, m.ok("build", "-q", "-o", "type=tar,dest=a.tar", "."), path+"\n")
	archive, err := os.ReadFile(path)
	assert.NilError(t, err)
	assert.Assert(t, cmp.Contains(tarNames(t, archive), "dir/file"))
	m.refused(1, []string{"export entry a.tar is invalid: dest path already exists"}, "build", "-o", "type=tar,dest=a.tar", ".")
	assert.DeepEqual(t, m.images(), []string{})
}

func tarNames(t *testing.T, archive []byte) []string {
	t.Helper()
	var names []string
	reader := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		assert.NilError(t, err)
		names = append(names, header.Name)
	}
}

func TestBuildInterrupted(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.write("Dockerfile", "FROM busybox\nRUN echo begun && sleep 300 # "+nonce()+"\n")
	command := m.command("build", "-t", "a", ".")
	log := &watchedBuffer{seen: make(chan struct{}), text: " begun\n"}
	command.Stderr = log
	assert.NilError(t, command.Start())
	select {
	case <-log.seen:
	case <-time.After(time.Minute):
		_ = command.Process.Kill()
		_ = command.Wait()
		t.Fatalf("the step did not begin: %s", log.String())
	}
	timer := time.AfterFunc(time.Minute, func() { _ = command.Process.Kill() })
	defer timer.Stop()
	assert.NilError(t, command.Process.Signal(unix.SIGTERM))
	_ = command.Wait()
	assert.Equal(t, command.ProcessState.ExitCode(), 1)
	assert.Assert(t, strings.Contains(lastLine(log.String()), "exiting on signal"), log.String())
}

// watchedBuffer says when a text has been written to it. It hides the buffer's ReadFrom, which would pass Write by.
type watchedBuffer struct {
	all  bytes.Buffer
	text string
	seen chan struct{}
	said bool
}

// String is everything written; only for when nobody writes any more.
func (b *watchedBuffer) String() string { return b.all.String() }

func (b *watchedBuffer) Write(data []byte) (int, error) {
	n, err := b.all.Write(data)
	if !b.said && strings.Contains(b.all.String(), b.text) {
		b.said = true
		close(b.seen)
	}
	return n, err
}

func TestBuilderIsAContainer(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	assert.Equal(t, m.ok("builder", "status"), "builder is not running\n")
	assert.Equal(t, m.ok("builder", "status", "-q"), "")
	assert.Equal(t, m.ok("builder", "status", "--format", "json"), "[]\n")
	m.ok("builder", "delete") // absent is fine
	assert.Equal(t, m.run("builder", "stop").stderr, "builder is not running\n")
	m.write("Dockerfile", "FROM busybox\n")
	m.ok("build", "-q", "-t", "a", ".")
	b := m.containers()[builderID]
	assert.Equal(t, b.Status.State, stateRunning, "the builder is left running")
	assert.Equal(t, b.Configuration.Resources.CPUs, int64(2))
	assert.Equal(t, b.Configuration.Resources.MemoryInBytes, uint64(2<<30))
	assert.DeepEqual(t, b.Configuration.Labels, map[string]string{"com.apple.container.plugin": "builder", "com.apple.container.resource.role": "builder"})
	assert.DeepEqual(t, b.Configuration.CapAdd, []string{"ALL"})
	assert.Equal(t, b.Configuration.Networks[0].Network, "default")
	assert.Equal(t, len(b.Status.Networks), 1)
	assert.Assert(t, !slices.Contains(m.images(), b.Configuration.Image.Reference), "its image is not listed")
	assert.Assert(t, strings.Contains(m.ok("builder", "status", "--format", "json"), `"id":"buildkit"`))
	m.refused(1, []string{"Error: BuildKit container is not stopped, use --force to override\n"}, "builder", "delete")
	begun := time.Now()
	m.ok("builder", "stop")
	assert.Assert(t, time.Since(begun) < 4*time.Second, "it ends when told to")
	assert.Equal(t, m.containers()[builderID].Status.State, stateStopped)
	m.ok("builder", "start")
	assert.Equal(t, m.containers()[builderID].Configuration.CreationDate, b.Configuration.CreationDate, "the same one")
	assert.Equal(t, m.ok("stop", builderID), builderID+"\n")
	m.ok("builder", "rm")
	_, there := m.containers()[builderID]
	assert.Assert(t, !there)
}

func TestBuilderIsMadeAnewWhenItDiffers(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("builder", "start", "-c", "1", "-m", "1g")
	first := m.containers()[builderID].Configuration
	assert.Equal(t, first.Resources.CPUs, int64(1))
	m.write("Dockerfile", "FROM busybox\n")
	m.ok("build", "-q", "-t", "a", "-c", "1", "-m", "1g", ".")
	assert.Equal(t, m.containers()[builderID].Configuration.Resources.CPUs, int64(1), "the same size, the same builder")
	m.ok("build", "-q", "-t", "a", ".")
	assert.Equal(t, m.containers()[builderID].Configuration.Resources.CPUs, int64(2), "a plain build wants the default size")
	old := &mac{t: t, root: m.root, dir: m.dir, env: []string{"STANDIN_VERSION=1.2.0"}}
	old.ok("build", "-q", "-t", "a", "-c", "1", ".")
	assert.Equal(t, m.containers()[builderID].Configuration.Resources.CPUs, int64(2), "before 1.2.1 nobody looked")
	m.ok("builder", "delete", "--force")
}
