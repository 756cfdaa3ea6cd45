package plan

import (
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/translate/declared"
)

// hooked gives the steps of a plan with hooks, as "kind container hooks".
func hooked(p Plan) []string {
	out := []string{}
	for _, s := range p.Steps {
		if n := hooks(s.Action); n > 0 {
			out = append(out, fmt.Sprintf("%s %s %d", s.Action.Kind(), s.Action.Resource().Name, n))
		}
		if a, ok := s.Action.(StopContainer); ok && (a.Hooks > 0) != (a.Service != "") {
			out = append(out, "no service for "+a.ID)
		}
	}
	return out
}

// Hooks run when a container is started, and when the user stops it; not when it makes way for another one.
func TestHooksInPlans(t *testing.T) {
	hook := declared.Hook{Command: []string{"x"}, Environment: env("TOKEN", "s3cret")}
	app := func(greeting string) declared.Project {
		return project(service("db", "redis"), with(service("web", "nginx"), func(s *declared.Service) {
			after("db", declared.Started)(s)
			s.DependsOn[0].Restart = true
			s.Environment = env("GREETING", greeting)
			s.PostStart, s.PreStop = []declared.Hook{hook, hook}, []declared.Hook{hook}
		}))
	}
	starts, stops := "start-container shop-web-1 2", "stop-container shop-web-1 1"
	s := newScenario(t)
	assert.DeepEqual(t, hooked(s.only("up", app("a"), up)), []string{starts})
	assert.DeepEqual(t, hooked(s.only("create", app("a"), Goal{Verb: Create})), []string{})
	run := Goal{Verb: Run, Services: []string{"web"}, OneOff: &OneOff{Name: "shop-web-run-1"}}
	assert.DeepEqual(t, hooked(s.only("run -d", app("a"), run)), []string{"start-container shop-web-run-1 2"})
	s.do(app("a"), up)
	assert.DeepEqual(t, hooked(s.only("up of what runs", app("a"), up)), []string{})
	assert.DeepEqual(t, hooked(s.only("recreated", app("b"), up)), []string{starts})
	assert.DeepEqual(t, hooked(s.only("removed as an orphan", less(app("a"), "web"), Goal{Verb: Up, RemoveOrphans: true})), []string{})
	assert.DeepEqual(t, hooked(s.only("restart", app("a"), Goal{Verb: Restart})), []string{stops, starts})
	assert.DeepEqual(t, hooked(s.only("stop", app("a"), Goal{Verb: Stop})), []string{stops})
	assert.DeepEqual(t, hooked(s.only("down", app("a"), Goal{Verb: Down})), []string{stops})
	assert.DeepEqual(t, hooked(s.only("down of an orphan", less(app("a"), "web"), Goal{Verb: Down, RemoveOrphans: true})), []string{})
	assert.DeepEqual(t, hooked(s.only("rm -s", app("a"), Goal{Verb: Remove, StopFirst: true})), []string{stops})
	assert.DeepEqual(t, hooked(s.only("kill", app("a"), Goal{Verb: Kill})), []string{})
	for _, verb := range []Verb{Stop, Down, Restart} {
		assert.DeepEqual(t, hooked(s.byName(string(verb), Goal{Verb: verb})), []string{})
	}
	s.exit("shop-web-1")
	assert.DeepEqual(t, hooked(s.only("start", app("a"), Goal{Verb: Start})), []string{starts})
	assert.DeepEqual(t, hooked(s.only("restart of what does not run", app("a"), Goal{Verb: Restart})), []string{starts})
	assert.DeepEqual(t, hooked(s.byName("start", Goal{Verb: Start})), []string{})

	// A hook that changes recreates, as with Docker Compose; its environment does not show.
	s.do(app("a"), up)
	changed := app("a")
	changed.Services[1].PreStop = []declared.Hook{{Command: []string{"y"}, Environment: env("TOKEN", "other")}}
	p := s.only("a hook that changed", changed, up)
	text := Text(p)
	assert.Assert(t, len(p.Steps) == 4, text)
	assert.Assert(t, strings.Contains(text, `changed preStop[0].command[0] "x" -> "y"`), text)
	assert.Assert(t, strings.Contains(text, "changed preStop[0].environment.TOKEN"), text)
	assert.Assert(t, !strings.Contains(text, "s3cret") && !strings.Contains(text, "other"), text)
}
