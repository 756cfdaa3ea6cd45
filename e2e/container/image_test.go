//go:build linux

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestPoint16ImageLookups(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	assert.Equal(t, m.ok("image", "pull", "--progress", "none", busybox), "")
	for _, text := range []string{"busybox", "busybox:latest", "docker.io/busybox", "docker.io/library/busybox:latest"} {
		assert.Equal(t, m.image(text).Configuration.Name, "docker.io/library/busybox:latest", text)
	}
	found := m.image(busybox)
	assert.Equal(t, "sha256:"+found.ID, found.Configuration.Descriptor.Digest)
	assert.Equal(t, found.Configuration.Descriptor.MediaType, mediaIndex)
	m.refused(1, []string{"Error: image not found: " + found.ID + "\n"}, "image", "inspect", found.ID)
	m.refused(1, []string{"Error: image not found: " + found.ID[:12] + "\n"}, "image", "inspect", found.ID[:12])
	m.refused(1, []string{"cannot specify 64 byte hex string as reference"}, "image", "pull", found.ID)
	m.refused(1, []string{"cannot specify 64 byte hex string as reference"}, "create", found.ID)
}

func TestPoint16AnotherMacHasOtherImages(t *testing.T) {
	t.Parallel()
	one, two := newMac(t), newMac(t)
	one.ok("image", "pull", busybox)
	assert.DeepEqual(t, two.images(), []string{})
	two.refused(1, []string{"Error: image not found: busybox\n"}, "image", "inspect", busybox)
	two.ok("image", "pull", busybox)
	two.ok("image", "delete", busybox)
	assert.DeepEqual(t, one.images(), []string{"docker.io/library/busybox:latest"})
	one.create("still", []string{"--network", "none"}, "true")
	one.ok("start", "--attach", "still")
}

func TestPoint03ImageJSON(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	assert.Equal(t, m.ok("image", "list", "--format", "json"), "[]\n")
	r := newTestRegistry(t)
	own := engineArchitecture(m)
	m.ok("image", "delete", busybox)
	index, manifests := r.index(own)
	r.tag("app:1", index)
	name := r.host() + "/app:1"
	m.ok("image", "pull", "--scheme", "http", name)

	text := m.ok("image", "list", "--format", "json")
	assert.Equal(t, strings.Count(text, "\n"), 1, "one line")
	assert.Assert(t, strings.HasPrefix(text, `[{"configuration":{"creationDate":"2026-02-03T04:05:06Z","descriptor":{"digest":"`+index.Digest+`","mediaType":`), text)
	pretty := m.ok("image", "inspect", name)
	assert.Assert(t, strings.HasPrefix(pretty, "[\n  {\n    \"configuration\" : {\n"), pretty)
	for _, hidden := range []string{"Healthcheck", "Volumes", "ExposedPorts", "Entrypoint"} {
		assert.Assert(t, !strings.Contains(text+pretty, hidden), hidden)
	}
	found := m.image(name)
	assert.Equal(t, len(found.Variants), 2, "without a platform every variant is pulled")
	config := found.Variants[0].Config
	assert.Equal(t, *config.Config.StopSignal, "SIGQUIT")
	assert.Equal(t, *config.Config.User, "")
	assert.DeepEqual(t, *config.Config.Labels, map[string]string{"a": "b"})
	assert.Assert(t, cmp.Len(config.RootFS.DiffIDs, 1))
	assert.Equal(t, found.Variants[0].Digest, manifests[0].Digest)
	var manifest imageManifest
	assert.NilError(t, json.Unmarshal(r.blobs[manifests[0].Digest], &manifest))
	assert.Equal(t, found.Variants[0].Size, manifests[0].Size+manifest.Config.Size+manifest.Layers[0].Size)

	old := &mac{t: t, root: m.root, dir: m.dir, env: []string{"STANDIN_VERSION=1.2.2"}}
	assert.Assert(t, strings.Contains(old.ok("image", "list", "--format", "json"), `application\/vnd.oci.image.index`))
}

func TestPoint19ImageInspectWithOneMissing(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("image", "pull", busybox)
	got := m.refused(1, []string{"Error: image not found: a, b\n"}, "image", "inspect", "b", busybox, "a")
	assert.Equal(t, got.stdout, "")
	m.refused(64, []string{"Missing expected argument '<images> ...'"}, "image", "inspect")
}

