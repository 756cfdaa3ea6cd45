package cli

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hostwright/compose/compose"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// loadOptions give the flags of compose as the loader wants them.
func (c *composeCommand) loadOptions() compose.Options {
	return compose.Options{
		Dir: c.app.Dir, Env: c.app.Environ, Stdin: c.app.Streams.In,
		Files: c.files, Name: c.name, ProjectDir: c.projectDir, EnvFiles: c.envFiles, Profiles: c.profiles,
		AllResources: c.allResources,
	}
}

// selection is the project that a command on existing containers is about: what the files say, or a name alone.
type selection struct {
	ref orchestrate.ProjectRef
	// files is nil when the project is known by name only.
	files *compose.Project
}

// selectProject finds the project of a command that works without files: with -p and no -f they are not read, and an
// error in them is forgiven when COMPOSE_PROJECT_NAME names the project (docker/compose v5, projectOrName).
func (c *composeCommand) selectProject(ctx context.Context) (selection, error) {
	if c.name != "" && len(c.files) == 0 {
		return named(c.name)
	}
	o := c.loadOptions()
	// A missing env_file is nothing to somebody who looks at what runs or takes it down.
	o.NoEnvResolution = true
	p, err := c.load(ctx, o)
	if err != nil {
		if name := c.app.env("COMPOSE_PROJECT_NAME"); name != "" {
			return named(name)
		}
		return selection{}, err
	}
	return selection{ref: orchestrate.ProjectRef{Name: p.Name, Dir: p.WorkingDir}, files: p}, nil
}

var projectName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

func named(name string) (selection, error) {
	// Commands on a running project take the name in any case, as Docker Compose's do.
	name = strings.ToLower(name)
	if !projectName.MatchString(name) {
		return selection{}, &usageError{
			message: fmt.Sprintf("invalid project name %q: must consist only of lowercase alphanumeric characters, "+
				"hyphens, and underscores as well as start with a letter or number", name),
			hint: "give another name with -p, COMPOSE_PROJECT_NAME or the file's name:",
		}
	}
	return selection{ref: orchestrate.ProjectRef{Name: name}}, nil
}

// check refuses names of services that are neither declared nor have a container.
func (s selection) check(services []string, containers []orchestrate.Container) error {
	var known []string
	if s.files != nil {
		for name := range s.files.AllServices() {
			known = append(known, name)
		}
	}
	for _, c := range containers {
		known = append(known, c.Service)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, name := range services {
		if slices.Contains(known, name) {
			continue
		}
		e := &usageError{message: "no such service: " + name, hint: "project " + s.ref.Name + " has no service"}
		if len(known) > 0 {
			e.hint = "services of this project: " + strings.Join(known, ", ")
		}
		return e
	}
	return nil
}

// declaration is a project in Hostwright's own model, with what the loader and the translation found.
type declaration struct {
	files    *compose.Project
	project  declared.Project
	findings finding.List
	memory   plan.Memory
}

// declare translates a loaded project for the runtime at hand.
func (c *composeCommand) declare(p *compose.Project) (declaration, error) {
	target, err := c.target()
	if err != nil {
		return declaration{}, err
	}
	r := translate.Translate(p, target)
	return declaration{files: p, project: r.Project, findings: r.Findings, memory: memory(r.Memory)}, nil
}

// variable gives a COMPOSE_ variable: the environment's, else the project's .env's.
func (d declaration) variable(key string) string { return d.files.Environment[key] }
