package applecontainer

import (
	"errors"
	"slices"
	"strings"

	"github.com/hostwright/compose/adapter"
)

type imageJSON struct {
	Configuration *struct {
		Name       string `json:"name"`
		Created    stamp  `json:"creationDate"`
		Descriptor struct {
			Digest string `json:"digest"`
		} `json:"descriptor"`
	} `json:"configuration"`
	Variants []variantJSON `json:"variants"`
}

type variantJSON struct {
	Platform platformJSON `json:"platform"`
	Digest   string       `json:"digest"`
	Size     uint64       `json:"size"`
	Config   struct {
		Config struct {
			User       string
			Env        []string
			Entrypoint []string
			Cmd        []string
			WorkingDir string
			Labels     map[string]string
			StopSignal string
		} `json:"config"`
	} `json:"config"`
}

// storedImage is an image with the name under which the runtime stores it.
type storedImage struct {
	adapter.Image
	stored string
}

// decodeImages reads `image list`, sorted by reference. An image built here may be stored as "web:latest" beside a
// pulled "docker.io/library/web:latest"; the runtime's own look-up finds the built one, so it stands for both.
func decodeImages(output []byte) ([]adapter.Image, error) {
	stored, err := decodeList(output, imageJSON.image)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(stored, func(a, b storedImage) int {
		if order := strings.Compare(a.Reference, b.Reference); order != 0 {
			return order
		}
		return len(a.stored) - len(b.stored)
	})
	list := make([]adapter.Image, 0, len(stored))
	for _, image := range stored {
		if n := len(list); n == 0 || list[n-1].Reference != image.Reference {
			list = append(list, image.Image)
		}
	}
	return list, nil
}

func (j imageJSON) image() (storedImage, error) {
	c := j.Configuration
	if c == nil || c.Name == "" {
		return storedImage{}, errors.New("an image without a name")
	}
	if c.Descriptor.Digest == "" {
		return storedImage{}, errors.New("image " + c.Name + " has no digest")
	}
	image := adapter.Image{Reference: normalised(c.Name), Digest: c.Descriptor.Digest, Created: c.Created.Time}
	for _, v := range j.Variants {
		if v.Platform.OS == "unknown" { // a build's attestation
			continue
		}
		config := v.Config.Config
		image.Size += clamp(v.Size)
		image.Variants = append(image.Variants, adapter.Variant{
			Platform: v.Platform.String(), Digest: v.Digest, Size: clamp(v.Size), User: config.User,
			Entrypoint: config.Entrypoint, Command: config.Cmd, Env: config.Env, WorkingDir: config.WorkingDir,
			StopSignal: config.StopSignal, Labels: config.Labels,
		})
	}
	return storedImage{image, c.Name}, nil
}
