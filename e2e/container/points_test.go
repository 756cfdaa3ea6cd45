//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// The tests of this file are the points of reference 10.2, by number: what adapters trip over.

func TestPoint01ArgumentGrammar(t *testing.T) {
	t.Parallel()
	m := engineless(t)
	m.refused(64, []string{"Error: Unknown option '--restart'", "Usage: container create", "See 'container create --help'"},
		"create", "--restart", "always", "busybox")
	m.refused(64, []string{"Error: Missing expected argument '<image>'"}, "create", "--name", "web")
	m.refused(64, []string{"Missing value for '--name <name>'"}, "create", "--name", "-web", "busybox")
	m.refused(64, []string{"Invalid option: ---"}, "create", "busybox", "echo", "---")
	m.refused(64, []string{"Missing expected argument '<container-id>'"}, "start")
	m.refused(64, []string{"Missing expected argument"}, "exec", "web")
	m.refused(64, []string{"is invalid for '--format <format>'"}, "list", "--format", "xml")
	m.refused(64, []string{"does not take any value"}, "create", "--rm=true", "busybox")
	// "--name=" takes the next element as its value, so the image is missing.
	m.refused(64, []string{"Missing expected argument '<image>'"}, "create", "--name=", "busybox")
}

func TestPoint01EverythingAfterTheImageIsTheProcess(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("create", "--name", "c1", "--network", "none", "--", busybox, "echo", "---", "--rm", "-x=", "--")
	m.ok("create", "--name", "c2", "--network", "none", busybox, "echo", "--", "-n")
	shown := m.containers()
	assert.DeepEqual(t, shown["c1"].Configuration.InitProcess.Arguments, []string{"---", "--rm", "-x=", "--"})
	assert.DeepEqual(t, shown["c2"].Configuration.InitProcess.Arguments, []string{"--", "-n"})
	m.sleeper("c3")
	assert.Equal(t, m.ok("exec", "--", "c3", "echo", "---", "-i"), "--- -i\n")
	m.refused(1, []string{"failed to find target executable --"}, "exec", "c3", "--", "echo")
}

func TestPoint02DockersFlagsAreRefused(t *testing.T) {
	t.Parallel()
	m := engineless(t)
	missing := []string{
		"--hostname", "--add-host", "--restart", "--health-cmd", "--health-interval", "--health-retries", "--health-timeout", "--no-healthcheck",
		"--privileged", "--device", "--gpus", "--sysctl", "--stop-signal", "--stop-timeout", "--network-alias", "--ip", "--ip6", "--link", "--pid",
		"--ipc", "--uts", "--userns", "--cgroup-parent", "--security-opt", "--group-add", "--pull", "--log-driver", "--log-opt", "--label-file",
		"--annotation", "--oom-kill-disable", "--oom-score-adj", "--memory-swap", "--memory-reservation", "--cpu-shares", "--cpuset-cpus",
		"--pids-limit", "--volumes-from", "--volume-driver", "--expose", "--isolation", "--attach", "--sig-proxy", "--quiet", "-P",
	}
	for _, option := range missing {
		for _, command := range []string{"create", "run"} {
			m.refused(64, []string{"Error: Unknown option '" + option + "'"}, command, option, "x", "busybox")
		}
	}
}

func TestPoint03JSON(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	assert.Equal(t, m.ok("list", "--format", "json"), "[]\n")
	assert.Equal(t, m.ok("volume", "list", "--format", "json"), "[]\n")
	m.create("c1", []string{"-e", "NAME=größe/ü"}, "true")
	line := m.ok("list", "-a", "--format", "json")
	assert.Equal(t, strings.Count(line, "\n"), 1, "list is one line")
	assert.Assert(t, cmp.Contains(line, `"NAME=größe/ü"`), "non-ASCII is raw, slashes are plain from 1.4.1")
	assert.Assert(t, !strings.Contains(line, "null"), "an absent optional is left out")
	assert.Assert(t, !strings.Contains(line, "startedDate"))
	assertSortedKeys(t, line)
	pretty := m.ok("inspect", "c1")
	assert.Assert(t, cmp.Contains(pretty, "[\n  {\n    \"configuration\" : {\n      \"capAdd\" : [\n\n      ],"))
	assert.Assert(t, cmp.Regexp(`"creationDate" : "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"`, pretty), "whole seconds, UTC")

	m.env = append(m.env, "STANDIN_VERSION=1.2.2")
	assert.Assert(t, cmp.Contains(m.ok("list", "-a", "--format", "json"), `"NAME=größe\/ü"`), "slashes are escaped up to 1.3.1")
}

