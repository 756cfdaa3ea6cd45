//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

func TestFragmentRegistryAuth(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	r := newTestRegistry(t)
	d := r.manifest(engineArchitecture(m))
	r.tag("private/app:1", d)
	r.require(basicAuth("lab", "secret"))
	name := r.host() + "/private/app:1"
	for _, args := range [][]string{{"image", "pull", "--scheme", "http", name}, {"create", "--scheme", "http", name}} {
		m.refused(1, []string{
			"Error: HTTP request to http://" + r.host() + "/v2/private/app/manifests/1 failed with response: 401 Unauthorized. Reason: ",
			", no credentials found for host " + r.host(),
		}, args...)
	}
	assert.Equal(t, m.runWith(strings.NewReader("wrong\n"), "registry", "login", "--scheme", "http", "-u", "lab", "--password-stdin", r.host()).code, 1)
	got := m.runWith(strings.NewReader("secret\n"), "registry", "login", "--scheme", "http", "-u", "lab", "--password-stdin", r.host())
	assert.DeepEqual(t, got, result{stderr: "Login succeeded\n"}, compareResults)
	m.ok("image", "pull", "--scheme", "http", name)
	listed := m.ok("registry", "list", "--format", "json")
	assert.Assert(t, strings.Contains(listed, `"name":"`+r.host()+`"`) && strings.Contains(listed, `"username":"lab"`), listed)
	assert.Assert(t, !strings.Contains(listed, "secret"), "no password in a listing")
	info, err := os.Stat(filepath.Join(m.root, keychainFile))
	assert.NilError(t, err)
	assert.Equal(t, info.Mode().Perm(), os.FileMode(0o600))
	m.ok("registry", "logout", r.host())
	m.ok("registry", "logout", r.host())
	m.refused(1, []string{"failed with response: 401"}, "image", "pull", "--scheme", "http", name)
	m.refused(1, []string{"must provide --username with --password-stdin"}, "registry", "login", "--password-stdin", r.host())
}

func TestFragmentRegistryToken(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	r := newTestRegistry(t)
	own := engineArchitecture(m)
	r.tag("open:1", r.manifest(own))
	r.require(tokenAuth("", ""))
	m.ok("image", "pull", "--scheme", "http", r.host()+"/open:1")

	closed := newTestRegistry(t)
	closed.tag("app:1", closed.manifest(own))
	closed.require(tokenAuth("lab", "secret"))
	m.refused(1, []string{"failed with response: 401 Unauthorized. Reason: access denied or wrong credentials, no credentials found for host " + closed.host()},
		"image", "pull", "--scheme", "http", closed.host()+"/app:1")
	got := m.runWith(strings.NewReader("secret"), "registry", "login", "--scheme", "http", "-u", "lab", "--password-stdin", closed.host())
	assert.Equal(t, got.code, 0, got.stderr)
	m.ok("image", "pull", "--scheme", "http", closed.host()+"/app:1")
}

func TestFragmentRegistryForbiddenAndLimit(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	r := newTestRegistry(t)
	for status, text := range map[int]string{
		http.StatusForbidden: "failed with response: 403 Forbidden", http.StatusTooManyRequests: "failed with response: 429 Too Many Requests",
		http.StatusInternalServerError: "failed with response: 500 Internal Server Error",
	} {
		r.answer(status)
		m.refused(1, []string{text}, "image", "pull", "--scheme", "http", r.host()+"/app")
	}
}

func TestFragmentRegistryAbsent(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	r := newTestRegistry(t)
	m.refused(1, []string{"Error: HTTP request to " + r.URL + "/v2/app/manifests/latest failed with response: 404 Not Found. Reason: Unknown\n"},
		"image", "pull", "--scheme", "http", r.host()+"/app")
	// Docker Hub says 401 for a repository that it does not have, 404 for a tag.
	m.refused(1, []string{"https://registry-1.docker.io/v2/library/no-such-image/manifests/latest failed with response: 401"}, "image", "pull", "no-such-image")
	m.refused(1, []string{"https://registry-1.docker.io/v2/library/busybox/manifests/no-such-tag failed with response: 404"}, "image", "pull", "busybox:no-such-tag")
	m.refused(1, []string{"failed with response: 401"}, "create", "no-such-image")
	assert.DeepEqual(t, m.images(), []string{})
}

