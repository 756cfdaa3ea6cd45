package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/images"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/finding"
)

// operation is one change of a project as a command makes it: look and plan under the lock, say what the user should
// know, make the images, run the plan with progress.
type operation struct {
	c       *composeCommand
	request orchestrate.Request
	// title stands over the progress: "up", "down".
	title string
	// quietPull and quietBuild leave out the progress of pulls and the builder's log.
	quietPull, quietBuild bool
	// hide drops findings that the user asked not to see.
	hide func(finding.Finding) bool
	// carryOut replaces Operation.Run for a command that does more than run the plan.
	carryOut func(ctx context.Context, op orchestrate.Operation, p plan.Plan, progress view.Progress) error
	// agree is asked before anything is done; without it the answer is yes.
	agree func(plan.Plan) (bool, error)
	// ignoreFailures goes on when a pull or a push fails.
	ignoreFailures bool

	told map[finding.Finding]bool
}

// run carries the operation out and gives the plan that was run.
func (o *operation) run(ctx context.Context) (p plan.Plan, err error) {
	client, err := o.c.app.Client()
	if err != nil {
		return plan.Plan{}, err
	}
	if o.c.dryRun {
		return o.show(ctx, client)
	}
	op, err := client.Begin(ctx, o.request, o.waiting)
	if err != nil {
		return plan.Plan{}, err
	}
	defer func() { err = errors.Join(err, op.Close()) }()
	p = op.Plan()
	if err := o.announce(o.c.app.Streams.Err, p, true); err != nil {
		return p, err
	}
	if o.agree != nil {
		if yes, err := o.agree(p); err != nil || !yes {
			return p, err
		}
	}
	progress := view.NewProgress(o.c.progressMode, o.c.app.Streams, o.c.colours)
	progress.Start(o.title)
	defer progress.Stop()
	o.reportSkipped(p, progress)
	if hasImageSteps(p) {
		built, err := o.makeImages(ctx, p, progress)
		if err != nil {
			if len(built) > 0 { // they are the project's, whatever came after
				_, owning := op.ImagesReady(context.WithoutCancel(ctx), built)
				err = errors.Join(err, owning)
			}
			return p, err
		}
		if p, err = op.ImagesReady(ctx, built); err != nil {
			return p, err
		}
		// What only the images' own facts brought up.
		if err := o.announce(progress.Foreign(), p, false); err != nil {
			return p, err
		}
	}
	o.reportUnchanged(p, progress)
	if o.carryOut != nil {
		return p, o.carryOut(ctx, op, p, progress)
	}
	return p, op.Run(ctx, progress.Event)
}

// waiting says who holds the project's lock.
func (o *operation) waiting(h orchestrate.Holder) {
	since := ""
	if !h.Since.IsZero() {
		since = " since " + h.Since.Local().Format(time.TimeOnly)
	}
	o.c.say(fmt.Sprintf("waiting for `%s` (pid %d) on this project%s", view.Safe(h.Command), h.PID, since))
}

// announce prints what the user should know before anything is created, once, and refuses when findings forbid the
// plan.
func (o *operation) announce(w io.Writer, p plan.Plan, memory bool) error {
	findings := o.fresh(p.Findings)
	hint := ""
	if o.c.strict {
		if len(findings.AtLeast(finding.Warning)) > len(findings.AtLeast(finding.Error)) {
			hint = "--strict makes warnings errors"
		}
		findings = strict(findings)
	}
	if refused := findings.AtLeast(finding.Error); len(refused) > 0 {
		return &refusedError{message: refusal(len(refused)), hint: hint, findings: findings}
	}
	if err := o.c.printFindings(w, findings); err != nil {
		return err
	}
	if !memory || !creates(p) {
		return nil
	}
	switch o.c.progressMode {
	case view.JSON, view.Quiet, view.None:
		return nil
	}
	if o.c.verbose && len(p.Memory.Rows) > 0 {
		return view.Memory(w, p.Memory)
	}
	if line := view.MemoryLine(p.Memory); line != "" {
		_, err := fmt.Fprintln(w, line)
		return err
	}
	return nil
}

