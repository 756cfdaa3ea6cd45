//go:build linux

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
)

// imageRecord is an image name of this pretend Mac. The index, the manifests and the configurations are in the content store.
type imageRecord struct {
	Descriptor descriptor `json:"descriptor"`
	// BuiltAs is the name that the builder gave the image; it goes along with image tag. Names are looked up among these first.
	BuiltAs string `json:"builtAs,omitempty"`
	// Source is the registry that a pulled image came from; its layers can be had there.
	Source *imageSource `json:"source,omitempty"`
}

// imageSource is where an image was pulled from.
type imageSource struct {
	Scheme    string `json:"scheme"`
	Reference string `json:"reference"`
	// Login is the one that the pull had: the runtime keeps the layers and needs none for them later.
	Login *registryLogin `json:"login,omitempty"`
}

// imageVariant is a manifest of an image that is present.
type imageVariant struct {
	Platform   platform
	Descriptor layoutDescriptor // of the manifest
	Manifest   imageManifest
}

// variants are the manifests of an image whose blobs are present, in the order of the index.
func (s content) variants(digest string) ([]imageVariant, error) {
	var index imageIndex
	if err := s.decode(digest, &index); err != nil {
		return nil, err
	}
	var present []imageVariant
	for _, d := range index.Manifests {
		if d.Platform == nil || !s.has(d.Digest) {
			continue
		}
		v := imageVariant{Platform: *d.Platform, Descriptor: d}
		if err := s.decode(d.Digest, &v.Manifest); err != nil {
			return nil, err
		}
		if s.has(v.Manifest.Config.Digest) {
			present = append(present, v)
		}
	}
	return present, nil
}

// variant gives the one for a platform.
func (s content) variant(digest string, wanted platform) (imageVariant, bool, error) {
	all, err := s.variants(digest)
	if err != nil {
		return imageVariant{}, false, err
	}
	for _, v := range all {
		if v.Platform.same(wanted) {
			return v, true, nil
		}
	}
	return imageVariant{}, false, nil
}

// findImage looks a name up as the runtime does (reference 2.16): first among the names of builds, then as it was typed, then
// normalised. An invalid name is an error.
func (s *state) findImage(text string) (reference string, record *imageRecord, err error) {
	asBuilt, err := parseReference(text)
	if err != nil {
		return "", nil, err
	}
	builtAs := asBuilt.withDefaults().String()
	var built []string
	for name, r := range s.Images {
		if r.BuiltAs == builtAs {
			built = append(built, name)
		}
	}
	switch {
	case len(built) == 1:
		return built[0], s.Images[built[0]], nil
	case slices.Contains(built, builtAs):
		return builtAs, s.Images[builtAs], nil
	}
	normalized, err := normalizeReference(text)
	if err != nil {
		return "", nil, err
	}
	for _, name := range []string{text, normalized.String()} {
		if r := s.Images[name]; r != nil {
			return name, r, nil
		}
	}
	return "", nil, nil
}

// rootHash stands for the STANDIN_ROOT in names inside the engine.
func (c *call) rootHash() string {
	sum := sha256.Sum256([]byte(c.root))
	return hex.EncodeToString(sum[:8])
}

// engineRepository is the repository under which the engine keeps the images of this root. The name says nothing about the
// image: names of one root must not be seen by builds and containers of another.
func (c *call) engineRepository() string { return "standin-" + c.rootHash() }

// engineTag is the engine's name for the image with this configuration. As long as the tag exists the engine keeps the image,
// whatever other roots do.
func (c *call) engineTag(config string) string {
	return c.engineRepository() + ":" + digestHex(config)[:40]
}

// holdInEngine makes sure that the engine keeps an image for this root. It says false when the engine does not have it.
func (c *call) holdInEngine(config, found string) (bool, error) {
	docker, err := c.engine()
	if err != nil {
		return false, err
	}
	err = docker.ImageTag(c.ctx, found, c.engineTag(config))
	if cerrdefs.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("keep image: %w", c.engineError(err))
	}
	return true, nil
}

// configDigests are the configurations of the variants of some records.
func configDigests(store content, records ...*imageRecord) map[string]bool {
	all := map[string]bool{}
	for _, r := range records {
		present, err := store.variants(r.Descriptor.Digest)
		if err != nil {
			continue // a record whose index is gone holds nothing
		}
		for _, v := range present {
			all[v.Manifest.Config.Digest] = true
		}
	}
	return all
}

// releaseInEngine lets the engine forget the images of forgotten records, unless a remaining name needs them. An image that a
// container uses, or that another root holds, stays in the engine; only this root's tag goes.
func (c *call) releaseInEngine(forgotten []*imageRecord, remaining map[string]*imageRecord) error {
	docker, err := c.engine()
	if err != nil {
		return err
	}
	needed := configDigests(c.content(), slices.Collect(maps.Values(remaining))...)
	for config := range configDigests(c.content(), forgotten...) {
		if needed[config] {
			continue
		}
		_, err := docker.ImageRemove(c.ctx, c.engineTag(config), image.RemoveOptions{Force: true})
		if err != nil && !cerrdefs.IsNotFound(err) && !cerrdefs.IsConflict(err) {
			return fmt.Errorf("release engine image: %w", c.engineError(err))
		}
	}
	return nil
}

// forgetImages removes every engine tag, name, blob and login of this root, for --standin-destroy.
func (c *call) forgetImages(tx *transaction) error {
	tx.state.Images = map[string]*imageRecord{}
	for _, name := range []string{contentFolder, keychainFile} {
		if err := os.RemoveAll(c.store.path(name)); err != nil {
			return fmt.Errorf("forget images: %w", err)
		}
	}
	docker, err := c.engine()
	if err != nil {
		return err
	}
	list, err := docker.ImageList(c.ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("reference", c.engineRepository()))})
	if err != nil {
		return fmt.Errorf("list engine images: %w", c.engineError(err))
	}
	for _, found := range list {
		for _, tag := range found.RepoTags {
			if !strings.HasPrefix(tag, c.engineRepository()+":") {
				continue
			}
			_, err := docker.ImageRemove(c.ctx, tag, image.RemoveOptions{Force: true})
			if err != nil && !cerrdefs.IsNotFound(err) && !cerrdefs.IsConflict(err) {
				return fmt.Errorf("remove engine image: %w", c.engineError(err))
			}
		}
	}
	return nil
}
