//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gotest.tools/v3/assert"
)

// testRegistry is a small registry of a test: it serves what the test puts into it, over plain HTTP on loopback.
type testRegistry struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	blobs    map[string][]byte
	types    map[string]string
	tags     map[string]string // name:tag -> digest
	asked    []string          // method and path of each request for a manifest or blob
	holdBlob string            // requests for this blob wait until release
	release  chan struct{}
	auth     func(*testRegistry, http.ResponseWriter, *http.Request) bool // says whether the request may pass
	status   int                                                          // when set, every answer is this
}

// newTestRegistry starts one. The engine must be able to reach the test's loopback address.
func newTestRegistry(t *testing.T) *testRegistry {
	t.Helper()
	if socket, isSocket := strings.CutPrefix(os.Getenv("DOCKER_HOST"), "unix://"); isSocket {
		if _, err := os.Stat(filepath.Join(filepath.Dir(socket), "netns")); err == nil {
			skipped.Add(1)
			t.Skip("the engine has a network namespace of its own and cannot reach a registry of this test")
		}
	}
	r := &testRegistry{t: t, blobs: map[string][]byte{}, types: map[string]string{}, tags: map[string]string{}, release: make(chan struct{})}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(func() {
		r.CloseClientConnections()
		r.Close()
	})
	return r
}

// require makes the registry ask for credentials.
func (r *testRegistry) require(auth func(*testRegistry, http.ResponseWriter, *http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.auth = auth
}

// answer makes every answer a status.
func (r *testRegistry) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *testRegistry) host() string { return strings.TrimPrefix(r.URL, "http://") }

func (r *testRegistry) put(mediaType string, data []byte) layoutDescriptor {
	r.mu.Lock()
	defer r.mu.Unlock()
	digest := digestOf(data)
	r.blobs[digest], r.types[digest] = data, mediaType
	return layoutDescriptor{MediaType: mediaType, Digest: digest, Size: int64(len(data))}
}

func (r *testRegistry) putJSON(mediaType string, v any) layoutDescriptor {
	r.t.Helper()
	data, err := json.Marshal(v)
	assert.NilError(r.t, err)
	return r.put(mediaType, data)
}

func (r *testRegistry) tag(name string, d layoutDescriptor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tags[name] = d.Digest
}

func (r *testRegistry) requests(part string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	count := 0
	for _, each := range r.asked {
		if strings.Contains(each, part) {
			count++
		}
	}
	return count
}

func (r *testRegistry) serve(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	status, auth := r.status, r.auth
	r.mu.Unlock()
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	if auth != nil && !auth(r, w, request) {
		return
	}
	path := strings.TrimPrefix(request.URL.Path, "/v2/")
	if path == "" {
		return
	}
	name, rest, isManifest := strings.Cut(path, "/manifests/")
	digest := rest
	if !isManifest {
		_, digest, _ = strings.Cut(path, "/blobs/")
	}
	r.mu.Lock()
	r.asked = append(r.asked, request.Method+" "+path)
	if tagged := r.tags[name+":"+rest]; isManifest && tagged != "" {
		digest = tagged
	}
	data, there := r.blobs[digest]
	mediaType, held := r.types[digest], digest == r.holdBlob
	r.mu.Unlock()
	if !there {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`)
		return
	}
	if held {
		select {
		case <-r.release:
		case <-request.Context().Done():
			return
		}
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Docker-Content-Digest", digest)
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	if request.Method != http.MethodHead {
		_, _ = w.Write(data)
	}
}

// basicAuth lets one user in.
func basicAuth(user, password string) func(*testRegistry, http.ResponseWriter, *http.Request) bool {
	return func(_ *testRegistry, w http.ResponseWriter, request *http.Request) bool {
		if u, p, sent := request.BasicAuth(); sent && u == user && p == password {
			return true
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		w.WriteHeader(http.StatusUnauthorized)
		return false
	}
}

// tokenAuth hands out a token to everybody, or to those who know the password.
func tokenAuth(user, password string) func(*testRegistry, http.ResponseWriter, *http.Request) bool {
	const token = "a-token"
	return func(r *testRegistry, w http.ResponseWriter, request *http.Request) bool {
		if request.URL.Path == "/token" {
			if u, p, _ := request.BasicAuth(); user != "" && (u != user || p != password) {
				w.WriteHeader(http.StatusUnauthorized)
				return false
			}
			fmt.Fprintf(w, `{"token":%q}`, token)
			return false
		}
		if request.Header.Get("Authorization") == "Bearer "+token {
			return true
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="%s/token",service="test",scope="repository:x:pull"`, r.URL))
		w.WriteHeader(http.StatusUnauthorized)
		return false
	}
}

