package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// buildOptions are the flags of "build".
type buildOptions struct {
	args                         []string
	noCache, pull, push          bool
	quiet, deps                  bool
	ssh                          string
	builder, memory              string
	check, print                 bool
	provenance, sbom             string
	compress, forceRM, noRM, par bool
	progress                     string
}

func (c *composeCommand) buildChange() change {
	o := &buildOptions{}
	return change{
		use:       "build [OPTIONS] [SERVICE...]",
		short:     "Build or rebuild services",
		long:      "Build the images of services that have a `build:`. Containers are not touched: `up -d` then uses the images.",
		goalFlags: o.addGoalFlags,
		runFlags:  o.addRunFlags,
		check:     o.refuse,
		request: func(ctx context.Context, f *pflag.FlagSet, services []string) (orchestrate.Request, error) {
			r, err := c.imageRequest(ctx, plan.Goal{Verb: plan.Build, Push: o.push}, services, o.deps)
			if err != nil {
				return r, err
			}
			project, err := o.applied(c, *r.Project)
			r.Project = &project
			return r, err
		},
		run: func(ctx context.Context, r orchestrate.Request) error {
			op := &operation{c: c, request: r, title: "build", quietBuild: o.quiet, quietPull: o.quiet}
			_, err := op.run(ctx)
			return err
		},
	}
}

func (o *buildOptions) addGoalFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.args, "build-arg", nil, "Set a build argument, KEY=VALUE, or KEY to pass on the caller's")
	f.BoolVar(&o.noCache, "no-cache", false, "Build without the builder's cache")
	f.BoolVar(&o.pull, "pull", false, "Look for newer base images")
	f.BoolVar(&o.push, "push", false, "Push the images after building them")
	f.BoolVar(&o.deps, "with-dependencies", false, "Also build services that the named ones depend on")
	f.StringVar(&o.ssh, "ssh", "", "Forward the SSH agent to the builder: default")
}

func (o *buildOptions) addRunFlags(f *pflag.FlagSet) {
	f.BoolVarP(&o.quiet, "quiet", "q", false, "Build without the builder's log")
	f.StringVar(&o.builder, "builder", "", "Not supported: there is one builder")
	f.StringVarP(&o.memory, "memory", "m", "", "Not supported: the builder has one size")
	f.BoolVar(&o.check, "check", false, "Not supported: the builder has no such mode")
	f.BoolVar(&o.print, "print", false, "Not supported: there is no bake file")
	f.StringVar(&o.provenance, "provenance", "", "Not supported: the builder makes no attestations")
	f.StringVar(&o.sbom, "sbom", "", "Not supported: the builder makes no attestations")
	f.BoolVar(&o.compress, "compress", true, "Deprecated, without effect")
	f.BoolVar(&o.forceRM, "force-rm", true, "Deprecated, without effect")
	f.BoolVar(&o.noRM, "no-rm", false, "Deprecated, without effect")
	f.BoolVar(&o.par, "parallel", true, "Deprecated, without effect")
	f.StringVar(&o.progress, "progress", "", "Deprecated: --progress stands before the command")
	for _, name := range []string{
		"builder", "memory", "check", "print", "provenance", "sbom", "compress", "force-rm", "no-rm", "parallel", "progress",
	} {
		_ = f.MarkHidden(name)
	}
}

// refuse says why an option cannot work here.
func (o *buildOptions) refuse(f *pflag.FlagSet) error {
	for _, u := range []struct{ flag, reason, hint string }{
		{"builder", "Apple container has one builder", ""},
		{"memory", "the builder has one size for all builds; another one would make it anew, without its cache", "`container builder start --memory` sets it"},
		{"check", "the builder cannot check without building", "`hostwright compose config -q` checks the compose file"},
		{"print", "builds do not go through a bake file", "`hostwright compose plan build` shows what would be built"},
		{"provenance", "the builder makes no attestations", ""},
		{"sbom", "the builder makes no attestations", ""},
		{"progress", "it is a flag of compose itself", "hostwright compose --progress " + o.progress + " build"},
	} {
		if f.Changed(u.flag) {
			return &usageError{message: fmt.Sprintf("build --%s is not supported: %s", u.flag, u.reason), hint: u.hint}
		}
	}
	if f.Changed("ssh") && o.ssh != "" && o.ssh != "default" {
		return &usageError{
			message: fmt.Sprintf("build --ssh %s is not supported: the builder gets the default agent only", o.ssh),
			hint:    "add the key to your agent with `ssh-add` and use --ssh default",
		}
	}
	for _, arg := range o.args {
		if key, _, _ := strings.Cut(arg, "="); key == "" {
			return &usageError{message: fmt.Sprintf("invalid --build-arg %q", arg), hint: "KEY=VALUE, or KEY"}
		}
	}
	return nil
}

// applied gives the project with the flags applied to every build section.
func (o *buildOptions) applied(c *composeCommand, p declared.Project) (declared.Project, error) {
	args := o.arguments(c)
	p.Services = slices.Clone(p.Services)
	for i := range p.Services {
		s := &p.Services[i]
		if s.Build == nil {
			continue
		}
		b := *s.Build
		b.NoCache, b.Pull, b.SSH = b.NoCache || o.noCache, b.Pull || o.pull, b.SSH || o.ssh != ""
		b.Args = withArguments(b.Args, args)
		s.Build = &b
	}
	return p, nil
}

// arguments reads --build-arg; a KEY that is not set in our environment is left out.
func (o *buildOptions) arguments(c *composeCommand) []declared.KeyVal {
	var out []declared.KeyVal
	for _, arg := range o.args {
		key, value, given := strings.Cut(arg, "=")
		if !given {
			if value, given = c.app.lookup(key); !given {
				continue
			}
		}
		out = append(out, declared.KeyVal{Key: key, Value: value})
	}
	return out
}

// withArguments puts arguments over those of the file; the list stays sorted.
func withArguments(file, given []declared.KeyVal) []declared.KeyVal {
	out := slices.Clone(file)
	for _, a := range given {
		i, found := slices.BinarySearchFunc(out, a.Key, func(k declared.KeyVal, key string) int { return cmp.Compare(k.Key, key) })
		if found {
			out[i] = a
			continue
		}
		out = slices.Insert(out, i, a)
	}
	return out
}

// aboutBuilds keeps the findings about build sections.
func aboutBuilds(list finding.List) finding.List {
	var out finding.List
	for _, f := range list {
		if parts := strings.SplitN(f.Path, ".", 4); len(parts) > 2 && parts[0] == "services" && strings.HasPrefix(parts[2], "build") {
			out = append(out, f)
		}
	}
	return out
}
