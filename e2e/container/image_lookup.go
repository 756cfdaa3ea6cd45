//go:build linux

package main

import (
	"encoding/json"
	"fmt"
)

// pullOptions say how a missing image is pulled.
type pullOptions struct {
	scheme        string
	maxConcurrent int64
	progress      string
}

// localImage is an image that is present, with what create needs of its configuration.
type localImage struct {
	Reference  string // as the container's configuration shows it
	Descriptor descriptor
	DockerID   string // what the engine knows it by
	Config     imageConfig

	configDigest string
}

// imageConfig is the part of an OCI image configuration that a container starts from, and what must be hidden from Docker.
type imageConfig struct {
	Env         []string
	Entrypoint  []string
	Cmd         []string
	WorkingDir  string
	User        string
	StopSignal  string
	Labels      map[string]string
	Volumes     map[string]struct{}
	Healthcheck json.RawMessage
}

// requireImage gives the image of a reference, pulling it when it is not present for the platform.
func (c *call) requireImage(reference string, wanted platform, how pullOptions) (*localImage, error) {
	now, err := c.store.read()
	if err != nil {
		return nil, err
	}
	name, record, err := now.findImage(reference)
	if err != nil {
		return nil, err
	}
	if record != nil {
		found, err := c.openImage(name, record, wanted)
		if err != nil {
			return nil, err
		}
		if found != nil {
			// Somebody may have cleaned the engine up behind our back; what was pulled can be pulled again.
			held, err := c.holdInEngine(found.configDigest, found.DockerID)
			if err != nil || held {
				return found, err
			}
		}
	}
	name, record, err = c.pullImage(reference, &wanted, how)
	if err != nil {
		return nil, err
	}
	found, err := c.openImage(name, record, wanted)
	if err == nil && found == nil {
		err = fail(codeUnsupported, "platform %s", wanted.text())
	}
	return found, err
}

// openImage reads the variant of an image for a platform; nil when it is not present.
func (c *call) openImage(name string, record *imageRecord, wanted platform) (*localImage, error) {
	variant, present, err := c.content().variant(record.Descriptor.Digest, wanted)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", name, err)
	}
	if !present {
		return nil, nil
	}
	var fields struct {
		Config imageConfig `json:"config"`
	}
	if err := c.content().decode(variant.Manifest.Config.Digest, &fields); err != nil {
		return nil, fmt.Errorf("image %s: %w", name, err)
	}
	digest := variant.Manifest.Config.Digest
	return &localImage{
		Reference: name, Descriptor: record.Descriptor, DockerID: c.engineTag(digest), Config: fields.Config, configDigest: digest,
	}, nil
}
