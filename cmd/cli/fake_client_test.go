package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// fakeClient is an orchestrator whose answers are files of a folder. It writes down what it was asked, in
// requests.jsonl, and refuses what it has no file for.
//
//	plan.json, ready.json   the plans of Plan and Begin, and of ImagesReady
//	events.json             what Run reports; run-error.json how it ends
//	hang, stuck             Run ends with its context, or never
//	begin-error.json        how Begin ends
//	holder.json             who holds the lock before Begin returns
//	created.json            what Create reports
//	outputs.json            what Follow gives, before it waits for the end of its context
//	happened.json           what Events gives
//	containers.json, drift.json, logs.json, adoption.json, versions.json, exits.json, projects.json, images.json, volumes.json
type fakeClient struct {
	dir string
	run *orchestrate.Request // a run that was begun: its container is in the fake runtime
}

func (c *fakeClient) read(name string, v any) error {
	data, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		return fmt.Errorf("the fake orchestrator was not told: %w", err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// fault gives the error of a file, nil when there is none.
func (c *fakeClient) fault(name string) error {
	var e orchestrate.Error
	err := c.read(name, &e)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return &e
}

func (c *fakeClient) note(method string, request any) error {
	f, err := os.OpenFile(filepath.Join(c.dir, "requests.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = json.NewEncoder(f).Encode(map[string]any{"method": method, "request": request})
	return errors.Join(err, f.Close())
}

func (c *fakeClient) Plan(_ context.Context, r orchestrate.Request) (p plan.Plan, err error) {
	if err := c.note("Plan", r); err != nil {
		return p, err
	}
	return c.plan("plan.json", r)
}

// plan is the file's, with the findings and the memory of the request, as the planner would carry them over.
func (c *fakeClient) plan(name string, r orchestrate.Request) (p plan.Plan, err error) {
	if err := c.read(name, &p); err != nil {
		return p, err
	}
	p.Goal = r.Goal
	p.Findings = append(p.Findings, r.Findings...)
	p.Memory = r.Memory
	return p, nil
}

func (c *fakeClient) Begin(_ context.Context, r orchestrate.Request, waiting func(orchestrate.Holder)) (orchestrate.Operation, error) {
	if err := c.note("Begin", r); err != nil {
		return nil, err
	}
	if err := c.fault("begin-error.json"); err != nil {
		return nil, err
	}
	if r.Goal.Verb == plan.Run {
		c.run = &r
	}
	var h orchestrate.Holder
	if c.read("holder.json", &h) == nil {
		waiting(h)
	}
	p, err := c.plan("plan.json", r)
	if err != nil {
		return nil, err
	}
	return &fakeOperation{fakeClient: c, request: r, p: p}, nil
}

type fakeOperation struct {
	*fakeClient
	request orchestrate.Request
	p       plan.Plan
}

func (o *fakeOperation) Plan() plan.Plan { return o.p }

func (o *fakeOperation) ImagesReady(_ context.Context, built []string) (plan.Plan, error) {
	if err := o.note("ImagesReady", built); err != nil {
		return plan.Plan{}, err
	}
	return o.plan("ready.json", o.request)
}

func (o *fakeOperation) Create(_ context.Context, report func(orchestrate.Event)) error {
	if err := o.note("Create", nil); err != nil {
		return err
	}
	var events []orchestrate.Event
	if err := o.read("created.json", &events); err != nil {
		return err
	}
	for _, e := range events {
		report(e)
	}
	return nil
}

func (o *fakeOperation) Force() { _ = o.note("Force", nil) }

func (o *fakeOperation) Run(ctx context.Context, report func(orchestrate.Event)) error {
	if err := o.note("Run", nil); err != nil {
		return err
	}
	var events []orchestrate.Event
	if err := o.read("events.json", &events); err != nil {
		return err
	}
	for _, e := range events {
		report(e)
	}
	if err := o.fault("run-error.json"); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(o.dir, "stuck")); err == nil {
		<-make(chan struct{})
	}
	if _, err := os.Stat(filepath.Join(o.dir, "hang")); err == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (o *fakeOperation) Close() error { return o.note("Close", nil) }

func (c *fakeClient) Containers(_ context.Context, p orchestrate.ProjectRef) (out []orchestrate.Container, err error) {
	if err := c.note("Containers", p); err != nil {
		return nil, err
	}
	return out, c.read("containers.json", &out)
}

func (c *fakeClient) Logs(_ context.Context, r orchestrate.LogsRequest, each func(orchestrate.LogLine) error) error {
	if err := c.note("Logs", r); err != nil {
		return err
	}
	var lines []orchestrate.LogLine
	if err := c.read("logs.json", &lines); err != nil {
		return err
	}
	for _, l := range lines {
		if !slices.Contains(r.Containers, l.Container) {
			continue
		}
		if err := each(l); err != nil {
			return err
		}
	}
	return nil
}

func (c *fakeClient) Follow(ctx context.Context, r orchestrate.FollowRequest, each func(orchestrate.Output) error) error {
	if err := c.note("Follow", r); err != nil {
		return err
	}
	var outputs []orchestrate.Output
	if err := c.read("outputs.json", &outputs); err != nil {
		return err
	}
	ready := orchestrate.Output{Kind: orchestrate.OutputReady}
	seen := map[string]bool{}
	for _, o := range outputs {
		if !seen[o.Container] && slices.Contains(r.Services, o.Service) {
			seen[o.Container] = true
			ready.Following = append(ready.Following, orchestrate.Followed{Container: o.Container, Service: o.Service})
		}
	}
	for _, o := range append([]orchestrate.Output{ready}, outputs...) {
		wanted := slices.Contains(r.Services, o.Service) && !(o.Kind == orchestrate.OutputLine && slices.Contains(r.Silent, o.Service))
		if o.Kind != orchestrate.OutputReady && !wanted {
			continue
		}
		if err := each(o); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}

func (c *fakeClient) Await(_ context.Context, r orchestrate.AwaitRequest, each func(orchestrate.ContainerExit) error) error {
	if err := c.note("Await", r); err != nil {
		return err
	}
	var exits []orchestrate.ContainerExit
	if err := c.read("exits.json", &exits); err != nil {
		return err
	}
	for _, e := range exits {
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

func (c *fakeClient) Projects(context.Context) (out []orchestrate.Project, err error) {
	return out, c.read("projects.json", &out)
}

func (c *fakeClient) Images(_ context.Context, p orchestrate.ProjectRef) (out []orchestrate.ContainerImage, err error) {
	if err := c.note("Images", p); err != nil {
		return nil, err
	}
	return out, c.read("images.json", &out)
}

func (c *fakeClient) Volumes(_ context.Context, p orchestrate.ProjectRef) (out []orchestrate.Volume, err error) {
	if err := c.note("Volumes", p); err != nil {
		return nil, err
	}
	return out, c.read("volumes.json", &out)
}
func (c *fakeClient) Attend(_ context.Context, p orchestrate.ProjectRef, container string) (orchestrate.Attendance, error) {
	return fakeAttendance{c}, c.note("Attend", map[string]any{"ref": p, "container": container})
}

type fakeAttendance struct{ *fakeClient }

func (a fakeAttendance) Ended(e orchestrate.RunExit) error { return a.note("Ended", e) }

func (c *fakeClient) Adopt(_ context.Context, r orchestrate.AdoptRequest) (a orchestrate.Adoption, err error) {
	if err := c.note("Adopt", r); err != nil {
		return a, err
	}
	return a, c.read("adoption.json", &a)
}

func (c *fakeClient) Events(_ context.Context, r orchestrate.EventsRequest, each func(orchestrate.ProjectEvent) error) error {
	if err := c.note("Events", r); err != nil {
		return err
	}
	var list []orchestrate.ProjectEvent
	if err := c.read("happened.json", &list); err != nil {
		return err
	}
	for _, e := range list {
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

func (c *fakeClient) Drift(_ context.Context, ref orchestrate.ProjectRef) (list []orchestrate.Drift, err error) {
	if err := c.note("Drift", ref); err != nil {
		return nil, err
	}
	return list, c.read("drift.json", &list)
}

func (c *fakeClient) Versions(context.Context) (v orchestrate.RuntimeVersions, err error) {
	return v, c.read("versions.json", &v)
}

// fakeRuntime is a runtime in which the running containers of containers.json run, for exec. Its shell knows "exit N",
// "env", "cat", "whoami" and "fail".
func fakeRuntime(c *fakeClient) (adapter.RuntimeAdapter, error) {
	f := adaptertest.NewFake()
	ctx := context.Background()
	f.AddRemote(adaptertest.FakeImage{Reference: "redis:7"})
	f.OnBuild(func(r adapter.BuildRequest) (adaptertest.FakeImage, error) {
		return adaptertest.FakeImage{}, nil
	})
	f.AddImage(adaptertest.FakeImage{Reference: "any:1", Command: []string{"serve"}, Program: adaptertest.Serve, Exec: fakeShell})
	if err := addOneOff(ctx, f, c.run); err != nil {
		return nil, err
	}
	var containers []orchestrate.Container
	if err := c.read("containers.json", &containers); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, x := range containers {
		if x.State != orchestrate.StateRunning {
			continue
		}
		if err := f.CreateContainer(ctx, adapter.CreateRequest{ID: x.Name, Image: "any:1"}); err != nil {
			return nil, err
		}
		go func() {
			_, _ = f.StartAttached(ctx, adapter.StartRequest{ID: x.Name, Stdout: io.Discard, Stderr: io.Discard})
		}()
		for {
			got, err := f.InspectContainer(ctx, x.Name)
			if err != nil {
				return nil, err
			}
			if got.Running() {
				break
			}
			time.Sleep(time.Millisecond) // the fake has no event to wait for
		}
	}
	return f, nil
}

// addOneOff makes the container that a run's plan would have made.
func addOneOff(ctx context.Context, f *adaptertest.Fake, r *orchestrate.Request) error {
	if r == nil {
		return nil
	}
	s, _ := r.Project.Service(r.Goal.Services[0])
	f.AddImage(adaptertest.FakeImage{Reference: "job:1", Command: []string{"serve"}, Program: fakeShell})
	return f.CreateContainer(ctx, adapter.CreateRequest{ID: r.Goal.OneOff.Name, Image: "job:1", Entrypoint: s.Entrypoint, Command: s.Command})
}

func fakeShell(p *adaptertest.Process) int {
	switch p.Args[0] {
	case "exit":
		code := 0
		_, _ = fmt.Sscan(p.Args[1], &code)
		return code
	case "env":
		var lines []string
		for k, v := range p.Env {
			lines = append(lines, k+"="+v)
		}
		slices.Sort(lines)
		_, _ = fmt.Fprintln(p.Stdout, strings.Join(lines, "\n"))
	case "cat":
		_, _ = io.Copy(p.Stdout, p.Stdin)
	case "where":
		_, _ = fmt.Fprintf(p.Stdout, "%s %s %s\n", p.ID, p.User, p.WorkingDir)
	case "fail":
		_, _ = fmt.Fprintln(p.Stderr, "words of the process")
		return 7
	}
	return 0
}
