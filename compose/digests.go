package compose

import (
	"fmt"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"
)

// WithDigests gives the project with the images of its services pinned: resolve gives the digest ("sha256:...") of an
// image as it is written.
func (p *Project) WithDigests(resolve func(image string) (string, error)) (*Project, error) {
	pinned, err := p.WithImagesResolved(resolver(resolve))
	if err != nil {
		return nil, err
	}
	out := *p
	out.Project = pinned
	return &out, nil
}

func resolver(resolve func(string) (string, error)) func(reference.Named) (digest.Digest, error) {
	return func(named reference.Named) (digest.Digest, error) {
		text, err := resolve(reference.FamiliarString(named))
		if err != nil {
			return "", err
		}
		return digest.Parse(text)
	}
}

// ImagesOnly gives a project that has nothing but the services' images: an override that pins them.
func (p *Project) ImagesOnly() *Project {
	services := types.Services{}
	for name, s := range p.Services {
		services[name] = types.ServiceConfig{ContainerSpec: types.ContainerSpec{Image: s.Image}}
	}
	out := *p
	out.Project = &types.Project{Services: services}
	return &out
}

// PinImages replaces the images of a model's services by what they resolve to. An image with variables has no digest.
func (m *Model) PinImages(resolve func(image string) (string, error)) error {
	services, _ := m.Content["services"].(map[string]any)
	pseudo := &types.Project{Services: types.Services{}}
	for name, value := range services {
		if s, ok := value.(map[string]any); ok {
			image, _ := s["image"].(string)
			pseudo.Services[name] = types.ServiceConfig{ContainerSpec: types.ContainerSpec{Image: image}}
		}
	}
	pinned, err := pseudo.WithImagesResolved(resolver(resolve))
	if err != nil {
		return fmt.Errorf("pin images: %w", err)
	}
	for name, s := range pinned.Services {
		if s.Image != "" {
			services[name].(map[string]any)["image"] = s.Image
		}
	}
	return nil
}

// KeepImages leaves nothing in the model but the images of services.
func (m *Model) KeepImages() {
	for key, value := range m.Content {
		services, ok := value.(map[string]any)
		if key != "services" || !ok {
			delete(m.Content, key)
			continue
		}
		for _, value := range services {
			s, _ := value.(map[string]any)
			for attribute := range s {
				if attribute != "image" {
					delete(s, attribute)
				}
			}
		}
	}
}
