package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// foreground is an "up" that stays with its containers: it shows what they write until all have ended, and stops them
// when the user says so or when one of them ends. Everything that happens comes to one goroutine (stay) as a function.
type foreground struct {
	c       *composeCommand
	request orchestrate.Request // of the up
	watch   watched
	client  orchestrate.Client
	logs    *view.Logs
	event   func(orchestrate.Event)

	state   *attachment
	failure error // of the start phase
	began   time.Time
	endRun  context.CancelFunc // of the start phase

	stopRuns bool                  // the stop was begun
	stop     orchestrate.Operation // once it has the lock

	todo chan func() error
	done chan struct{} // closed when nobody looks at todo any more
	work sync.WaitGroup
}

// lastLines is how long the last lines of containers that are known to have ended may take to come.
const lastLines = 2 * time.Second

func newForeground(c *composeCommand, o *upOptions, d declaration, services []string) (*foreground, error) {
	watch, err := o.watched(d.project.Services, services)
	if err != nil {
		return nil, err
	}
	client, err := c.app.Client()
	if err != nil {
		return nil, err
	}
	streams := c.app.Streams
	status := streams.Err
	if truth(d.variable("COMPOSE_STATUS_STDOUT")) {
		status = streams.Out
	}
	return &foreground{
		c: c, watch: watch, client: client, state: newAttachment(o), event: view.BesideLogs(c.progressMode, streams, c.colours, status),
		logs: &view.Logs{
			Out: streams.Out, Err: streams.Err, Colours: c.outColours && view.Colours(!o.noColour),
			NoPrefix: o.noLogPrefix, Timestamps: o.timestamps, Label: logLabel(d.project),
		},
		todo: make(chan func() error), done: make(chan struct{}),
	}, nil
}

// logLabel gives the name of a container as its log lines have it: without the project, unless the file gives the name.
func logLabel(p declared.Project) func(container string) string {
	fixed := map[string]bool{}
	for _, s := range p.Services {
		fixed[s.ContainerName] = true
	}
	return func(container string) string {
		if fixed[container] {
			return container
		}
		return strings.TrimPrefix(container, p.Name+"-")
	}
}

// carryOut makes the containers, attaches to them, starts them, and stays. The lock is held until they are started.
func (f *foreground) carryOut(ctx context.Context, op orchestrate.Operation, p plan.Plan, progress view.Progress) error {
	if err := op.Create(ctx, progress.Event); err != nil {
		return err
	}
	progress.Stop()
	signals := f.c.app.interrupts.take()
	if err := ctx.Err(); err != nil { // the signal came before they were taken
		return err
	}
	f.began = f.c.app.Now()
	for _, s := range p.Steps {
		if a, ok := s.Action.(plan.StartContainer); ok && slices.Contains(f.watch.followed, a.Service) {
			f.state.expected[a.ID] = true
		}
	}
	following, stopFollowing := context.WithCancel(ctx)
	starting, endRun := context.WithCancel(ctx)
	f.endRun = endRun
	defer f.work.Wait()
	defer close(f.done)
	defer stopFollowing()
	defer endRun()
	f.work.Go(func() { f.follow(following, func() { f.start(starting, op) }) })
	return f.stay(ctx, signals)
}

// stay does what comes until it is over.
func (f *foreground) stay(ctx context.Context, signals <-chan os.Signal) error {
	for !f.state.over() {
		select {
		case do := <-f.todo:
			if err := do(); err != nil {
				return err
			}
		case <-signals:
			f.interrupt(ctx)
		}
	}
	if f.failure != nil && !f.state.stopping {
		return f.failure
	}
	if code := f.state.exitCode(); code != exitOK {
		return exitCode(code)
	}
	return nil
}

// then hands something to stay; it is dropped when stay has ended.
func (f *foreground) then(do func() error) {
	select {
	case f.todo <- do:
	case <-f.done:
	}
}

// follow hands on what the containers do; ready is called by stay when all that is started from then on is followed.
func (f *foreground) follow(ctx context.Context, ready func()) {
	r := orchestrate.FollowRequest{Ref: f.request.Ref, Services: f.watch.followed, Silent: f.watch.silent}
	err := f.client.Follow(ctx, r, func(o orchestrate.Output) error {
		answer := make(chan error, 1)
		f.then(func() error {
			err := f.output(o)
			if o.Kind == orchestrate.OutputReady {
				ready()
			}
			answer <- err
			return err
		})
		// The text of a line is the reader's until it was printed.
		select {
		case err := <-answer:
			return err
		case <-f.done:
			return context.Canceled
		}
	})
	if ctx.Err() == nil {
		f.then(func() error { return fmt.Errorf("follow the containers: %w", err) })
	}
}

// output shows one thing that a container did, and stops all when that is asked for.
func (f *foreground) output(o orchestrate.Output) error {
	silent := slices.Contains(f.watch.silent, o.Service)
	switch o.Kind {
	case orchestrate.OutputReady:
		var shown []string
		for _, c := range o.Following {
			if !slices.Contains(f.watch.silent, c.Service) {
				shown = append(shown, c.Container)
			}
		}
		slices.Sort(shown)
		return f.logs.Attaching(shown...)
	case orchestrate.OutputStarted:
		f.state.running[o.Container] = true
	case orchestrate.OutputLine:
		return f.logs.Line(*o.Line)
	case orchestrate.OutputExited:
		if !silent && !o.Exit.StartFailed {
			if err := f.logs.Exited(o.Container, *o.Exit); err != nil {
				return err
			}
		}
		if f.state.exited(o.Service, o.Container, *o.Exit) {
			f.say("Aborting on container exit...")
			f.stopAll()
		}
	}
	return nil
}

// tell shows an event of an operation. A line of a hook is shown as those of the containers are.
func (f *foreground) tell(e orchestrate.Event) {
	if e.Hook == nil {
		f.event(e)
		return
	}
	line := *e.Hook
	f.then(func() error { return f.logs.Hook(line) })
}

// say shows what Compose itself is doing.
func (f *foreground) say(text string) {
	f.event(orchestrate.Event{
		Time: f.c.app.Now(), Resource: view.ComposeResource, Status: orchestrate.Working, Text: "Stopping", Details: text,
	})
}
