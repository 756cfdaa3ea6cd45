//go:build linux

package main

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// engineArchive is what an engine's `save` says of one image.
type engineArchive struct {
	config []byte
	layers []int64 // sizes, in the order of the configuration's diff_ids
}

// engineMembers are the members of an engine's archive that matter, collected in one pass: its order is not ours to choose.
type engineMembers struct {
	small map[string][]byte
	sizes map[string]int64
	links map[string]string
}

// readEngineArchive reads an archive to its end. Layers are not kept, only measured.
func readEngineArchive(from io.Reader) (engineArchive, error) {
	members := engineMembers{small: map[string][]byte{}, sizes: map[string]int64{}, links: map[string]string{}}
	err := eachMember(from, func(header *tar.Header, body io.Reader) error {
		switch {
		case header.Typeflag == tar.TypeSymlink:
			members.links[header.Name] = path.Join(path.Dir(header.Name), header.Linkname)
		case strings.HasSuffix(header.Name, ".json") || header.Name == "manifest.json" || strings.HasPrefix(header.Name, "blobs/") && header.Size < 1<<20:
			data, err := io.ReadAll(body)
			if err != nil {
				return fmt.Errorf("read engine's archive: %w", err)
			}
			members.small[header.Name] = data
			members.sizes[header.Name] = header.Size
		case header.Typeflag == tar.TypeReg:
			members.sizes[header.Name] = header.Size
		}
		return nil
	})
	if err != nil {
		return engineArchive{}, err
	}
	return members.image()
}

// image puts the members together as the archive's own manifest says. A layer that two images share is a link.
func (m engineMembers) image() (engineArchive, error) {
	var manifest []struct {
		Config string
		Layers []string
	}
	if err := json.Unmarshal(m.small["manifest.json"], &manifest); err != nil || len(manifest) != 1 {
		return engineArchive{}, fmt.Errorf("read engine's archive: no manifest of one image (%w)", errors.Join(err))
	}
	found := engineArchive{config: m.small[manifest[0].Config]}
	if found.config == nil {
		return found, fmt.Errorf("read engine's archive: no %s", manifest[0].Config)
	}
	for _, name := range manifest[0].Layers {
		if target, linked := m.links[name]; linked {
			name = target
		}
		size, there := m.sizes[name]
		if !there {
			return found, fmt.Errorf("read engine's archive: no layer %s", name)
		}
		found.layers = append(found.layers, size)
	}
	return found, nil
}

func eachMember(from io.Reader, each func(*tar.Header, io.Reader) error) error {
	archive := tar.NewReader(from)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read engine's archive: %w", err)
		}
		if err := each(header, archive); err != nil {
			return err
		}
	}
}

// adoptEngineImage describes an image that the engine has (built or committed there) in the content store: its configuration
// word for word, and a manifest that follows from it. The layers stay in the engine, as plain tars.
func (c *call) adoptEngineImage(name string) (layoutDescriptor, error) {
	docker, err := c.engine()
	if err != nil {
		return layoutDescriptor{}, err
	}
	body, err := docker.ImageSave(c.ctx, []string{name})
	if err != nil {
		return layoutDescriptor{}, fmt.Errorf("read engine image: %w", c.engineError(err))
	}
	defer body.Close()
	found, err := readEngineArchive(body)
	if err != nil {
		return layoutDescriptor{}, err
	}
	var config struct {
		RootFS ociRootFS `json:"rootfs"`
	}
	if err := json.Unmarshal(found.config, &config); err != nil {
		return layoutDescriptor{}, fmt.Errorf("read engine image: %w", err)
	}
	if len(config.RootFS.DiffIDs) != len(found.layers) {
		return layoutDescriptor{}, fmt.Errorf("read engine image: %d layers, %d in its configuration", len(found.layers), len(config.RootFS.DiffIDs))
	}
	store := c.content()
	digest, err := store.put(found.config)
	if err != nil {
		return layoutDescriptor{}, err
	}
	manifest := imageManifest{
		SchemaVersion: 2, MediaType: mediaManifest, Layers: []layoutDescriptor{},
		Config: layoutDescriptor{MediaType: mediaConfig, Digest: digest, Size: int64(len(found.config))},
	}
	for i, size := range found.layers {
		manifest.Layers = append(manifest.Layers, layoutDescriptor{MediaType: mediaLayer, Digest: config.RootFS.DiffIDs[i], Size: size})
	}
	data, err := json.Marshal(manifest)
	if err != nil {
		return layoutDescriptor{}, fmt.Errorf("write manifest: %w", err)
	}
	manifestDigest, err := store.put(data)
	if err != nil {
		return layoutDescriptor{}, err
	}
	if held, err := c.holdInEngine(digest, name); err != nil || !held {
		return layoutDescriptor{}, errors.Join(err, fmt.Errorf("keep image %s: held %t", name, held))
	}
	p, err := store.platformOf(digest)
	if err != nil {
		return layoutDescriptor{}, err
	}
	return layoutDescriptor{MediaType: mediaManifest, Digest: manifestDigest, Size: int64(len(data)), Platform: &p}, nil
}

// engineLayers are the layers of one engine image, spooled to a file: the engine's archive has them in an order of its own.
type engineLayers struct {
	file  *os.File
	spans map[string]*io.SectionReader // by diff_id
}

// spoolEngineLayers reads an image's layers out of the engine.
func (c *call) spoolEngineLayers(name string) (*engineLayers, error) {
	docker, err := c.engine()
	if err != nil {
		return nil, err
	}
	body, err := docker.ImageSave(c.ctx, []string{name})
	if err != nil {
		return nil, fmt.Errorf("read engine image: %w", c.engineError(err))
	}
	defer body.Close()
	file, err := os.CreateTemp("", "standin-layers-")
	if err != nil {
		return nil, fmt.Errorf("spool layers: %w", err)
	}
	// The file needs no name: it goes with the last descriptor, however this process ends.
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("spool layers: %w", err), file.Close())
	}
	layers := &engineLayers{file: file, spans: map[string]*io.SectionReader{}}
	var offset int64
	err = eachMember(body, func(header *tar.Header, body io.Reader) error {
		if header.Typeflag != tar.TypeReg {
			return nil
		}
		sum := sha256.New()
		n, err := io.Copy(io.MultiWriter(file, sum), body)
		if err != nil {
			return fmt.Errorf("spool layers: %w", err)
		}
		layers.spans["sha256:"+hex.EncodeToString(sum.Sum(nil))] = io.NewSectionReader(file, offset, n)
		offset += n
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return layers, nil
}