// fresh gives the findings that were not told yet and are not hidden.
func (o *operation) fresh(list finding.List) finding.List {
	if o.told == nil {
		o.told = make(map[finding.Finding]bool)
	}
	var out finding.List
	for _, f := range list {
		if o.told[f] || o.hide != nil && o.hide(f) {
			continue
		}
		o.told[f] = true
		out = append(out, f)
	}
	return out
}

// makeImages pulls and builds here: with the user's own terminal and environment.
func (o *operation) makeImages(ctx context.Context, p plan.Plan, progress view.Progress) (built []string, err error) {
	runtime, err := o.c.app.Adapter()
	if err != nil {
		return nil, err
	}
	opts := images.Options{
		Adapter: runtime, Project: o.request.Project, Parallel: o.c.parallel,
		Report: progress.Event, BuildLog: progress.Foreign(),
		OnlyPull: p.Goal.Verb == plan.Pull, IgnoreFailures: o.ignoreFailures,
		Credentials: images.DockerCredentials(o.c.app.lookup),
		Say:         func(line string) { o.c.sayOn(progress.Foreign(), line) },
	}
	switch mode := o.c.progressMode; {
	case o.quietBuild || mode == view.Quiet || mode == view.None:
		opts.BuildLog = io.Discard
	case mode == view.JSON:
		opts.BuildLog = view.JSONLog("Builder", progress.Foreign())
	}
	if o.quietPull {
		opts.Report = func(e orchestrate.Event) {
			if e.Text != "Pulling" && e.Text != "Pulled" {
				progress.Event(e)
			}
		}
	}
	return images.Make(ctx, p.Steps, opts)
}

// reportUnchanged gives the line that Docker Compose prints for a container that needs nothing.
func (o *operation) reportUnchanged(p plan.Plan, progress view.Progress) {
	for _, r := range p.Unchanged {
		if r.Kind == plan.ContainerResource {
			progress.Event(orchestrate.Event{Time: o.c.app.Now(), Resource: r, Status: orchestrate.Done, Text: "Running"})
		}
	}
}

// reportSkipped gives the lines about images that are left alone.
func (o *operation) reportSkipped(p plan.Plan, progress view.Progress) {
	for _, s := range p.Skipped {
		progress.Event(orchestrate.Event{
			Time: o.c.app.Now(), Resource: s.Resource, Status: orchestrate.Done, Text: "Skipped", Details: s.Reason,
		})
	}
}

// say prints a line beside the progress, in its form.
func (c *composeCommand) say(line string) { c.sayOn(c.app.Streams.Err, line) }

func (c *composeCommand) sayOn(w io.Writer, line string) {
	if c.progressMode == view.JSON {
		w = view.JSONLog("Compose", w)
	}
	_, _ = fmt.Fprintln(w, line)
}

// printFindings prints warnings and errors, notes too under --verbose.
func (c *composeCommand) printFindings(w io.Writer, list finding.List) error {
	list = c.app.nearby(list)
	if c.progressMode == view.JSON {
		return view.FindingsJSON(w, list, c.verbose)
	}
	return view.Findings(w, list, c.verbose, c.colours)
}

// strict makes warnings errors.
func strict(list finding.List) finding.List {
	out := append(finding.List(nil), list...)
	for i := range out {
		if out[i].Severity == finding.Warning {
			out[i].Severity = finding.Error
		}
	}
	return out
}

func refusal(n int) string {
	if n == 1 {
		return "refused for the reason above; nothing was created or changed"
	}
	return fmt.Sprintf("refused for the %d reasons above; nothing was created or changed", n)
}

func hasImageSteps(p plan.Plan) bool {
	for _, s := range p.Steps {
		switch s.Action.Kind() {
		case plan.KindPullImage, plan.KindBuildImage, plan.KindPushImage:
			return true
		}
	}
	return false
}

// creates tells whether a plan makes a container, or the images for one.
func creates(p plan.Plan) bool {
	for _, s := range p.Steps {
		switch s.Action.Kind() {
		case plan.KindCreateContainer, plan.KindPullImage, plan.KindBuildImage:
			return true
		}
	}
	return false
}
