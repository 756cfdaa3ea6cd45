package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
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
	format, output                                            string
	quiet, services, volumes, networks, images, profiles      bool
	environment                                               bool
	noInterpolate, noNormalize, noPaths, noConsistency, noEnv bool
}

func newConfig(c *composeCommand) *cobra.Command {
	o := &configOptions{}
	cmd := &cobra.Command{
		Use:   "config [OPTIONS] [SERVICE...]",
		Short: "Parse, resolve and print the compose file",
		Long:  "Print the project as it is understood: merged, with variables filled in, in its canonical form.",
		RunE: func(cmd *cobra.Command, services []string) error {
			if err := refuseUnsupported(cmd, configUnsupported); err != nil {
				return err
			}
			return c.config(cmd.Context(), o, services)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "yaml", "yaml or json")
	f.StringVarP(&o.output, "output", "o", "", "Save to a file")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "Only validate, print nothing")
	f.BoolVar(&o.services, "services", false, "Print service names, one a line")
	f.BoolVar(&o.volumes, "volumes", false, "Print volume names, one a line")
	f.BoolVar(&o.networks, "networks", false, "Print network names, one a line")
	f.BoolVar(&o.images, "images", false, "Print image names, one a line")
	f.BoolVar(&o.profiles, "profiles", false, "Print profile names, one a line")
	f.BoolVar(&o.environment, "environment", false, "Print the environment used for interpolation")
	f.BoolVar(&o.noInterpolate, "no-interpolate", false, "Do not fill in variables")
	f.BoolVar(&o.noNormalize, "no-normalize", false, "Do not add what the file leaves out")
	f.BoolVar(&o.noPaths, "no-path-resolution", false, "Do not resolve paths")
	f.BoolVar(&o.noConsistency, "no-consistency", false, "Do not check the model for consistency")
	f.BoolVar(&o.noEnv, "no-env-resolution", false, "Do not read env files")
	addUnsupportedFlags(cmd, configUnsupported)
	return cmd
}

// config loads and prints. It needs no runtime.
func (c *composeCommand) config(ctx context.Context, o *configOptions, services []string) error {
	if o.format != "yaml" && o.format != "json" {
		return &usageError{message: fmt.Sprintf("unsupported format %q", o.format), hint: "yaml or json"}
	}
	load := c.loadOptions()
	load.Services = services
	load.NoInterpolate, load.NoNormalize, load.NoConsistency = o.noInterpolate, o.noNormalize, o.noConsistency
	load.NoPathResolution, load.NoEnvResolution = o.noPaths, o.noEnv || o.names()
	p, err := c.load(ctx, load)
	if err != nil {
		return err
	}
	if err := c.printFindings(c.app.Streams.Err, p.Findings); err != nil {
		return err
	}
	if o.quiet {
		return nil
	}
	text, err := o.text(p)
	if err != nil {
		return err
	}
	if o.output != "" {
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

// names tells whether only names are asked for.
func (o *configOptions) names() bool {
	return o.services || o.volumes || o.networks || o.images || o.profiles || o.environment
}

func (o *configOptions) text(p *compose.Project) ([]byte, error) {
	var lines []string
	switch {
	case o.services:
		lines = p.ServiceNames()
	case o.volumes:
		lines = p.VolumeNames()
	case o.networks:
		lines = p.NetworkNames()
	case o.images:
		lines = imageNames(p)
	case o.profiles:
		lines = allProfiles(p)
	case o.environment:
		for _, key := range slices.Sorted(maps.Keys(p.Environment)) {
			lines = append(lines, key+"="+p.Environment[key])
		}
	default:
		text, err := p.Marshal(o.format)
		if err == nil && !strings.HasSuffix(string(text), "\n") {
			text = append(text, '\n')
		}
		return text, err
	}
	var b strings.Builder
	for _, line := range lines {
		_, _ = io.WriteString(&b, line+"\n")
	}
	return []byte(b.String()), nil
}

// imageNames are the images of the services, sorted, each once.
func imageNames(p *compose.Project) []string {
	var out []string
	for name, s := range p.Services {
		image := s.Image
		if image == "" {
			image = declared.ImageName(p.Name, name)
		}
		out = append(out, image)
	}
	slices.Sort(out)
	return slices.Compact(out)
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
