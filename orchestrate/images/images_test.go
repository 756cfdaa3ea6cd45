package images

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

var project = &declared.Project{
	Name: "app", Dir: "/src/app",
	Services: []declared.Service{
		{Name: "both", Image: "registry.example.com/both:1", Build: &declared.Build{Context: "/src/app/both"}},
		{Name: "cache", Image: "redis:7"},
		{Name: "web", Image: "app-web", Platform: "linux/amd64", Build: &declared.Build{
			Context: "/src/app/web", Dockerfile: "/src/app/web/Dockerfile.dev", Target: "final",
			Args: []declared.KeyVal{{Key: "A", Value: "1"}}, Labels: []declared.KeyVal{{Key: "owner", Value: "me"}},
			Tags: []string{"app-web", "web:latest"}, NoCache: true, Pull: true,
			Secrets: []declared.BuildSecret{{ID: "npm", Value: declared.NewSensitive("s3cret")}},
		}},
	},
}

func pull(reference string, buildable bool, services ...string) plan.Step {
	return plan.Step{Action: plan.PullImage{Reference: reference, Services: services, Buildable: buildable}}
}

func build(reference, service string) plan.Step {
	return plan.Step{Action: plan.BuildImage{Reference: reference, Service: service}}
}

// events collects what is reported; it fails when two reports overlap.
type events struct {
	t      *testing.T
	single sync.Mutex
	lines  []string
}

func (e *events) report(ev orchestrate.Event) {
	if !e.single.TryLock() {
		e.t.Error("two events at a time")
		return
	}
	defer e.single.Unlock()
	e.lines = append(e.lines, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", ev.Resource.Kind, ev.Resource.Name, ev.Text, ev.Details)))
}

func newFake(t *testing.T) *adaptertest.Fake {
	t.Helper()
	f := adaptertest.NewFake()
	f.OnBuild(func(r adapter.BuildRequest) (adaptertest.FakeImage, error) {
		return adaptertest.FakeImage{Program: adaptertest.Serve}, nil
	})
	for i := range 10 {
		f.AddRemote(adaptertest.FakeImage{Reference: fmt.Sprintf("img:%d", i)})
	}
	f.AddRemote(adaptertest.FakeImage{Reference: "redis:7"})
	return f
}

func TestMakePullsThenBuilds(t *testing.T) {
	f := newFake(t)
	e := &events{t: t}
	var log bytes.Buffer
	built, err := Make(t.Context(), []plan.Step{build("app-web", "web"), pull("redis:7", false, "cache"), build("app-web", "web")},
		Options{Adapter: f, Project: project, Report: e.report, BuildLog: &log})
	assert.NilError(t, err)
	assert.DeepEqual(t, built, []string{"app-web"})
	assert.DeepEqual(t, e.lines, []string{"Image redis:7 Pulling", "Image redis:7 Pulled", "Image app-web Building", "Image app-web Built"})
	assert.Assert(t, log.Len() > 0)
	local, err := f.ListImages(t.Context())
	assert.NilError(t, err)
	var names []string
	for _, i := range local {
		names = append(names, i.Reference)
	}
	assert.DeepEqual(t, names, []string{"docker.io/library/app-web:latest", "docker.io/library/redis:7", "docker.io/library/web:latest"})
}

func TestMakeBoundsPulls(t *testing.T) {
	for _, c := range []struct{ parallel, want int }{{0, DefaultParallel}, {-1, DefaultParallel}, {2, 2}, {1, 1}} {
		var steps []plan.Step
		for i := range 10 {
			steps = append(steps, pull(fmt.Sprintf("img:%d", i), false, "s"))
		}
		var mu sync.Mutex
		running, most, release := 0, 0, make(chan struct{})
		full := sync.OnceFunc(func() { close(release) })
		gate := gated{Images: newFake(t), enter: func() {
			mu.Lock()
			running++
			most = max(most, running)
			if running == c.want {
				full() // as many as may run do run
			}
			mu.Unlock()
			<-release
			mu.Lock()
			running--
			mu.Unlock()
		}}
		_, err := Make(t.Context(), steps, Options{Adapter: gate, Project: project, Parallel: c.parallel})
		assert.NilError(t, err)
		assert.Equal(t, most, c.want)
	}
}

// gated calls enter around each pull.
type gated struct {
	adapter.Images
	enter func()
}

func (g gated) PullImage(ctx context.Context, r adapter.PullRequest) error {
	g.enter()
	return g.Images.PullImage(ctx, r)
}

func TestMakeBuildsWhatCannotBePulled(t *testing.T) {
	e := &events{t: t}
	built, err := Make(t.Context(), []plan.Step{pull("registry.example.com/both:1", true, "both")},
		Options{Adapter: newFake(t), Project: project, Report: e.report})
	assert.NilError(t, err)
	assert.DeepEqual(t, built, []string{"registry.example.com/both:1"})
	assert.Equal(t, len(e.lines), 4)
	assert.Assert(t, strings.HasPrefix(e.lines[1], "Image registry.example.com/both:1 Warning pull image registry.example.com/both:1: "), e.lines[1])
	assert.Equal(t, e.lines[3], "Image registry.example.com/both:1 Built")
}

func TestPullErrorsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		kind      adapter.Kind
		reference string
		hint      string
	}{
		{adapter.NotFound, "nothere:1", "check the name and the tag; a private image needs `container registry login docker.io`"},
		{adapter.Denied, "registry.example.com/a/b:1", "container registry login registry.example.com"},
		{adapter.Timeout, "localhost:5000/a", "localhost:5000 did not answer in time"},
		{adapter.Unknown, "me/app", "check that docker.io can be reached; `container image pull me/app` tries this pull alone"},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			fault := fmt.Sprintf("pull-image@*:fail=%s", strings.ReplaceAll(string(c.kind), " ", "-"))
			f, err := adaptertest.NewFaulty(newFake(t), fault)
			assert.NilError(t, err)
			e := &events{t: t}
			_, err = Make(t.Context(), []plan.Step{pull(c.reference, false, "s")}, Options{Adapter: f, Project: project, Report: e.report})
			var failure *orchestrate.Error
			assert.Assert(t, errors.As(err, &failure), "%v", err)
			assert.Equal(t, failure.Message, "pull image "+c.reference+": injected fault")
			assert.Assert(t, strings.Contains(failure.Hint, c.hint), failure.Hint)
			assert.Assert(t, adapter.Is(err, c.kind), "the runtime's error stays inside")
			assert.Equal(t, e.lines[1], "Image "+c.reference+" Error pull image "+c.reference+": injected fault")
		})
	}
}

