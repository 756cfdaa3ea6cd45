//go:build linux

package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

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
