package e2e

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// slowRegistry has one image, "slow:1", whose one layer it gives by half until more is closed.
type slowRegistry struct {
	blobs           map[string][]byte
	manifest, layer string
	more            chan struct{}
}

func newSlowRegistry(t *testing.T) *slowRegistry {
	t.Helper()
	r := &slowRegistry{blobs: map[string][]byte{}, more: make(chan struct{})}
	content := make([]byte, 4<<20)
	_, _ = rand.Read(content) // it never fails
	var plain, packed bytes.Buffer
	w := tar.NewWriter(&plain)
	assert.NilError(t, w.WriteHeader(&tar.Header{Name: "content", Mode: 0o644, Size: int64(len(content))}))
	_, err := w.Write(content)
	assert.NilError(t, err)
	assert.NilError(t, w.Close())
	z := gzip.NewWriter(&packed)
	_, err = z.Write(plain.Bytes())
	assert.NilError(t, err)
	assert.NilError(t, z.Close())
	r.layer = r.add(packed.Bytes())
	config := r.addJSON(t, map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "config": map[string]any{"Cmd": []string{"true"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest(plain.Bytes())}},
	})
	r.manifest = r.addJSON(t, map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
		"config": map[string]any{"mediaType": "application/vnd.docker.container.image.v1+json", "digest": config, "size": len(r.blobs[config])},
		"layers": []any{map[string]any{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "digest": r.layer, "size": packed.Len()}},
	})
	return r
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (r *slowRegistry) add(b []byte) string {
	r.blobs[digest(b)] = b
	return digest(b)
}

func (r *slowRegistry) addJSON(t *testing.T, v any) string {
	data, err := json.Marshal(v)
	assert.NilError(t, err)
	return r.add(data)
}

func (r *slowRegistry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	name := q.URL.Path[strings.LastIndex(q.URL.Path, "/")+1:]
	if strings.HasSuffix(q.URL.Path, "/manifests/1") {
		name = r.manifest
	}
	blob, found := r.blobs[name]
	switch {
	case q.URL.Path == "/v2/":
		return
	case !found:
		http.NotFound(w, q)
		return
	case strings.Contains(q.URL.Path, "/manifests/"):
		w.Header().Set("Content-Type", "application/vnd.docker.distribution.manifest.v2+json")
	}
	w.Header().Set("Docker-Content-Digest", name)
	w.Header().Set("Content-Length", fmt.Sprint(len(blob)))
	if q.Method == http.MethodHead {
		return
	}
	half := 0
	if name == r.layer {
		half = len(blob) / 2
		_, _ = w.Write(blob[:half])
		w.(http.Flusher).Flush()
		select {
		case <-r.more:
		case <-q.Context().Done():
			return
		}
	}
	_, _ = w.Write(blob[half:])
}

// While an image is pulled, its bytes are shown: how many have come, and how many there are.
func TestPullShowsBytes(t *testing.T) {
	needLab(t)
	registry := newSlowRegistry(t)
	server := httptest.NewServer(registry)
	defer server.Close()
	root, err := os.MkdirTemp("", "mac")
	assert.NilError(t, err)
	dir := t.TempDir()
	environ := environment(root, filepath.Join(dir, "state"))
	t.Cleanup(func() { destroy(root, environ) })
	image := strings.TrimPrefix(server.URL, "http://") + "/slow:1"
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "compose.yaml"), []byte("services: {slow: {image: \""+image+"\"}}\n"), 0o644))
	cmd := exec.Command(filepath.Join(lab.bin, "hostwright"), "compose", "--progress", "json", "pull")
	cmd.Dir, cmd.Env = dir, environ
	out, err := cmd.StderrPipe()
	assert.NilError(t, err)
	assert.NilError(t, cmd.Start())
	total := int64(len(registry.blobs[registry.layer]))
	seen := false
	var all strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(&all, lines.Text())
		var event struct{ Current, Total int64 }
		_ = json.Unmarshal(lines.Bytes(), &event)
		if !seen && event.Current > 0 && event.Current < event.Total && event.Total > total*9/10 {
			seen = true
			close(registry.more)
		}
	}
	assert.NilError(t, cmd.Wait(), all.String())
	assert.Assert(t, seen, "no bytes were shown:\n%s", all.String())
}
