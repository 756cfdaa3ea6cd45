package applecontainer

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

// layoutWriter makes a saved image.
type layoutWriter struct {
	t       *testing.T
	file    *os.File
	archive *tar.Writer
}

func newLayout(t *testing.T) *layoutWriter {
	file, err := os.Create(filepath.Join(t.TempDir(), "image.tar"))
	assert.NilError(t, err)
	return &layoutWriter{t, file, tar.NewWriter(file)}
}

func (l *layoutWriter) add(name, content string) {
	assert.NilError(l.t, l.archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}))
	_, err := l.archive.Write([]byte(content))
	assert.NilError(l.t, err)
}

// blob adds a document and gives its digest.
func (l *layoutWriter) blob(document any) string {
	content, err := json.Marshal(document)
	assert.NilError(l.t, err)
	sum := fmt.Sprintf("%x", sha256.Sum256(content))
	l.add("blobs/sha256/"+sum, string(content))
	return "sha256:" + sum
}

func (l *layoutWriter) close() string {
	assert.NilError(l.t, l.archive.Close())
	assert.NilError(l.t, l.file.Close())
	return l.file.Name()
}

type object = map[string]any

func platformObject(os, architecture string) object {
	return object{"os": os, "architecture": architecture}
}

// manifest adds an image of one platform with a layer, and gives its descriptor.
func (l *layoutWriter) manifest(architecture string, config object) object {
	full := platformObject("linux", architecture)
	full["config"] = config
	layer := strings.Repeat("layer", 1000)
	l.add("blobs/sha256/layer-"+architecture, layer)
	digest := l.blob(object{
		"schemaVersion": 2, "config": object{"digest": l.blob(full)}, "layers": []object{{"digest": "sha256:layer-" + architecture}},
	})
	return object{"digest": digest, "platform": platformObject("linux", architecture)}
}

func TestImageConfigIsFoundForThePlatformInNestedIndexes(t *testing.T) {
	l := newLayout(t)
	l.add("oci-layout", `{"imageLayoutVersion":"1.0.0"}`)
	health := object{"Test": []string{"CMD-SHELL", "true"}, "Interval": 5e9, "Timeout": 1e9, "StartPeriod": 2e9, "StartInterval": 3e9, "Retries": 4}
	nested := l.blob(object{"manifests": []object{
		{"digest": "sha256:absent", "platform": platformObject("linux", "s390x")},
		{"digest": "sha256:attestation", "platform": platformObject("unknown", "unknown")},
		l.manifest("amd64", object{"Volumes": object{"/amd": object{}}}),
		l.manifest("arm64", object{"Volumes": object{"/b": object{}, "/a": object{}}, "ExposedPorts": object{"80/tcp": object{}, "53/udp": object{}}, "Healthcheck": health}),
	}})
	index, err := json.Marshal(object{"manifests": []object{{"digest": nested}}})
	assert.NilError(t, err)
	l.add("index.json", string(index))
	name := l.close()

	config, err := readImageConfig(name, "linux/arm64")
	assert.NilError(t, err)
	assert.DeepEqual(t, config, adapter.ImageConfig{
		Volumes: []string{"/a", "/b"}, Ports: []string{"53/udp", "80/tcp"},
		Healthcheck: &adapter.ImageHealth{
			Test: []string{"CMD-SHELL", "true"}, Interval: 5 * time.Second, Timeout: time.Second,
			StartPeriod: 2 * time.Second, StartInterval: 3 * time.Second, Retries: 4,
		},
	})
	config, err = readImageConfig(name, "linux/amd64")
	assert.NilError(t, err)
	assert.DeepEqual(t, config.Volumes, []string{"/amd"})
	_, err = readImageConfig(name, "linux/s390x")
	assert.ErrorContains(t, err, "no config for linux/s390x")
}

func TestImageConfigOfAnIndexWithoutPlatformsIsCheckedByTheConfig(t *testing.T) {
	l := newLayout(t)
	manifest := l.manifest("arm64", object{"Volumes": object{"/a": object{}}})
	delete(manifest, "platform")
	index, err := json.Marshal(object{"manifests": []object{manifest}})
	assert.NilError(t, err)
	l.add("./index.json", string(index)) // as some writers name it
	name := l.close()
	config, err := readImageConfig(name, "linux/arm64/v8")
	assert.NilError(t, err)
	assert.DeepEqual(t, config.Volumes, []string{"/a"})
	_, err = readImageConfig(name, "linux/amd64")
	assert.ErrorContains(t, err, "no config for")
}

func TestImageConfigOfADamagedArchiveIsAnError(t *testing.T) {
	loop := newLayout(t)
	loop.add("index.json", `{"manifests":[{"digest":"sha256:self"}]}`)
	loop.add("blobs/sha256/self", `{"manifests":[{"digest":"sha256:self"}]}`)
	garbled := newLayout(t)
	garbled.add("index.json", `{"manifests":`)
	long := newLayout(t)
	long.add("index.json", strings.Repeat(" ", maxDocument+1))
	empty := newLayout(t)
	noTar := filepath.Join(t.TempDir(), "x")
	assert.NilError(t, os.WriteFile(noTar, []byte(strings.Repeat("no archive", 100)), 0o600))
	for _, name := range []string{loop.close(), garbled.close(), long.close(), empty.close(), noTar, "/no/such/file"} {
		_, err := readImageConfig(name, "linux/arm64")
		assert.Assert(t, err != nil, name)
	}
}

func FuzzImageConfig(f *testing.F) {
	f.Add([]byte(`{"manifests":[{"digest":"sha256:a"}]}`), []byte(`{"config":{"digest":"sha256:b"}}`), []byte(`{"os":"linux","architecture":"arm64","config":{"Volumes":{"/a":{}}}}`))
	f.Fuzz(func(t *testing.T, index, manifest, config []byte) {
		l := newLayout(t)
		l.add("index.json", string(index))
		l.add("blobs/sha256/a", string(manifest))
		l.add("blobs/sha256/b", string(config))
		got, err := readImageConfig(l.close(), "linux/arm64")
		if err == nil && got.Healthcheck != nil && len(got.Healthcheck.Test) == 0 {
			t.Fatalf("a health check without a test: %q", config)
		}
	})
}
