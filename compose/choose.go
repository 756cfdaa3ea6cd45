package compose

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// choose narrows the project to the services wanted, then to the resources that they use, and reads their env files,
// in Docker Compose's order (docker/compose v5, pkg/compose/loader.go).
func (l *loading) choose(project *types.Project) (*types.Project, error) {
	o := &l.options
	for _, name := range o.Services {
		if _, known := project.AllServices()[name]; !known && !strings.ContainsAny(name, "*?[") {
			return nil, &Error{Message: "no such service: " + name, Hint: l.known()}
		}
	}
	project, err := project.WithServicesEnabled(o.Services...)
	if err != nil {
		return nil, err
	}
	dependencies := types.IncludeDependencies
	if o.NoDeps {
		dependencies = types.IgnoreDependencies
	}
	if project, err = project.WithSelectedServices(o.Services, dependencies); err != nil {
		return nil, err
	}
	if !o.AllResources {
		project = project.WithoutUnnecessaryResources()
	}
	if err := l.scale(project); err != nil {
		return nil, err
	}
	if err := project.CheckContainerNameUnicity(); err != nil && !o.NoConsistency {
		return nil, containerNameTaken(project)
	}
	l.chosen = project.ServiceNames()
	if o.NoEnvResolution {
		return project, nil
	}
	return project.WithServicesEnvironmentResolved(true)
}

// scale applies --scale to the copy that the steps before have made.
func (l *loading) scale(project *types.Project) error {
	for _, name := range slices.Sorted(maps.Keys(l.options.Scale)) {
		n := l.options.Scale[name]
		service, ok := project.Services[name]
		if !ok {
			return &Error{Message: "no such service: " + name, Hint: l.known()}
		}
		if service.ContainerName != "" && n > 1 {
			return &Error{
				Message: fmt.Sprintf("the %q service is using the custom container name %q; a container's name is unique, "+
					"so it cannot have %d replicas", name, service.ContainerName, n),
				Position: l.index.position("services." + name + ".container_name"),
				Hint:     "remove the custom name to scale the service",
			}
		}
		service.SetScale(n)
		project.Services[name] = service
	}
	return nil
}

// known names the services there are.
func (l *loading) known() string {
	if len(l.names) == 0 {
		return ""
	}
	return "services of this project: " + strings.Join(l.names, ", ")
}

// containerNameTaken says which two services want one container name; compose-go's own text leaves the second out.
func containerNameTaken(project *types.Project) error {
	first := map[string]string{}
	for _, name := range project.ServiceNames() {
		wanted := project.Services[name].ContainerName
		if other, taken := first[wanted]; taken && wanted != "" {
			return &pathError{
				path: "services." + name + ".container_name",
				text: fmt.Sprintf("services.%s: container name %q is already in use by service %s", name, wanted, other),
				hint: "give each service a container_name of its own, or none",
			}
		}
		first[wanted] = name
	}
	return fmt.Errorf("container names are not unique")
}

// pathError is an error of ours about a path of the model, whose position is looked up later.
type pathError struct{ path, text, hint string }

func (e *pathError) Error() string { return e.text }

// splitList splits a comma-separated variable.
func splitList(s string) []string {
	var out []string
	for _, e := range strings.Split(s, ",") {
		if e = strings.TrimSpace(e); e != "" {
			out = append(out, e)
		}
	}
	return out
}
