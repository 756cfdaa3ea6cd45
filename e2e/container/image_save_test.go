//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// layoutFile reads the members of a saved layout up to the first layer.
func readSaved(t *testing.T, from io.Reader) map[string][]byte {
	t.Helper()
	members := map[string][]byte{}
	archive := tar.NewReader(from)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return members
		}
		assert.NilError(t, err)
		data, err := io.ReadAll(archive)
		assert.NilError(t, err)
		members[header.Name] = data
	}
}

// savedConfig walks a layout as a front end does: index.json, index, manifest, configuration.
func savedConfig(t *testing.T, members map[string][]byte) (name string, config map[string]any) {
	t.Helper()
	blob := func(digest string, v any) {
		data := members["blobs/sha256/"+digestHex(digest)]
		assert.Equal(t, digestOf(data), digest)
		assert.NilError(t, json.Unmarshal(data, v))
	}
	assert.Equal(t, string(members["oci-layout"]), `{"imageLayoutVersion":"1.0.0"}`)
	var top, index imageIndex
	assert.NilError(t, json.Unmarshal(members["index.json"], &top))
	blob(top.Manifests[0].Digest, &index)
	var manifest imageManifest
	blob(index.Manifests[0].Digest, &manifest)
	var image struct {
		Config map[string]any `json:"config"`
	}
	blob(manifest.Config.Digest, &image)
	for _, layer := range manifest.Layers {
		data, there := members["blobs/sha256/"+digestHex(layer.Digest)]
		assert.Assert(t, there, "layer %s", layer.Digest)
		assert.Equal(t, digestOf(data), layer.Digest)
		assert.Equal(t, int64(len(data)), layer.Size)
	}
	return top.Manifests[0].Annotations[annotationImageName], image.Config
}

func TestSaveHasTheWholeConfiguration(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	r := newTestRegistry(t)
	r.tag("app:1", r.manifest(engineArchitecture(m)))
	name := r.host() + "/app:1"
	id := m.pulled(name, "--scheme", "http").ID
	got := m.run("image", "save", name)
	assert.Equal(t, got.code, 0, got.stderr)
	assert.Equal(t, got.stderr, name+"\n", "the names go to stderr when the archive goes to stdout")
	members := readSaved(t, strings.NewReader(got.stdout))
	saved, config := savedConfig(t, members)
	assert.Equal(t, saved, name)
	assert.Assert(t, members["blobs/sha256/"+id] != nil, "the layout has the index under the image's id")
	for _, key := range []string{"Healthcheck", "Volumes", "ExposedPorts"} {
		assert.Assert(t, config[key] != nil, key)
	}
	assert.Equal(t, m.ok("image", "save", "--output", "saved.tar", name), name+"\n")
	written, err := os.ReadFile(filepath.Join(m.dir, "saved.tar"))
	assert.NilError(t, err)
	assert.Assert(t, bytes.Equal(written, []byte(got.stdout)))
}

func TestSaveGivesTheConfigurationBeforeTheLayers(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	r := newTestRegistry(t)
	d := r.manifest(engineArchitecture(m))
	r.tag("app:1", d)
	name := r.host() + "/app:1"
	m.ok("image", "pull", "--scheme", "http", name)
	var manifest imageManifest
	assert.NilError(t, json.Unmarshal(r.blobs[d.Digest], &manifest))
	r.mu.Lock()
	r.holdBlob = manifest.Layers[0].Digest
	r.mu.Unlock()

	command := m.command("image", "save", name)
	output, err := command.StdoutPipe()
	assert.NilError(t, err)
	assert.NilError(t, command.Start())
	timer := time.AfterFunc(time.Minute, func() { _ = command.Process.Kill() })
	defer timer.Stop()
	archive := tar.NewReader(output)
	for {
		header, err := archive.Next()
		assert.NilError(t, err, "the configuration did not come while the layer was held back")
		if header.Name == "blobs/sha256/"+digestHex(manifest.Config.Digest) {
			break
		}
	}
	assert.NilError(t, command.Process.Kill())
	_ = command.Wait() // killed
}

func TestSaveAndLoad(t *testing.T) {
	t.Parallel()
	one, two := newMac(t), newMac(t)
	one.ok("image", "pull", busybox)
	one.ok("image", "tag", busybox, "mine:1")
	one.ok("image", "save", "--output", "two.tar", busybox, "mine:1")
	path := filepath.Join(one.dir, "two.tar")
	assert.Equal(t, two.ok("image", "load", "--input", path), "docker.io/library/busybox:latest\ndocker.io/library/mine:1\n")
	assert.Equal(t, two.image("mine:1").ID, one.image(busybox).ID)
	two.ok("create", "--name", "web", "--network", "none", "mine:1", "echo", "loaded")
	assert.Equal(t, two.ok("start", "--attach", "web"), "loaded\n")
	file, err := os.Open(path)
	assert.NilError(t, err)
	defer file.Close()
	three := newMac(t)
	assert.Equal(t, three.runWith(file, "image", "load").stdout, "docker.io/library/busybox:latest\ndocker.io/library/mine:1\n")
	// What was loaded can be saved again, without a registry.
	three.ok("image", "save", "--output", "again.tar", busybox)
	again, err := os.Open(filepath.Join(three.dir, "again.tar"))
	assert.NilError(t, err)
	defer again.Close()
	name, _ := savedConfig(t, readSaved(t, again))
	assert.Equal(t, name, "docker.io/library/busybox:latest")
}

func TestLoadRefusesWhatIsNoLayout(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	got := m.refused(1, []string{"file does not exist"}, "image", "load", "-i", "no-such.tar")
	assert.Assert(t, !strings.Contains(got.stderr, "Error: "), "the runtime only logs this one")
	write := func(name string, members ...tar.Header) {
		var out bytes.Buffer
		archive := tar.NewWriter(&out)
		for _, header := range members {
			assert.NilError(t, archive.WriteHeader(&header))
		}
		assert.NilError(t, archive.Close())
		assert.NilError(t, os.WriteFile(filepath.Join(m.dir, name), out.Bytes(), 0o600))
	}
	write("empty.tar")
	m.refused(1, []string{"Error: "}, "image", "load", "-i", "empty.tar")
	write("bad.tar", tar.Header{Name: "../x", Typeflag: tar.TypeReg})
	m.refused(1, []string{`Error: cannot load tar image with rejected paths: ["../x"]`}, "image", "load", "-i", "bad.tar")
	assert.NilError(t, os.WriteFile(filepath.Join(m.dir, "no.tar"), []byte("this is no archive, but long enough to be read as one"), 0o600))
	m.refused(1, []string{"Error: "}, "image", "load", "-i", "no.tar")
	assert.DeepEqual(t, m.images(), []string{})
}
