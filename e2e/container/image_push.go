//go:build linux

package main

import (
	"errors"

	"github.com/hostwright/compose/e2e/container/argv"
)

func (c *call) imagePushCommand() *argv.Command {
	options := []argv.Option{c.schemeOption(), progressOption()}
	options = append(options, platformOptions("push")...)
	return &argv.Command{
		Name: "push", Abstract: "Push an image", Options: append(options, debugOption()), Args: []argv.Arg{{Name: "reference"}},
		Run: c.withServices(func(in *argv.Invocation) error {
			wanted, err := c.askedPlatform(in.String("platform"), in.String("os"), in.String("arch"))
			if err != nil {
				return err
			}
			return c.pushImage(in.Arg("reference"), in.String("scheme"), in.String("progress"), wanted)
		}),
	}
}

// pushImage uploads layers and configurations, then manifests, then the index under the image's tag.
func (c *call) pushImage(text, scheme, progress string, wanted *platform) error {
	if _, err := c.requestScheme(scheme, "localhost"); err != nil {
		return err
	}
	now, err := c.store.read()
	if err != nil {
		return err
	}
	name, record, err := now.findImage(text)
	if err != nil {
		return err
	}
	if record == nil {
		return fail(codeNotFound, "image with reference %s", text)
	}
	ref, err := parseReference(name)
	if err != nil {
		return err
	}
	if ref.domain == "" {
		return fail(codeInvalidArgument, "could not extract host from reference %s", name)
	}
	if scheme, err = c.requestScheme(scheme, ref.domain); err != nil {
		return err
	}
	image := &savedImage{text: text, name: name, record: record}
	if err := c.selectVariants(image, wanted); err != nil {
		return err
	}
	registry, err := c.newRegistryClient(ref, scheme)
	if err != nil {
		return err
	}
	registry.endpoints = []string{registry.shown} // a mirror takes nothing
	c.progress(progress, "Pushing image "+name)
	for _, v := range image.variants {
		if err := c.pushVariant(registry, image, v); err != nil {
			return withCredentialHint(err)
		}
	}
	err = registry.pushManifest(c.ctx, record.Descriptor.MediaType, ref.identifier(), image.data)
	if err != nil {
		return withCredentialHint(err)
	}
	c.print(name)
	return nil
}

func (c *call) pushVariant(registry *registryClient, image *savedImage, v imageVariant) error {
	var engine *engineLayers
	for _, part := range append([]layoutDescriptor{v.Manifest.Config}, v.Manifest.Layers...) {
		there, err := registry.hasBlob(c.ctx, part.Digest)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		body, err := c.openLayer(image, v, part, &engine)
		if err != nil {
			return err
		}
		err = registry.pushBlob(c.ctx, part, body)
		if err = errors.Join(err, body.Close()); err != nil {
			return err
		}
	}
	if engine != nil {
		if err := engine.file.Close(); err != nil {
			return err
		}
	}
	data, err := c.content().read(v.Descriptor.Digest)
	if err != nil {
		return err
	}
	return registry.pushManifest(c.ctx, v.Descriptor.MediaType, v.Descriptor.Digest, data)
}
