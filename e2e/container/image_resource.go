//go:build linux

package main

import (
	"time"
)

// The types of this file are the JSON of reference 3.2. What an image's configuration says of health checks, volumes and
// ports is not in it: the runtime does not show it.

type imageResource struct {
	ID            string              `json:"id"`
	Configuration imageConfiguration  `json:"configuration"`
	Variants      []imageVariantShown `json:"variants"`
}

type imageConfiguration struct {
	Name         string     `json:"name"`
	CreationDate swiftDate  `json:"creationDate"`
	Descriptor   descriptor `json:"descriptor"`
}

type imageVariantShown struct {
	Platform platform     `json:"platform"`
	Digest   string       `json:"digest"`
	Size     int64        `json:"size"`
	Config   ociImageJSON `json:"config"`
}

// ociImageJSON is an OCI image configuration reduced to what the runtime decodes. Absent and null are both left out.
type ociImageJSON struct {
	Created      *string        `json:"created,omitempty"`
	Author       *string        `json:"author,omitempty"`
	Architecture string         `json:"architecture"`
	OS           string         `json:"os"`
	Variant      *string        `json:"variant,omitempty"`
	Config       *ociConfigJSON `json:"config,omitempty"`
	RootFS       ociRootFS      `json:"rootfs"`
	History      *[]ociHistory  `json:"history,omitempty"`
}

type ociConfigJSON struct {
	User       *string            `json:"User,omitempty"`
	Env        *[]string          `json:"Env,omitempty"`
	Entrypoint *[]string          `json:"Entrypoint,omitempty"`
	Cmd        *[]string          `json:"Cmd,omitempty"`
	WorkingDir *string            `json:"WorkingDir,omitempty"`
	Labels     *map[string]string `json:"Labels,omitempty"`
	StopSignal *string            `json:"StopSignal,omitempty"`
}

type ociRootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

type ociHistory struct {
	Created    *string `json:"created,omitempty"`
	CreatedBy  *string `json:"created_by,omitempty"`
	Author     *string `json:"author,omitempty"`
	Comment    *string `json:"comment,omitempty"`
	EmptyLayer *bool   `json:"empty_layer,omitempty"`
}

// imageResource describes a stored image. Its date is that of the oldest variant, the epoch when none says.
func (c *call) imageResource(name string, record *imageRecord) (imageResource, error) {
	shown := imageResource{
		ID: digestHex(record.Descriptor.Digest), Variants: []imageVariantShown{},
		Configuration: imageConfiguration{Name: name, CreationDate: swiftDate{time.Unix(0, 0)}, Descriptor: record.Descriptor},
	}
	present, err := c.content().variants(record.Descriptor.Digest)
	if err != nil {
		return shown, err
	}
	var oldest time.Time
	for _, v := range present {
		one := imageVariantShown{Platform: v.Platform, Digest: v.Descriptor.Digest, Size: v.Manifest.size(v.Descriptor.Size)}
		if err := c.content().decode(v.Manifest.Config.Digest, &one.Config); err != nil {
			return shown, err
		}
		if one.Config.Created != nil {
			date, err := time.Parse(time.RFC3339Nano, *one.Config.Created)
			if err == nil && (oldest.IsZero() || date.Before(oldest)) {
				oldest = date
				shown.Configuration.CreationDate = swiftDate{date}
			}
		}
		shown.Variants = append(shown.Variants, one)
	}
	return shown, nil
}
