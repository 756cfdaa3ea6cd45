//go:build linux

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Media types of manifests and their parts.
const (
	mediaIndex          = "application/vnd.oci.image.index.v1+json"
	mediaManifest       = "application/vnd.oci.image.manifest.v1+json"
	mediaConfig         = "application/vnd.oci.image.config.v1+json"
	mediaLayer          = "application/vnd.oci.image.layer.v1.tar"
	mediaDockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	mediaDockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
)

// Annotations on descriptors (containerization, AnnotationKeys.swift).
const (
	annotationIndirect      = "com.apple.containerization.index.indirect"
	annotationImageName     = "com.apple.containerization.image.name"
	annotationContainerd    = "io.containerd.image.name"
	annotationReferenceName = "org.opencontainers.image.ref.name"
)

// contentFolder holds what the pretend Mac's content store holds, less the layers of pulled and built images: those stay in
// the engine and the registry. Files are named by their digest and never change.
const contentFolder = "content"

// errNoContent says that a blob is not in the content store.
var errNoContent = errors.New("ContentStore missing blob data")

// layoutDescriptor is a descriptor inside an index or a manifest.
type layoutDescriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Platform    *platform         `json:"platform,omitempty"`
}

func (d layoutDescriptor) plain() descriptor {
	return descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}
}

func (d layoutDescriptor) isIndex() bool {
	return d.MediaType == mediaIndex || d.MediaType == mediaDockerList
}

func (d layoutDescriptor) isManifest() bool {
	return d.MediaType == mediaManifest || d.MediaType == mediaDockerManifest
}

// imageIndex is an OCI index or a Docker manifest list.
type imageIndex struct {
	SchemaVersion int                `json:"schemaVersion"`
	MediaType     string             `json:"mediaType,omitempty"`
	Manifests     []layoutDescriptor `json:"manifests"`
	Annotations   map[string]string  `json:"annotations,omitempty"`
}

// imageManifest is an OCI or Docker manifest.
type imageManifest struct {
	SchemaVersion int                `json:"schemaVersion"`
	MediaType     string             `json:"mediaType,omitempty"`
	Config        layoutDescriptor   `json:"config"`
	Layers        []layoutDescriptor `json:"layers"`
}

// size is what image list shows of a variant: configuration, layers and manifest.
func (m imageManifest) size(manifest int64) int64 {
	total := manifest + m.Config.Size
	for _, layer := range m.Layers {
		total += layer.Size
	}
	return total
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// digestHex is a digest without its algorithm; "" for anything that is not a sha256 digest, so that it is safe as a file name.
func digestHex(digest string) string {
	text, isSHA := strings.CutPrefix(digest, "sha256:")
	if !isSHA || !hexID.MatchString(text) {
		return ""
	}
	return text
}

// content is the content store of one STANDIN_ROOT. It needs no lock: a blob is written whole under its digest.
type content struct{ folder string }

func (c *call) content() content { return content{folder: c.store.path(contentFolder)} }

func (s content) path(digest string) string { return filepath.Join(s.folder, digestHex(digest)) }

// has says whether the blob is there.
func (s content) has(digest string) bool {
	if digestHex(digest) == "" {
		return false
	}
	_, err := os.Stat(s.path(digest))
	return err == nil
}

// read gives a blob that is small: an index, a manifest, a configuration.
func (s content) read(digest string) ([]byte, error) {
	if digestHex(digest) == "" {
		return nil, fmt.Errorf("content %q: %w", digest, errNoContent)
	}
	data, err := os.ReadFile(s.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoContent
	}
	if err != nil {
		return nil, fmt.Errorf("read content: %w", err)
	}
	return data, nil
}

// decode reads a JSON blob into v.
func (s content) decode(digest string, v any) error {
	data, err := s.read(digest)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("read content %s: %w", digest, err)
	}
	return nil
}

// put keeps a small blob and gives its digest.
func (s content) put(data []byte) (string, error) {
	digest := digestOf(data)
	return digest, s.receive(digest, bytes.NewReader(data))
}

// receive keeps a blob of any size. The digest is checked; what does not match is not kept.
func (s content) receive(digest string, from io.Reader) error {
	if digestHex(digest) == "" {
		return fail(codeInvalidArgument, "invalid digest %s", digest)
	}
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return fmt.Errorf("keep content: %w", err)
	}
	file, err := os.CreateTemp(s.folder, "ingest-")
	if err != nil {
		return fmt.Errorf("keep content: %w", err)
	}
	defer os.Remove(file.Name()) // after the rename there is nothing to remove
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(file, sum), from)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("keep content: %w", err)
	}
	if got := "sha256:" + hex.EncodeToString(sum.Sum(nil)); got != digest {
		return fail(codeInternalError, "digest mismatch expected %s, got %s", digest, got)
	}
	if err := os.Rename(file.Name(), s.path(digest)); err != nil {
		return fmt.Errorf("keep content: %w", err)
	}
	return nil
}

// putIndex wraps one manifest into an index, as the runtime does for registries that have no index, and keeps it.
func (s content) putIndex(manifest layoutDescriptor, p platform) (descriptor, error) {
	manifest.Platform, manifest.Annotations = &p, nil
	return s.putManifests([]layoutDescriptor{manifest})
}

// putManifests keeps an index of manifests that name their platforms.
func (s content) putManifests(manifests []layoutDescriptor) (descriptor, error) {
	data, err := json.Marshal(imageIndex{
		SchemaVersion: 2, MediaType: mediaIndex, Manifests: manifests,
		Annotations: map[string]string{annotationIndirect: "true"},
	})
	if err != nil {
		return descriptor{}, fmt.Errorf("write index: %w", err)
	}
	digest, err := s.put(data)
	return descriptor{MediaType: mediaIndex, Digest: digest, Size: int64(len(data))}, err
}

// platformOf reads the platform out of an image configuration.
func (s content) platformOf(config string) (platform, error) {
	var fields struct {
		OS           string `json:"os"`
		Architecture string `json:"architecture"`
		Variant      string `json:"variant"`
	}
	err := s.decode(config, &fields)
	return platform{OS: fields.OS, Architecture: fields.Architecture, Variant: fields.Variant}, err
}
