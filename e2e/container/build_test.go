//go:build linux

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
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