// assertSortedKeys walks the tokens of a document and checks that the keys of each object come in byte order.
func assertSortedKeys(t *testing.T, document string) {
	t.Helper()
	var keys func(decoder *json.Decoder)
	keys = func(decoder *json.Decoder) {
		token, err := decoder.Token()
		assert.NilError(t, err)
		open, isDelim := token.(json.Delim)
		if !isDelim {
			return
		}
		previous := ""
		for decoder.More() {
			if open == '{' {
				key, err := decoder.Token()
				assert.NilError(t, err)
				assert.Assert(t, previous < key.(string), "%s comes after %s", key, previous)
				previous = key.(string)
			}
			keys(decoder)
		}
		_, err = decoder.Token()
		assert.NilError(t, err)
	}
	keys(json.NewDecoder(strings.NewReader(document)))
}

func TestPoint03ListsAreInRandomOrder(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	for i := range 6 {
		m.create(fmt.Sprintf("c%d", i), []string{"--network", "none"}, "true")
	}
	orders := map[string]bool{}
	for range 20 {
		orders[m.ok("list", "-a", "-q")] = true
	}
	assert.Assert(t, len(orders) > 1, "20 lists of 6 containers had all the same order")
}

func TestPoint04NamesAndLabels(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	assert.Equal(t, m.ok("create", "--name", "Web_1.x", "--network", "none", busybox), "Web_1.x\n")
	assert.Equal(t, m.containers()["Web_1.x"].Configuration.ID, "Web_1.x")
	for _, bad := range []string{"w", "_w", "a b", "wéb", strings.Repeat("x", 64)} {
		m.refused(1, []string{"Error: " + bad + " is not a valid container ID"}, "create", "--name", bad, busybox)
	}
	m.ok("create", "--name", strings.Repeat("x", 63), "--network", "none", busybox)
	m.refused(1, []string{"invalid network name: MyNet"}, "network", "create", "MyNet")
	m.refused(1, []string{"none"}, "network", "create", "none")
	m.refused(1, []string{"invalid volume name 'a b'"}, "volume", "create", "a b")
	m.refused(1, []string{"invalid label format k=a=b"}, "create", "--name", "c2", "-l", "k=a=b", busybox)
	m.refused(1, []string{"label cannot be an empty string"}, "create", "--name", "c2", "-l", "", busybox)
	m.ok("create", "--name", "c3", "--network", "none", "-l", "k=v=", "-l", "k2", "-l", "com.docker.compose.project.working_dir=/x", busybox)
	assert.DeepEqual(t, m.containers()["c3"].Configuration.Labels, map[string]string{
		"k": "v", "k2": "", "com.docker.compose.project.working_dir": "/x",
	})
	m.refused(1, []string{"invalid_label_key_content"}, "network", "create", "--label", "com.docker.compose.project.working_dir=/x", "n1")
	m.ok("network", "create", "--label", "com.docker.compose.project=a=b", "n1")
	m.ok("volume", "create", "--label", "a_B=c=d", "v1")
	assert.Assert(t, cmp.Contains(m.ok("volume", "inspect", "v1"), `"a_B" : "c=d"`))
	// A container without a name has a random UUID.
	assert.Assert(t, cmp.Regexp(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$`, m.ok("create", "--network", "none", busybox)))
	// Before 1.2.0 the text was another, and the length had no limit here.
	m.env = append(m.env, "STANDIN_VERSION=1.0.0")
	m.refused(1, []string{"invalid entity name"}, "create", "--name", "w", busybox)
}

func TestPoint06CreateMakesVolumes(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	// The bad port shows after the volume was made.
	got := m.refused(1, []string{"named volume was automatically created", "invalid publish value"},
		"create", "--name", "c1", "-v", "data:/data", "-p", "80", busybox)
	assert.Assert(t, strings.Index(got.stderr, "named volume") < strings.Index(got.stderr, "Error: "))
	inspected := m.ok("volume", "inspect", "data")
	assert.Assert(t, cmp.Contains(inspected, "\"labels\" : {\n\n      }"))
	_, exists := m.containers()["c1"]
	assert.Assert(t, !exists)
	// An anonymous one has a UUID and a label, and says nothing.
	got = m.run("create", "--name", "c2", "--network", "none", "-v", "/data", busybox)
	assert.Equal(t, got.stderr, "")
	name := m.containers()["c2"].Configuration.Mounts[0].Type.Volume.Name
	assert.Equal(t, len(name), 36)
	assert.Assert(t, cmp.Contains(m.ok("volume", "inspect", name), `"com.apple.container.resource.anonymous" : ""`))
	m.ok("delete", "c2")
	m.ok("volume", "inspect", name)
}

func TestPoint17MemoryAndCPUs(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.refused(1, []string{"minimum memory amount allowed is 200 MiB (got 104857600 bytes)"}, "create", "--name", "c1", "-m", "100m", busybox)
	m.refused(64, []string{"The value '0.5' is invalid for '-c <cpus>'"}, "create", "-c", "0.5", busybox)
	m.sleeper("c1")
	shown := m.containers()["c1"].Configuration.Resources
	assert.Equal(t, shown.CPUs, int64(4))
	assert.Equal(t, shown.MemoryInBytes, uint64(1<<30))
	m.sleeper("c2", "-m", "300.5m", "-c", "1")
	assert.Equal(t, m.containers()["c2"].Configuration.Resources.MemoryInBytes, uint64(300<<20), "whole MiB")
	limit := m.run("exec", "c2", "cat", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
	if limit.code != 0 {
		limit = m.run("exec", "c2", "cat", "/sys/fs/cgroup/memory.max")
	}
	assert.Equal(t, limit.stdout, fmt.Sprintln(300<<20), "the limit is real")
}

func TestPoint18SystemVersion(t *testing.T) {
	t.Parallel()
	for version, server := range map[string]string{
		"1.4.1": "1.4.1",
		"1.2.2": "container-apiserver version 1.2.2 (build: release, commit: 5747d1a)",
		"1.0.0": "container-apiserver version 1.0.0 (build: release, commit: 5747d1a)",
	} {
		m := engineless(t, "STANDIN_VERSION="+version)
		var rows []versionInfo
		assert.NilError(t, json.Unmarshal([]byte(m.ok("system", "version", "--format", "json")), &rows))
		assert.DeepEqual(t, rows, []versionInfo{
			{AppName: "container", BuildType: "release", Commit: buildCommit[:7], Version: version},
			{AppName: "container-apiserver", BuildType: "release", Commit: buildCommit, Version: server},
		})
		assert.Equal(t, m.ok("--version"), "container CLI version "+version+" (build: release, commit: 5747d1a)\n")
	}
}

func TestPoint19InspectOfSeveralWithOneMissing(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("c1", []string{"--network", "none"}, "true")
	got := m.refused(1, []string{"Error: container not found: a9, z9\n"}, "inspect", "c1", "z9", "a9")
	assert.Equal(t, got.stdout, "")
	m.refused(64, []string{"Missing expected argument"}, "inspect")
	m.refused(1, []string{"Error: volume not found: a9, z9\n"}, "volume", "inspect", "z9", "a9")
	m.refused(1, []string{"Error: network not found: z9\n"}, "network", "inspect", "default", "z9")
}

func TestPoint20SeveralTargets(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.create("c1", []string{"--network", "none"}, "true")
	m.create("c2", []string{"--network", "none"}, "true")
	got := m.refused(1, nil, "delete", "x1", "c1", "x2", "c2", "c1")
	assert.Equal(t, got.stdout, "c1\nc2\n")
	assert.Equal(t, got.stderr, `Error: internalError: "failed to delete container" (cause: "notFound: "container with ID x1 not found"")
internalError: "failed to delete container" (cause: "notFound: "container with ID x2 not found"")
`)
	got = m.refused(1, nil, "stop", "x1")
	assert.Equal(t, got.stderr, `Error: internalError: "failed to stop container" (cause: "notFound: "container with ID x1 not found"")`+"\n")
}
