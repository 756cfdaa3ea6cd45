package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/compose"
	"github.com/hostwright/compose/translate/declared"
)

// configOptions are the flags of "config".
type configOptions struct {
	format, output, hash                                      string
	quiet, services, volumes, networks, images, profiles      bool
	models, variables, environment                            bool
	resolveDigests, lockDigests                               bool
	noInterpolate, noNormalize, noPaths, noConsistency, noEnv bool
	oldNames                                                  bool
}

func newConfig(c *composeCommand) *cobra.Command {
	o := &configOptions{}
	cmd := &cobra.Command{
		Use:   "config [OPTIONS] [SERVICE...]",
		Short: "Parse, resolve and print the compose file",
		Long:  "Print the project as it is understood: merged, with variables filled in, in its canonical form.",
		RunE:  func(cmd *cobra.Command, services []string) error { return c.config(cmd.Context(), o, services) },
	}
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "", "yaml or json")
	f.StringVarP(&o.output, "output", "o", "", "Save to a file")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "Only validate, print nothing")
	f.BoolVar(&o.services, "services", false, "Print service names, one a line")
	f.BoolVar(&o.volumes, "volumes", false, "Print volume names, one a line")
	f.BoolVar(&o.networks, "networks", false, "Print network names, one a line")
	f.BoolVar(&o.models, "models", false, "Print model names, one a line")
	f.BoolVar(&o.images, "images", false, "Print image names, one a line")
	f.BoolVar(&o.profiles, "profiles", false, "Print profile names, one a line")
	f.StringVar(&o.hash, "hash", "", "Print Docker Compose's hashes of services: names, or \"*\"")
	f.BoolVar(&o.variables, "variables", false, "Print the variables that the files refer to, and their defaults")
	f.BoolVar(&o.environment, "environment", false, "Print the environment used for interpolation")
	f.BoolVar(&o.resolveDigests, "resolve-image-digests", false, "Pin images to the digests of the local ones")
	f.BoolVar(&o.lockDigests, "lock-image-digests", false, "Print an override file with image digests only")
	f.BoolVar(&o.noInterpolate, "no-interpolate", false, "Do not fill in variables")
	f.BoolVar(&o.noNormalize, "no-normalize", false, "Do not add what the file leaves out")
	f.BoolVar(&o.noPaths, "no-path-resolution", false, "Do not resolve paths")
	f.BoolVar(&o.noConsistency, "no-consistency", false, "Do not check the model for consistency")
	f.BoolVar(&o.noEnv, "no-env-resolution", false, "Do not read env files")
	return cmd
}

// config loads and prints. It needs no runtime, but to pin images.
func (c *composeCommand) config(ctx context.Context, o *configOptions, services []string) error {
	o.noNormalize = o.noNormalize || c.compatibility // as Docker Compose
	load := c.loadOptions()
	load.NoInterpolate, load.NoNormalize, load.NoConsistency = o.noInterpolate, o.noNormalize, o.noConsistency
	load.NoPathResolution, load.NoEnvResolution = o.noPaths, o.noEnv
	text, err := c.configText(ctx, o, load, services)
	if err != nil || o.quiet {
		return err
	}
	if o.output != "" && len(text) > 0 && !o.names() {
		path := o.output
		if !filepath.IsAbs(path) {
			path = filepath.Join(c.app.Dir, path)
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			return fmt.Errorf("save the configuration: %w", err)
		}
		return nil
	}
	_, err = c.app.Streams.Out.Write(text)
	return err
}

// names tells whether something else than the model is asked for.
func (o *configOptions) names() bool {
	return o.services || o.volumes || o.networks || o.models || o.hash != "" || o.images || o.profiles || o.variables || o.environment
}

// configText gives what is to be printed. Of several flags the first counts, in Docker Compose's order.
func (c *composeCommand) configText(ctx context.Context, o *configOptions, load compose.Options, services []string) ([]byte, error) {
	switch {
	case o.services && o.noInterpolate:
		m, err := c.loadModel(ctx, load)
		if err != nil {
			return nil, err
		}
		return lines(m.ServiceNames()), nil
	case o.services, o.volumes, o.networks, o.models:
		load.NoEnvResolution = true
	case o.hash != "":
		return c.hashes(ctx, o, load)
	case o.profiles, o.images, o.environment && !o.variables:
		load.Services = services
	case o.variables:
		return c.variables(ctx, o, load, services)
	case o.noInterpolate:
		return c.modelText(ctx, o, load, services)
	default:
		return c.projectText(ctx, o, load, services)
	}
	p, err := c.loadAndTell(ctx, load)
	if err != nil {
		return nil, err
	}
	o.oldNames = c.oldNames()
	return lines(o.list(p)), nil
}

// loadAndTell loads a project and prints what the loader found.
func (c *composeCommand) loadAndTell(ctx context.Context, load compose.Options) (*compose.Project, error) {
	p, err := c.load(ctx, load)
	if err != nil {
		return nil, err
	}
	return p, c.printFindings(c.app.Streams.Err, p.Findings)
}

func (c *composeCommand) loadModel(ctx context.Context, load compose.Options) (*compose.Model, error) {
	load.NoInterpolate = true
	m, err := compose.LoadModel(ctx, load)
	if err != nil {
		return nil, err
	}
	return m, c.printFindings(c.app.Streams.Err, m.Findings)
}

// list gives the names that are asked for.
func (o *configOptions) list(p *compose.Project) []string {
	switch {
	case o.services:
		return dependenciesFirst(p)
	case o.volumes:
		return p.VolumeNames()
	case o.networks:
		return p.NetworkNames()
	case o.models:
		return modelNames(p)
	case o.profiles:
		return allProfiles(p)
	case o.images:
		return imageNames(p, o.oldNames)
	}
	return p.Environment.Values()
}

func lines(list []string) []byte {
	var b strings.Builder
	for _, line := range list {
		b.WriteString(line + "\n")
	}
	return []byte(b.String())
}

// dependenciesFirst are the services, each after those that it depends on, by name where that leaves a choice.
func dependenciesFirst(p *compose.Project) []string {
	var out []string
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		s, ok := p.Services[name]
		if seen[name] || !ok {
			return
		}
		seen[name] = true
		needed := s.GetDependencies()
		slices.Sort(needed)
		for _, d := range needed {
			visit(d)
		}
		out = append(out, name)
	}
	for _, name := range p.ServiceNames() {
		visit(name)
	}
	return out
}

func modelNames(p *compose.Project) []string {
	var out []string
	for _, m := range p.Models {
		if m.Model != "" {
			out = append(out, m.Model)
		}
	}
	slices.Sort(out)
	return out
}

// imageNames are the images of the services, sorted; one of several services comes for each, as on Docker Compose.
func imageNames(p *compose.Project, old bool) []string {
	var out []string
	for name, s := range p.Services {
		image := s.Image
		if image == "" {
			image = declared.ImageName(p.Name, name, old)
		}
		out = append(out, image)
	}
	slices.Sort(out)
	return out
}

// allProfiles are the profiles that services name, sorted.
func allProfiles(p *compose.Project) []string {
	var out []string
	for _, s := range p.AllServices() {
		out = append(out, s.Profiles...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