func TestPoint20ImageDeleteOfSeveral(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("image", "pull", busybox)
	assert.Equal(t, m.ok("image", "tag", busybox, "mine:1"), "mine:1\n")
	got := m.refused(1, []string{`Error: failed to delete one or more images: ["no-such", "UPPER"]` + "\n"}, "image", "delete", "no-such", "mine:1", "UPPER")
	assert.Equal(t, got.stdout, "docker.io/library/mine:1\n")
	assert.DeepEqual(t, m.images(), []string{"docker.io/library/busybox:latest"})
	assert.Equal(t, m.ok("image", "rm", "--force", "no-such", busybox), "docker.io/library/busybox:latest\n")
	m.refused(1, []string{"Error: no images specified and --all not supplied\n"}, "image", "delete")
	m.refused(1, []string{"Error: explicitly supplied images conflict with the --all flag\n"}, "image", "delete", "--all", "x")
}

func TestImagesOfContainersCanBeDeleted(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web", "--network", "none")
	m.ok("image", "delete", busybox)
	assert.Equal(t, m.containers()["web"].Status.State, stateRunning)
	m.ok("stop", "web")
	m.ok("start", "web")
	m.ok("stop", "web")
}

func TestFragmentNotFoundImage(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.refused(1, []string{"Error: image not found: no-such\n"}, "image", "inspect", "no-such")
	m.refused(1, []string{"Error: image with reference no-such\n"}, "image", "tag", "no-such", "x")
	m.refused(1, []string{"failed to get image for reference no-such: notFound: \"image with reference no-such\"\n", "Error: failed to save image(s)\n"}, "image", "save", "no-such")
	m.refused(1, []string{`Error: failed to delete one or more images: ["no-such"]`}, "image", "delete", "no-such")
}

func TestFragmentReference(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.ok("image", "pull", busybox)
	m.refused(1, []string{"cannot parse path for reference Bad"}, "image", "pull", "Bad")
	m.refused(1, []string{"cannot parse path for reference Bad"}, "image", "tag", busybox, "Bad")
	m.refused(1, []string{"cannot parse path for reference Bad"}, "create", "Bad")
	m.refused(1, []string{"cannot specify 64 byte hex string as reference"}, "image", "tag", busybox, strings.Repeat("a", 64))
}

func TestImageListTables(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	id := m.pulled(busybox).ID
	assert.Equal(t, m.ok("image", "list"), "NAME     TAG     DIGEST\nbusybox  latest  "+id[:24]+"...\n")
	assert.Equal(t, m.ok("image", "ls", "-q"), "busybox:latest\n")
	verbose := m.ok("i", "list", "--verbose")
	assert.Assert(t, strings.HasPrefix(verbose, "NAME     TAG     INDEX DIGEST"), verbose)
	assert.Equal(t, strings.Count(verbose, "\n"), 2)
	m.refused(1, []string{"Error: cannot use flag --quiet and --verbose together\n"}, "image", "list", "-q", "-v")
	m.ok("image", "tag", busybox, "aaa")
	assert.DeepEqual(t, m.images(), []string{"docker.io/library/aaa:latest", "docker.io/library/busybox:latest"}) // sorted by reference
}

func TestImageCommandsNeedTheServices(t *testing.T) {
	t.Parallel()
	m := engineless(t, "STANDIN_DOWN=1")
	assert.NilError(t, os.WriteFile(filepath.Join(m.dir, "Dockerfile"), []byte("FROM x"), 0o600))
	for _, args := range [][]string{
		{"image", "list"}, {"image", "pull", "x"}, {"image", "inspect", "x"}, {"image", "tag", "x", "y"}, {"image", "delete", "x"},
		{"image", "save", "x"}, {"image", "load"}, {"build", "."}, {"builder", "status"}, {"builder", "start"}, {"builder", "stop"}, {"builder", "delete"},
		{"registry", "list"},
	} {
		m.refused(1, []string{"Error: interrupted: \"XPC connection error: Connection invalid\"\n"}, args...)
	}
}
