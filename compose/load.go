package compose

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/tree"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/compose-spec/compose-go/v2/utils"

	"github.com/hostwright/compose/translate/finding"
)

// Project is a loaded project: compose-go's, with the chosen services only, and where it comes from.
type Project struct {
	*types.Project
	// Files are the compose files as absolute paths, "-" for standard input, in order; included and extended ones are
	// not among them.
	Files []string
	// EnvFiles are those of --env-file, as absolute paths.
	EnvFiles []string
	// Attributes is the merged, interpolated model in its canonical form (short syntaxes expanded) as the files set
	// it, before implied dependencies, the default network and names are added. It holds values of the environment:
	// look at it, do not print it.
	Attributes map[string]any
	// Findings are the warnings of the loader.
	Findings finding.List

	index *index
}

// Position gives the place of a path such as "services.web.ports[0]" or "services.web.environment.A" in the files, the
// last one that sets it; the place of the nearest part of the path when no file has all of it.
func (p *Project) Position(path string) finding.Position { return p.index.position(path) }

// Set tells whether a file sets exactly this path.
func (p *Project) Set(path string) bool { return p.index.has(path) }

// Load finds and loads a project. Its errors are *Error. It reads files and, when a file is "-", o.Stdin; it writes
// nothing. Loading a second project at the same time waits for the first, since compose-go's warnings go through one
// logger. A project without any service to run is not an error here.
func Load(ctx context.Context, o Options) (*Project, error) {
	l := &loading{options: o, index: newIndex(), attributes: map[string]any{}}
	var project *types.Project
	var err error
	messages := recording(func() { project, err = l.run(ctx) })
	if err != nil {
		return nil, l.explain(err)
	}
	p := &Project{Project: project, Attributes: l.attributes, index: l.index, Findings: l.warnings(messages)}
	for _, f := range l.details.ConfigFiles {
		p.Files = append(p.Files, f.Filename)
	}
	p.EnvFiles = l.options.envFiles()
	return p, nil
}

// loading is one load under way.
type loading struct {
	options    Options
	details    types.ConfigDetails
	index      *index
	attributes map[string]any
	names      []string // all services, once known
	chosen     []string // the wanted ones, once known
}

// prepare finds, reads and indexes the files.
func (l *loading) prepare(ctx context.Context) (*cli.ProjectOptions, error) {
	found, err := discover(&l.options)
	if err != nil {
		return nil, err
	}
	if err := l.read(ctx, found); err != nil {
		return nil, err
	}
	for _, f := range l.details.ConfigFiles {
		if err := l.index.add(f.Filename, l.details.WorkingDir, f.Content); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (l *loading) run(ctx context.Context) (*types.Project, error) {
	found, err := l.prepare(ctx)
	if err != nil {
		return nil, err
	}
	var project *types.Project
	err = l.guarded(func() (err error) {
		project, err = loader.LoadWithContext(ctx, l.details, l.loaderOptions(found)...)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, f := range l.details.ConfigFiles {
		project.ComposeFiles = append(project.ComposeFiles, f.Filename)
	}
	l.names = slices.Sorted(maps.Keys(project.AllServices()))
	return l.choose(project)
}

// guarded turns a panic of compose-go into an error: some values that its schema lets through break its decoding
// (2.16.1: a null limit of an ulimit whose name is not lower case).
func (l *loading) guarded(load func() error) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			files := l.details.ConfigFiles
			err = &Error{
				Message:  fmt.Sprintf("the file cannot be read: %v", broken),
				Position: finding.Position{File: shown(files[len(files)-1].Filename)},
				Hint:     "a value is empty, or of another type, where a number or a text belongs; hostwright compose config -q with fewer services finds it",
			}
		}
	}()
	return load()
}

// read reads the files. Standard input is the caller's, which compose-go would take from the process.
func (l *loading) read(ctx context.Context, found *cli.ProjectOptions) error {
	dir, err := found.GetWorkingDir()
	if err != nil {
		return err
	}
	named := *found
	named.ConfigPaths = slices.DeleteFunc(slices.Clone(found.ConfigPaths), func(f string) bool { return f == "-" })
	l.details = types.ConfigDetails{WorkingDir: dir, Environment: found.Environment}
	if len(named.ConfigPaths) > 0 || len(found.ConfigPaths) == 0 {
		details, err := found.ReadConfigFiles(ctx, dir, &named)
		if err != nil {
			return err
		}
		l.details.ConfigFiles = details.ConfigFiles
	}
	for i, f := range found.ConfigPaths {
		if f != "-" {
			continue
		}
		content := []byte{}
		if l.options.Stdin != nil {
			if content, err = io.ReadAll(l.options.Stdin); err != nil {
				return fmt.Errorf("read standard input: %w", err)
			}
		}
		l.details.ConfigFiles = slices.Insert(l.details.ConfigFiles, i, types.ConfigFile{Filename: "-", Content: content})
	}
	return nil
}

func (l *loading) loaderOptions(found *cli.ProjectOptions) []func(*loader.Options) {
	o := &l.options
	profiles := o.Profiles
	if len(profiles) == 0 {
		profiles = splitList(found.Environment[consts.ComposeProfiles])
	}
	return []func(*loader.Options){
		loader.WithProfiles(profiles),
		loader.WithUnsupportedAttributesCheck(l.keepAttributes(), func([]loader.UnsupportedAttribute) {}),
		func(lo *loader.Options) {
			lo.ResourceLoaders = []loader.ResourceLoader{noRemotes{}}
			lo.SkipInterpolation = o.NoInterpolate
			lo.SkipNormalization = o.NoNormalize
			lo.SkipValidation = o.NoValidation
			lo.SkipConsistencyCheck = o.NoConsistency
			lo.ResolvePaths = !o.NoPathResolution
			lo.ConvertWindowsPaths = lo.ResolvePaths && utils.StringToBool(found.Environment["COMPOSE_CONVERT_WINDOWS_PATHS"])
			// Environments are resolved for the chosen services only: a missing env_file of another one is no error.
			lo.SkipResolveEnvironment = true
			name, explicit := l.name(found)
			lo.SetProjectName(name, explicit)
		},
	}
}

// keepAttributes hooks into the loader where the merged model is complete and nothing has been added to it yet. The
// patterns match whole sections, see them once, and never complain.
func (l *loading) keepAttributes() []loader.UnsupportedAttributePattern {
	var out []loader.UnsupportedAttributePattern
	for _, section := range []string{"services", "networks", "volumes", "secrets", "configs", "models", "jobs"} {
		out = append(out, loader.UnsupportedAttributePattern{
			Path:   tree.NewPath(section),
			Detect: func(value any) bool { l.attributes[section] = clone(value); return false },
		})
	}
	return out
}

// clone copies the maps and lists of a model.
func clone(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return value
}

// name gives the project name that the loader starts from: an explicit one (-p, COMPOSE_PROJECT_NAME) is checked and
// wins; else "name:" of a file, which the loader finds itself; else the directory's, normalised.
func (l *loading) name(found *cli.ProjectOptions) (name string, explicit bool) {
	if found.Name != "" {
		return found.Name, true
	}
	if name := found.Environment[consts.ComposeProjectName]; name != "" {
		return name, true
	}
	return loader.NormalizeProjectName(filepath.Base(l.details.WorkingDir)), false
}
