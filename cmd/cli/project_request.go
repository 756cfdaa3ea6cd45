package cli

import (
	"strings"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// request asks for a goal of a declared project, with all that was found about its files.
func (c *composeCommand) request(d declaration, goal plan.Goal, command string) orchestrate.Request {
	return orchestrate.Request{
		Ref:  orchestrate.ProjectRef{Name: d.project.Name, Dir: d.project.Dir},
		Goal: goal, Project: &d.project, Findings: d.findings, Memory: d.memory,
		Command: command, Parallel: max(c.parallel, 0), Environment: c.passedOn(),
	}
}

// passedOn are the variables that matter to the runtime's command, wherever it is called.
func (c *composeCommand) passedOn() []declared.EnvVar { return c.app.passedOn() }

func (a *App) passedOn() []declared.EnvVar {
	out := []declared.EnvVar{}
	for _, entry := range a.Environ {
		key, value, ok := strings.Cut(entry, "=")
		if ok && adapter.OfCaller(key) {
			out = append(out, declared.EnvVar{Key: key, Value: declared.NewSensitive(value)})
		}
	}
	return out
}
