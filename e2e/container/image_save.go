//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hostwright/compose/e2e/container/argv"
)

func (c *call) imageSaveCommand() *argv.Command {
	return &argv.Command{
		Name: "save", Abstract: "Save one or more images as an OCI compatible tar archive",
		Options: []argv.Option{
			{Names: []string{"a", "arch"}, Help: "Architecture for the saved image"},
			{Names: []string{"os"}, Help: "OS for the saved image"},
			{Names: []string{"o", "output"}, Help: "Pathname for the saved image"},
			{Names: []string{"platform"}, Help: "Platform for the saved image (format: os/arch[/variant], takes precedence over --os and --arch) [environment: CONTAINER_DEFAULT_PLATFORM]"},
			debugOption(),
		},
		Args: []argv.Arg{{Name: "references", Repeat: true}},
		Run: c.withServices(func(in *argv.Invocation) error {
			wanted, err := c.askedPlatform(in.String("platform"), in.String("os"), in.String("arch"))
			if err != nil {
				return err
			}
			output := ""
			if in.Given("output") {
				output = c.absolute(in.String("output"))
			}
			return c.saveImages(in.Args("references"), output, wanted)
		}),
	}
}

// savedImage is one image on its way into a layout.
type savedImage struct {
	text     string // as typed
	name     string
	record   *imageRecord
	index    imageIndex
	data     []byte // of the index that is written; another one than the stored if platforms were left out
	variants []imageVariant
}

// saveImages writes the images as one layout, to a file or to stdout. The layers follow as a stream: whoever only wants a
// configuration can stop reading before them.
func (c *call) saveImages(texts []string, output string, wanted *platform) error {
	images, err := c.imagesToSave(texts)
	if err != nil {
		return err
	}
	for _, image := range images {
		if err := c.selectVariants(image, wanted); err != nil {
			return err
		}
	}
	to, done := io.Writer(c.stdout), func() error { return nil }
	if output != "" {
		file, err := os.Create(output)
		if err != nil {
			return fail(codeInternalError, "failed to create file %s", output)
		}
		to, done = file, file.Close
	}
	if err := errors.Join(c.writeLayout(to, images), done()); err != nil {
		return err
	}
	for _, text := range texts {
		switch {
		case output != "" || !c.version.atLeast(1, 1, 0):
			c.print(text) // up to 1.0.0 also behind the archive on stdout
		default:
			c.log("%s", text)
		}
	}
	return nil
}

func (c *call) imagesToSave(texts []string) ([]*savedImage, error) {
	now, err := c.store.read()
	if err != nil {
		return nil, err
	}
	var images []*savedImage
	for _, text := range texts {
		name, record, err := now.findImage(text)
		if err == nil && record == nil {
			err = fail(codeNotFound, "image with reference %s", text)
		}
		if err != nil {
			c.log("failed to get image for reference %s: %s", text, err)
			continue
		}
		images = append(images, &savedImage{text: text, name: name, record: record})
	}
	if len(images) != len(texts) {
		return nil, fail(codeInvalidArgument, "failed to save image(s)")
	}
	return images, nil
}

// selectVariants decides what of an image is saved. Without a platform everything that the index lists must be present, or
// the save fails, as it does for an image that was pulled for one platform only.
func (c *call) selectVariants(image *savedImage, wanted *platform) error {
	digest := image.record.Descriptor.Digest
	data, err := c.content().read(digest)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &image.index); err != nil {
		return fmt.Errorf("read index %s: %w", digest, err)
	}
	present, err := c.content().variants(digest)
	if err != nil {
		return err
	}
	image.data = data
	if wanted == nil {
		image.variants = present
		if len(present) != len(image.index.Manifests) {
			return fail(codeNotFound, "%s", errNoContent)
		}
		return nil
	}
	return image.keepOnly(*wanted, present)
}

