//go:build linux

package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

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
	m.ok("stop", "--time", "50", builderID)
	assert.Assert(t, time.Since(begun) < 40*time.Second, "it ends when told to, not when the time is up")
	assert.Equal(t, m.containers()[builderID].Status.State, stateStopped)
	m.ok("builder", "start")
	assert.Equal(t, m.containers()[builderID].Configuration.CreationDate, b.Configuration.CreationDate, "the same one")
	m.ok("builder", "stop")
	m.ok("builder", "stop")
	assert.Equal(t, m.containers()[builderID].Status.State, stateStopped)
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
