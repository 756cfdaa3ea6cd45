//go:build linux

package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hostwright/compose/e2e/container/argv"
)

func (c *call) imageLoadCommand() *argv.Command {
	return &argv.Command{
		Name: "load", Abstract: "Load images from an OCI compatible tar archive",
		Options: []argv.Option{
			{Names: []string{"i", "input"}, Help: "Path to the image tar archive"},
			{Names: []string{"f", "force"}, Kind: argv.Flag, Help: "Load images even if the archive contains invalid files"},
			debugOption(),
		},
		Run: c.withServices(func(in *argv.Invocation) error {
			if !in.Given("input") {
				return c.loadImages(c.stdin, in.Bool("force"))
			}
			path := c.absolute(in.String("input"))
			file, err := os.Open(path)
			if errors.Is(err, os.ErrNotExist) {
				c.log("file does not exist: %s", swiftMetadata(map[string]string{"path": path}))
				return exitStatus(1)
			}
			if err != nil {
				return fmt.Errorf("open archive: %w", err)
			}
			defer file.Close()
			return c.loadImages(file, in.Bool("force"))
		}),
	}
}

// loadImages brings the images of a layout into the content store, layers too, and into the engine, and names them as the
// layout does.
func (c *call) loadImages(from io.Reader, force bool) error {
	archive, err := readLayout(from, c.content())
	if err != nil {
		return err
	}
	if len(archive.rejected) > 0 && !force {
		return fail(codeInvalidArgument, "cannot load tar image with rejected paths: %s", swiftList(archive.rejected))
	}
	for name, there := range map[string]bool{"oci-layout": archive.marker, "index.json": archive.hasIndex} {
		if !there {
			return fail(codeNotFound, "%s", name)
		}
	}
	if len(archive.rejected) > 0 {
		c.log("archive contains invalid members: %s", swiftMetadata(map[string]string{"paths": swiftList(archive.rejected)}))
	}
	records := map[string]*imageRecord{}
	var names []string
	for _, d := range archive.index.Manifests {
		name, record, err := c.loadImage(d)
		if err != nil {
			return err
		}
		records[name] = record
		names = append(names, name)
	}
	if len(names) == 0 {
		return fail(codeInternalError, "failed to import image")
	}
	if err := c.storeImages(records); err != nil {
		return err
	}
	for _, name := range names {
		c.print(name)
	}
	return nil
}

// loadImage takes one entry of a layout's index.
func (c *call) loadImage(d layoutDescriptor) (string, *imageRecord, error) {
	name := d.imageName()
	if _, err := parseReference(name); err != nil {
		return "", nil, err
	}
	if !c.content().has(d.Digest) {
		return "", nil, missingContent(d.Digest)
	}
	record := &imageRecord{Descriptor: d.plain(), BuiltAs: d.Annotations[annotationImageName]}
	if d.isManifest() {
		record.BuiltAs = ""
		var manifest imageManifest
		if err := c.content().decode(d.Digest, &manifest); err != nil {
			return "", nil, err
		}
		p, err := c.content().platformOf(manifest.Config.Digest)
		if err != nil {
			return "", nil, err
		}
		if record.Descriptor, err = c.content().putIndex(d, p); err != nil {
			return "", nil, err
		}
	}
	var index imageIndex
	if err := c.content().decode(record.Descriptor.Digest, &index); err != nil {
		return "", nil, err
	}
	for _, m := range index.Manifests {
		if !m.isManifest() {
			continue
		}
		if err := c.loadVariant(m); err != nil {
			return "", nil, err
		}
	}
	return name, record, nil
}

func missingContent(digest string) error { return fail(codeUnknown, "missingContent(\"%s\")", digest) }

// loadVariant gives one manifest to the engine.
func (c *call) loadVariant(d layoutDescriptor) error {
	store := c.content()
	if !store.has(d.Digest) {
		return missingContent(d.Digest)
	}
	var manifest imageManifest
	if err := store.decode(d.Digest, &manifest); err != nil {
		return err
	}
	for _, part := range append([]layoutDescriptor{manifest.Config}, manifest.Layers...) {
		if !store.has(part.Digest) {
			return missingContent(part.Digest)
		}
	}
	if manifest.Config.MediaType != mediaConfig && manifest.Config.MediaType != "application/vnd.docker.container.image.v1+json" {
		return nil // an attestation: nothing that runs
	}
	docker, err := c.engine()
	if err != nil {
		return err
	}
	read, write := io.Pipe()
	go func() { write.CloseWithError(c.writeEngineArchive(write, manifest)) }()
	answer, err := docker.ImageLoad(c.ctx, read)
	if err != nil {
		_ = read.CloseWithError(err)
		return fmt.Errorf("load image: %w", c.engineError(err))
	}
	defer answer.Body.Close()
	return readEngineStream(answer.Body, nil)
}

// writeEngineArchive writes a variant in the form that the engine loads, with this root's tag as its only name.
func (c *call) writeEngineArchive(to io.Writer, manifest imageManifest) error {
	archive := tar.NewWriter(to)
	config := digestHex(manifest.Config.Digest) + ".json"
	entry := struct {
		Config   string
		RepoTags []string
		Layers   []string
	}{Config: config, RepoTags: []string{c.engineTag(manifest.Config.Digest)}, Layers: []string{}}
	if err := c.copyBlob(archive, config, manifest.Config); err != nil {
		return err
	}
	for _, layer := range manifest.Layers {
		name := digestHex(layer.Digest) + "/layer.tar"
		if err := c.copyBlob(archive, name, layer); err != nil {
			return err
		}
		entry.Layers = append(entry.Layers, name)
	}
	data, err := json.Marshal([]any{entry})
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "manifest.json", Size: int64(len(data)), Mode: 0o644}); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	if _, err := archive.Write(data); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return archive.Close()
}

func (c *call) copyBlob(archive *tar.Writer, name string, d layoutDescriptor) error {
	file, err := os.Open(c.content().path(d.Digest))
	if err != nil {
		return fmt.Errorf("read content: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read content: %w", err)
	}
	if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: 0o644}); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	if _, err := io.Copy(archive, file); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}