func (s *savedImage) keepOnly(wanted platform, present []imageVariant) error {
	var available []string
	for _, d := range s.index.Manifests {
		if d.Platform != nil && d.Platform.text() != "unknown/unknown" {
			available = append(available, d.Platform.text())
		}
	}
	for _, v := range present {
		if v.Platform.same(wanted) {
			s.variants = append(s.variants, v)
		}
	}
	if len(s.variants) == 0 {
		list := "none"
		if len(available) > 0 {
			list = strings.Join(available, ", ")
		}
		return fail(codeInvalidArgument, "image %s has no content for platform %s; available platforms: %s", s.text, wanted.text(), list)
	}
	if len(s.variants) == len(s.index.Manifests) {
		return nil
	}
	reduced := s.index
	reduced.Manifests = nil
	for _, v := range s.variants {
		reduced.Manifests = append(reduced.Manifests, v.Descriptor)
	}
	var err error
	if s.data, err = json.Marshal(reduced); err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	return nil
}

// writeLayout writes all images: first all that is JSON, then the layers.
func (c *call) writeLayout(to io.Writer, images []*savedImage) error {
	w := newLayoutWriter(to)
	var list []layoutDescriptor
	for _, image := range images {
		names := map[string]string{}
		for _, key := range []string{annotationImageName, annotationContainerd, annotationReferenceName} {
			names[key] = image.name
		}
		list = append(list, layoutDescriptor{
			MediaType: image.record.Descriptor.MediaType, Digest: digestOf(image.data), Size: int64(len(image.data)), Annotations: names,
		})
	}
	if err := w.begin(list); err != nil {
		return err
	}
	for i, image := range images {
		if err := w.blob(list[i].Digest, image.data); err != nil {
			return err
		}
		for _, v := range image.variants {
			for _, digest := range []string{v.Descriptor.Digest, v.Manifest.Config.Digest} {
				data, err := c.content().read(digest)
				if err != nil {
					return err
				}
				if err := w.blob(digest, data); err != nil {
					return err
				}
			}
		}
	}
	for _, image := range images {
		for _, v := range image.variants {
			if err := c.writeLayers(w, image, v); err != nil {
				return err
			}
		}
	}
	return w.close()
}

// writeLayers writes the layers of a variant from where they are: the content store (loaded images), the registry (pulled
// ones), else the engine (built ones).
func (c *call) writeLayers(w *layoutWriter, image *savedImage, v imageVariant) error {
	var engine *engineLayers
	for _, layer := range v.Manifest.Layers {
		if !w.needs(layer.Digest) {
			continue
		}
		body, err := c.openLayer(image, v, layer, &engine)
		if err != nil {
			return err
		}
		err = w.stream(layer.Digest, layer.Size, body)
		if err = errors.Join(err, body.Close()); err != nil {
			return err
		}
	}
	if engine != nil {
		return engine.file.Close()
	}
	return nil
}

func (c *call) openLayer(image *savedImage, v imageVariant, layer layoutDescriptor, engine **engineLayers) (io.ReadCloser, error) {
	if c.content().has(layer.Digest) {
		file, err := os.Open(c.content().path(layer.Digest))
		if err != nil {
			return nil, fmt.Errorf("read content: %w", err)
		}
		return file, nil
	}
	if source := image.record.Source; source != nil {
		ref, err := parseReference(source.Reference)
		if err != nil {
			return nil, err
		}
		registry, err := c.newRegistryClient(ref, source.Scheme)
		if err != nil {
			return nil, err
		}
		if registry.login == nil {
			registry.login = source.Login
		}
		body, err := registry.open(c.ctx, layer)
		if err != nil {
			return nil, withCredentialHint(err)
		}
		return body, nil
	}
	if *engine == nil {
		spooled, err := c.spoolEngineLayers(c.engineTag(v.Manifest.Config.Digest))
		if err != nil {
			return nil, err
		}
		*engine = spooled
	}
	span := (*engine).spans[layer.Digest]
	if span == nil {
		return nil, fail(codeNotFound, "content with digest %s", layer.Digest)
	}
	return io.NopCloser(span), nil
}