func TestFragmentRegistryNetwork(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.refused(1, []string{"Error: failed to resolve either repository hostname no-such-host.invalid\n"}, "image", "pull", "no-such-host.invalid:5000/app")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	free := listener.Addr().String()
	assert.NilError(t, listener.Close())
	m.refused(1, []string{"Error: POSIXErrorCode(rawValue: 61): Connection refused\n"}, "image", "pull", "--scheme", "http", free+"/app")
	// A registry without TLS needs --scheme http, on loopback too.
	r := newTestRegistry(t)
	r.tag("app:latest", r.manifest(engineArchitecture(m)))
	assert.Equal(t, m.run("image", "pull", r.host()+"/app").code, 1)
	m.ok("image", "pull", "--scheme", "http", r.host()+"/app")
	m.refused(1, []string{"Error: unsupported scheme auto\n"}, "image", "pull", "--scheme", "auto", r.host()+"/app")
	m.refused(1, []string{"maximum number of concurrent downloads must be greater than 0, got 0"}, "image", "pull", "--max-concurrent-downloads", "0", busybox)
}

func TestFragmentPlatform(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	r := newTestRegistry(t)
	own := engineArchitecture(m)
	index, manifests := r.index(own)
	other := manifests[1].Platform.text()
	r.tag("app:1", index)
	r.tag("single:1", manifests[0])
	name, single := r.host()+"/app:1", r.host()+"/single:1"
	m.refused(1, []string{"does not support required platforms"}, "image", "pull", "--scheme", "http", "--platform", "linux/riscv64", name)
	m.refused(1, []string{"does not support required platforms"}, "image", "pull", "--scheme", "http", "--platform", other, single)
	m.refused(1, []string{"unknown OS in beos"}, "image", "pull", "--platform", "beos/amd64", name)
	m.refused(1, []string{"does not support required platforms"}, "create", "--scheme", "http", "--platform", "linux/riscv64", name)

	found := m.pulled(name, "--scheme", "http", "--platform", "linux/"+own)
	assert.Equal(t, found.ID, digestHex(index.Digest), "the id is that of the index, whatever was pulled")
	assert.Equal(t, len(found.Variants), 1)
	m.refused(1, []string{"Error: ContentStore missing blob data\n"}, "image", "save", "-o", "x.tar", name)
	m.refused(1, []string{"has no content for platform " + other + "; available platforms: "}, "image", "save", "--platform", other, "-o", "x.tar", name)
	m.ok("image", "save", "--platform", "linux/"+own, "-o", "x.tar", name)
	found = m.pulled(name, "--scheme", "http", "--arch", manifests[1].Platform.Architecture)
	assert.Equal(t, len(found.Variants), 2, "a second platform joins the first")
	viaEnvironment := &mac{t: t, root: m.root, dir: m.dir, env: []string{"CONTAINER_DEFAULT_PLATFORM=linux/riscv64"}}
	viaEnvironment.refused(1, []string{"using platform from environment variable", "does not support required platforms"}, "image", "pull", "--scheme", "http", name)
}

func TestPullIsOfThePresent(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	r := newTestRegistry(t)
	own := engineArchitecture(m)
	r.tag("app:1", r.manifest(own))
	name := r.host() + "/app:1"
	first := m.pulled(name, "--scheme", "http")
	before := r.requests("HEAD app/manifests/1")
	assert.Equal(t, m.pulled(name, "--scheme", "http").ID, first.ID)
	assert.Equal(t, r.requests("HEAD app/manifests/1"), before+1, "a pull always contacts the registry")
	asked := r.requests("app/manifests/1")
	m.ok("create", "--name", "c1", name)
	assert.Equal(t, r.requests("app/manifests/1"), asked, "create takes what is there")
	r.tag("app:1", r.manifest(own))
	assert.Assert(t, m.pulled(name, "--scheme", "http").ID != first.ID)
	m.ok("create", "--name", "c2", name)
	listed := m.containers()
	assert.Equal(t, listed["c1"].Configuration.Image.Descriptor.Digest, "sha256:"+first.ID)
	assert.Assert(t, listed["c2"].Configuration.Image.Descriptor.Digest != "sha256:"+first.ID)
	assert.Equal(t, listed["c1"].Configuration.Image.Reference, name)
}

func TestPullProgress(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	assert.Equal(t, m.run("image", "pull", "--progress", "none", busybox).stderr, "")
	assert.Equal(t, m.run("image", "pull", "--progress", "plain", busybox).stderr, "[1/2] Fetching image\n[2/2] Unpacking image\n")
	m.refused(64, []string{"The value 'tty' is invalid for '--progress <type>'"}, "image", "pull", "--progress", "tty", busybox)
}

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