// layer is a compressed layer with one file, and its diff_id.
func (r *testRegistry) layer(name, text string) (layoutDescriptor, string) {
	r.t.Helper()
	var plain, packed bytes.Buffer
	archive := tar.NewWriter(&plain)
	assert.NilError(r.t, archive.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(text)), Mode: 0o644}))
	_, err := archive.Write([]byte(text))
	assert.NilError(r.t, err)
	assert.NilError(r.t, archive.Close())
	compress := gzip.NewWriter(&packed)
	_, err = compress.Write(plain.Bytes())
	assert.NilError(r.t, err)
	assert.NilError(r.t, compress.Close())
	return r.put(mediaLayer+"+gzip", packed.Bytes()), digestOf(plain.Bytes())
}

// manifest is an image for an architecture that no engine has yet, with everything in its configuration that the runtime hides.
func (r *testRegistry) manifest(architecture string) layoutDescriptor {
	r.t.Helper()
	layer, diffID := r.layer("data", nonce())
	config := r.putJSON(mediaConfig, map[string]any{
		"architecture": architecture, "os": "linux", "created": "2026-02-03T04:05:06.789Z", "author": "a test",
		"config": map[string]any{
			"Cmd": []string{"/serve"}, "Env": []string{"PATH=/bin"}, "User": "", "Entrypoint": nil, "Labels": map[string]string{"a": "b"},
			"Healthcheck": map[string]any{"Test": []string{"CMD", "true"}}, "Volumes": map[string]any{"/data": map[string]any{}},
			"ExposedPorts": map[string]any{"80/tcp": map[string]any{}}, "StopSignal": "SIGQUIT",
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{diffID}},
		"history": []map[string]any{{"created": "2026-02-03T04:05:06.789Z", "created_by": "a test " + nonce()}},
	})
	return r.putJSON(mediaManifest, imageManifest{
		SchemaVersion: 2, MediaType: mediaManifest, Config: config, Layers: []layoutDescriptor{layer},
	})
}

// index lists manifests for the engine's own architecture and for another one.
func (r *testRegistry) index(own string) (index layoutDescriptor, manifests []layoutDescriptor) {
	r.t.Helper()
	other := "arm64"
	if own == other {
		other = "amd64"
	}
	for _, architecture := range []string{own, other} {
		d := r.manifest(architecture)
		d.Platform = &platform{OS: "linux", Architecture: architecture}
		manifests = append(manifests, d)
	}
	return r.putJSON(mediaIndex, imageIndex{SchemaVersion: 2, MediaType: mediaIndex, Manifests: manifests}), manifests
}

// nonce keeps images of different tests apart: the engine has one store for all.
func nonce() string {
	var data [8]byte
	_, _ = rand.Read(data[:])
	return hex.EncodeToString(data[:])
}

// engineArchitecture is the architecture that the stand-in reports as the host's.
func engineArchitecture(m *mac) string {
	m.t.Helper()
	for _, variant := range m.pulled(busybox).Variants {
		return variant.Platform.Architecture
	}
	m.t.Fatal("busybox has no variant")
	return ""
}

// pulled pulls an image and inspects it.
func (m *mac) pulled(reference string, flags ...string) imageResource {
	m.t.Helper()
	m.ok(append(append([]string{"image", "pull", "--progress", "none"}, flags...), reference)...)
	return m.image(reference)
}

func (m *mac) image(reference string) imageResource {
	m.t.Helper()
	var found []imageResource
	assert.NilError(m.t, json.Unmarshal([]byte(m.ok("image", "inspect", reference)), &found))
	assert.Equal(m.t, len(found), 1)
	return found[0]
}

// images are the names that image list has.
func (m *mac) images() []string {
	m.t.Helper()
	var listed []imageResource
	assert.NilError(m.t, json.Unmarshal([]byte(m.ok("image", "list", "--format", "json")), &listed))
	names := []string{}
	for _, each := range listed {
		names = append(names, each.Configuration.Name)
	}
	return names
}