func TestOneFailedPullEndsTheOthers(t *testing.T) {
	f, err := adaptertest.NewFaulty(newFake(t), "pull-image@1:fail; pull-image@*:hang")
	assert.NilError(t, err)
	_, err = Make(t.Context(), []plan.Step{pull("img:1", false, "a"), pull("img:2", false, "b"), pull("img:3", false, "c")},
		Options{Adapter: f, Project: project})
	var failure *orchestrate.Error
	assert.Assert(t, errors.As(err, &failure), "%v", err)
}

func TestFailedBuildKeepsWhatWasBuilt(t *testing.T) {
	f, err := adaptertest.NewFaulty(newFake(t), "build-image@2:fail")
	assert.NilError(t, err)
	built, err := Make(t.Context(), []plan.Step{build("app-web", "web"), build("registry.example.com/both:1", "both")},
		Options{Adapter: f, Project: project})
	assert.DeepEqual(t, built, []string{"app-web"})
	assert.Error(t, err, "build image registry.example.com/both:1 of service both: injected fault")
	assert.Equal(t, orchestrate.Hint(err), "the builder's log above says where it stopped")
}

func TestInterruptIsNoFailure(t *testing.T) {
	for _, steps := range [][]plan.Step{{pull("img:1", false, "a")}, {pull("img:1", true, "both")}, {build("app-web", "web")}} {
		f, err := adaptertest.NewFaulty(newFake(t), "*:hang")
		assert.NilError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		e := &events{t: t}
		_, err = Make(ctx, steps, Options{Adapter: f, Project: project, Report: func(ev orchestrate.Event) {
			e.report(ev)
			cancel() // while the first one is under way
		}})
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, len(e.lines), 2)
		assert.Assert(t, strings.HasSuffix(e.lines[1], "Interrupted"), e.lines[1])
	}
}

func TestBuildRequest(t *testing.T) {
	got := BuildRequest(project, &project.Services[2], "app-web")
	want := adapter.BuildRequest{
		Context: "/src/app/web", Dockerfile: "/src/app/web/Dockerfile.dev", Target: "final",
		Tags: []string{"app-web", "web:latest"}, Args: []adapter.EnvVar{{Key: "A", Value: "1"}},
		Labels: map[string]string{
			"com.docker.compose.project": "app", "com.docker.compose.service": "web", "owner": "me",
		},
		Platforms: []string{"linux/amd64"}, NoCache: true, Pull: true,
		Secrets: []adapter.BuildSecret{{ID: "npm", Value: "s3cret"}},
	}
	assert.DeepEqual(t, got, want)
}

func TestMakeRefusesAServiceThatIsNotDeclared(t *testing.T) {
	_, err := Make(t.Context(), []plan.Step{build("x", "nobody")}, Options{Adapter: newFake(t), Project: project})
	assert.ErrorContains(t, err, `service "nobody"`)
}

func TestUniqueKeepsTheOrder(t *testing.T) {
	got := unique([]plan.BuildImage{{Reference: "b"}, {Reference: "a"}, {Reference: "b", Service: "again"}})
	assert.Assert(t, slices.Equal(got, []plan.BuildImage{{Reference: "b"}, {Reference: "a"}}))
}
