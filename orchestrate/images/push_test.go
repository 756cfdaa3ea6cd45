package images

import (
	"errors"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

func push(reference, service string) plan.Step {
	return plan.Step{Action: plan.PushImage{Reference: reference, Service: service}}
}

func TestPushesComeAfterBuilds(t *testing.T) {
	f := newFake(t)
	e := &events{t: t}
	built, err := Make(t.Context(), []plan.Step{push("app-web", "web"), build("app-web", "web")},
		Options{Adapter: f, Project: project, Report: e.report})
	assert.NilError(t, err)
	assert.DeepEqual(t, built, []string{"app-web"})
	assert.DeepEqual(t, e.lines, []string{"Image app-web Building", "Image app-web Built", "app-web Pushing", "app-web Pushed"})
	assert.NilError(t, f.DeleteImage(t.Context(), "app-web"))
	assert.NilError(t, f.PullImage(t.Context(), adapter.PullRequest{Reference: "app-web"}))
}

func TestAFailedPushTellsWhatToDo(t *testing.T) {
	for _, c := range []struct{ fault, hint string }{
		{"push-image@*:fail=denied", "container registry login ghcr.io"},
		{"push-image@*:fail=not-found", "hostwright compose build"},
		{"push-image@*:fail=timeout", "ghcr.io did not answer in time"},
		{"push-image@*:fail", "container image push ghcr.io/x:1"},
	} {
		f, err := adaptertest.NewFaulty(newFake(t), c.fault)
		assert.NilError(t, err)
		e := &events{t: t}
		_, err = Make(t.Context(), []plan.Step{push("ghcr.io/x:1", "web")}, Options{Adapter: f, Project: project, Report: e.report})
		assert.Error(t, err, "push image ghcr.io/x:1: injected fault")
		assert.Assert(t, strings.Contains(orchestrate.Hint(err), c.hint), orchestrate.Hint(err))
		assert.DeepEqual(t, e.lines[1], "ghcr.io/x:1 Error push image ghcr.io/x:1: injected fault")
	}
}

func TestFailuresCanBeIgnored(t *testing.T) {
	f, err := adaptertest.NewFaulty(newFake(t), "push-image@1:fail; pull-image@1:fail")
	assert.NilError(t, err)
	e := &events{t: t}
	_, err = Make(t.Context(), []plan.Step{build("app-web", "web"), push("app-web", "web"), push("web:latest", "web")},
		Options{Adapter: f, Project: project, Report: e.report, IgnoreFailures: true, Parallel: 1})
	assert.NilError(t, err)
	assert.DeepEqual(t, e.lines[2:], []string{"app-web Pushing", "app-web Warning push image app-web: injected fault", "web:latest Pushing", "web:latest Pushed"})
	_, err = Make(t.Context(), []plan.Step{pull("redis:7", false, "cache"), pull("img:1", false, "x")},
		Options{Adapter: f, Project: project, OnlyPull: true, IgnoreFailures: true, Parallel: 1})
	assert.NilError(t, err)
	assert.Equal(t, f.Hits(), 2)
}

// "pull" does not build: what could be built is told at the end, when the others have been pulled.
func TestPullNamesWhatMustBeBuilt(t *testing.T) {
	f := newFake(t)
	e := &events{t: t}
	built, err := Make(t.Context(), []plan.Step{pull("registry.example.com/both:1", true, "both"), pull("redis:7", false, "cache")},
		Options{Adapter: f, Project: project, Report: e.report, OnlyPull: true, Parallel: 1})
	assert.Equal(t, len(built), 0)
	var failure *orchestrate.Error
	assert.Assert(t, errors.As(err, &failure))
	assert.Assert(t, strings.HasPrefix(failure.Message, "pull image registry.example.com/both:1: "), failure.Message)
	assert.Equal(t, failure.Hint, "some images must be built from source: `hostwright compose build both`")
	assert.Equal(t, e.lines[len(e.lines)-1], "Image redis:7 Pulled")
	assert.Assert(t, adapter.Is(err, adapter.NotFound), "the runtime's error stays inside")
}
