package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/compose"
)

// projectText is the project in its canonical form.
func (c *composeCommand) projectText(ctx context.Context, o *configOptions, load compose.Options, services []string) ([]byte, error) {
	load.Services = services
	p, err := c.loadAndTell(ctx, load)
	if err != nil {
		return nil, err
	}
	if o.resolveDigests || o.lockDigests {
		if p, err = p.WithDigests(c.localDigests(ctx)); err != nil {
			return nil, err
		}
	}
	if o.lockDigests {
		p = p.ImagesOnly()
	}
	return p.Marshal(o.format) // JSON without a newline at its end, as Docker Compose
}

// modelText is the model with its variables.
func (c *composeCommand) modelText(ctx context.Context, o *configOptions, load compose.Options, services []string) ([]byte, error) {
	if len(services) > 0 {
		c.say("Warning: service filtering is not applied when --no-interpolate is set, the full model will be rendered")
	}
	m, err := c.loadModel(ctx, load)
	if err != nil {
		return nil, err
	}
	if o.resolveDigests || o.lockDigests {
		if err := m.PinImages(c.localDigests(ctx)); err != nil {
			return nil, err
		}
	}
	if o.lockDigests {
		m.KeepImages()
	}
	return m.Marshal(o.format)
}

// hashes gives a line with the hash for each service: of all that the profiles allow, or of those named.
func (c *composeCommand) hashes(ctx context.Context, o *configOptions, load compose.Options) ([]byte, error) {
	if o.hash != "*" {
		names := strings.Split(o.hash, ",")
		if err := c.checkEnabled(ctx, load, names); err != nil {
			return nil, err
		}
		load.Services, load.NoDeps = names, true
	}
	p, err := c.loadAndTell(ctx, load)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range p.ServiceNames() {
		hash, err := compose.ServiceHash(p.Services[name])
		if err != nil {
			return nil, err
		}
		out = append(out, name+" "+hash)
	}
	return lines(out), nil
}

// checkEnabled refuses services that the profiles do not allow: naming one for a hash does not switch its profile on.
func (c *composeCommand) checkEnabled(ctx context.Context, load compose.Options, names []string) error {
	load.NoEnvResolution = true
	p, err := c.load(ctx, load)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, ok := p.Services[name]; !ok {
			return &usageError{message: "no such service: " + name, hint: "services of this project: " + strings.Join(p.ServiceNames(), ", ")}
		}
	}
	return nil
}

// variables gives the variables that the files refer to.
func (c *composeCommand) variables(ctx context.Context, o *configOptions, load compose.Options, services []string) ([]byte, error) {
	if len(services) > 0 {
		c.say("Warning: service filtering is not applied when --variables is set, variables from the full model will be rendered")
	}
	load.NoValidation = true
	m, err := c.loadModel(ctx, load)
	if err != nil {
		return nil, err
	}
	var list []view.Variable
	for _, v := range m.Variables() {
		list = append(list, view.Variable(v))
	}
	var b strings.Builder
	err = view.Variables(&b, list, o.format)
	return []byte(b.String()), err
}

// localDigests resolves images to the digests of the local ones: the runtime has no way to ask a registry without
// pulling. It lists the images once.
func (c *composeCommand) localDigests(ctx context.Context) func(string) (string, error) {
	listing := sync.OnceValues(func() ([]adapter.Image, error) {
		runtime, err := c.app.Adapter()
		if err != nil {
			return nil, err
		}
		return runtime.ListImages(ctx)
	})
	return func(image string) (string, error) {
		images, err := listing()
		if err != nil {
			return "", err
		}
		runtime, err := c.app.Adapter()
		if err != nil {
			return "", err
		}
		reference, err := runtime.NormaliseReference(image)
		if err != nil {
			return "", err
		}
		for _, name := range []string{reference, image} {
			if i := slices.IndexFunc(images, func(i adapter.Image) bool { return i.Reference == name }); i >= 0 {
				return images[i].Digest, nil
			}
		}
		return "", &usageError{
			message: fmt.Sprintf("failed to resolve digest for %s: it is not on this machine", image),
			hint:    "digests are those of local images: pull it first, `hostwright compose pull`",
		}
	}
}
