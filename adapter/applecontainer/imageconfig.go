package applecontainer

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
)

// Bounds of what is read of an image: the size of an index, manifest or config (bytes), and the depth of indexes.
const (
	maxDocument = 8 << 20
	maxDepth    = 4
)

// ociLayout is a saved image: where each file of the archive is.
type ociLayout struct {
	file  io.ReaderAt
	files map[string]extent
}

type extent struct{ offset, size int64 }

type ociDescriptor struct {
	MediaType string        `json:"mediaType"`
	Digest    string        `json:"digest"`
	Platform  *platformJSON `json:"platform"`
}

// ociDocument is an index or a manifest: an index has Manifests, a manifest has Config.
type ociDocument struct {
	Manifests []ociDescriptor `json:"manifests"`
	Config    *ociDescriptor  `json:"config"`
}

// ociConfig is the part of an image's config that the runtime's listing hides, and its platform.
type ociConfig struct {
	platformJSON
	Config struct {
		Volumes      map[string]struct{}
		ExposedPorts map[string]struct{}
		Healthcheck  *struct {
			Test          []string
			Interval      time.Duration
			Timeout       time.Duration
			StartPeriod   time.Duration
			StartInterval time.Duration
			Retries       int
		}
	} `json:"config"`
}

// readImageConfig reads the config of one platform from a saved image, an OCI layout in a tar archive.
func readImageConfig(name, platform string) (adapter.ImageConfig, error) {
	file, err := os.Open(name)
	if err != nil {
		return adapter.ImageConfig{}, err
	}
	defer file.Close()
	layout, err := openLayout(file)
	if err != nil {
		return adapter.ImageConfig{}, err
	}
	config, err := layout.find("index.json", platform, 0)
	if err != nil {
		return adapter.ImageConfig{}, err
	}
	if config == nil {
		return adapter.ImageConfig{}, fmt.Errorf("the saved image has no config for %s", platform)
	}
	return config.imageConfig(), nil
}

// openLayout notes where the files are. The archive is seekable, so that layers are skipped, not read.
func openLayout(file interface {
	io.ReadSeeker
	io.ReaderAt
}) (*ociLayout, error) {
	layout := &ociLayout{file: file, files: map[string]extent{}}
	archive := tar.NewReader(file)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return layout, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read saved image: %w", err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		offset, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, fmt.Errorf("read saved image: %w", err)
		}
		layout.files[path.Clean(header.Name)] = extent{offset, header.Size}
	}
}

// document decodes a JSON file of the archive; it is false when the file is not there, as those of platforms that were
// not saved.
func (l *ociLayout) document(name string, into any) (bool, error) {
	where, found := l.files[name]
	if !found {
		return false, nil
	}
	if where.size > maxDocument {
		return false, fmt.Errorf("%s of the saved image is too long", name)
	}
	content := make([]byte, where.size)
	if _, err := l.file.ReadAt(content, where.offset); err != nil {
		return false, fmt.Errorf("read %s of the saved image: %w", name, err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		return false, fmt.Errorf("%s of the saved image: %w", name, err)
	}
	return true, nil
}

// find looks for the config of a platform below an index or manifest. It gives nil when there is none.
func (l *ociLayout) find(name, platform string, depth int) (*ociConfig, error) {
	if depth > maxDepth {
		return nil, errors.New("the saved image's indexes are nested too deep")
	}
	var document ociDocument
	if found, err := l.document(name, &document); err != nil || !found {
		return nil, err
	}
	if document.Config != nil {
		var config ociConfig
		found, err := l.document(blob(document.Config.Digest), &config)
		if err != nil || !found || !samePlatform(config.String(), platform) {
			return nil, err
		}
		return &config, nil
	}
	for _, m := range document.Manifests {
		if m.Platform != nil && m.Platform.OS != "" && !samePlatform(m.Platform.String(), platform) {
			continue
		}
		if config, err := l.find(blob(m.Digest), platform, depth+1); err != nil || config != nil {
			return config, err
		}
	}
	return nil, nil
}

// blob gives the path of a digest's file.
func blob(digest string) string {
	algorithm, sum, _ := strings.Cut(digest, ":")
	return path.Join("blobs", algorithm, sum)
}

// samePlatform compares os and architecture, and the variant where both name one.
func samePlatform(a, b string) bool {
	image := adapter.Image{Variants: []adapter.Variant{{Platform: a}}}
	_, same := image.Variant(b)
	return same
}

func (c *ociConfig) imageConfig() adapter.ImageConfig {
	result := adapter.ImageConfig{
		Volumes: slices.Sorted(maps.Keys(c.Config.Volumes)),
		Ports:   slices.Sorted(maps.Keys(c.Config.ExposedPorts)),
	}
	if h := c.Config.Healthcheck; h != nil && len(h.Test) > 0 {
		result.Healthcheck = &adapter.ImageHealth{
			Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod,
			StartInterval: h.StartInterval, Retries: h.Retries,
		}
	}
	return result
}
