package doctor

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
)

// State is what a check came to.
type State string

// The states. Skipped says that the check had nothing to look at, or that an earlier one failed which it needs.
const (
	OK      State = "ok"
	Warning State = "warning"
	Failed  State = "failed"
	Skipped State = "skipped"
)

// Result is one line of the report. A check gives at least one.
type Result struct {
	Check   string `json:"check"`
	State   State  `json:"state"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// World is what the checks look at.
type World struct {
	Adapter adapter.RuntimeAdapter
	State   statedir.Dir
	// Daemon says what hostwrightd is doing; an error when it cannot be asked.
	Daemon func(context.Context) (string, error)
	// Dial reaches this host's own addresses; nil is the network itself.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Patience bounds the wait for one answer of a port or a resolver; 0 is two seconds.
	Patience time.Duration
}

// sight is what the checks share: what was asked for once.
type sight struct {
	World
	version    adapter.Version
	containers []adapter.Container // of Hostwright's projects, running
	listed     time.Duration
	listError  error
	projects   []ledger.Indexed
	indexError error
}

// check looks at one thing.
type check struct {
	name string
	run  func(context.Context, *sight) []Result
}

// first are the checks without which there is nothing else to ask the runtime.
var first = []check{{"command", command}, {"services", services}}

// others need a runtime that answers.
var others = []check{{"versions", versions}, {"listing", listing}, {"networks", networks}, {"names", names}, {"ports", publishedPorts}}

// always need no runtime.
var always = []check{{"projects", projects}, {"hostwrightd", hostwrightd}, {"disk", disk}}

// Run makes every check and gives the results in a fixed order.
func Run(ctx context.Context, w World) []Result {
	if w.Patience == 0 {
		w.Patience = 2 * time.Second
	}
	if w.Dial == nil {
		w.Dial = (&net.Dialer{}).DialContext
	}
	s := &sight{World: w}
	s.projects, s.indexError = ledger.List(w.State)
	var out []Result
	works := true
	for _, c := range first {
		results := c.of(ctx, s)
		out = append(out, results...)
		if works = results[0].State == OK; !works {
			break
		}
	}
	if works {
		s.look(ctx)
	}
	var rest []check
	for _, c := range others {
		if !works {
			c.run = func(context.Context, *sight) []Result {
				return []Result{{State: Skipped, Message: "needs a runtime that answers"}}
			}
		}
		rest = append(rest, c)
	}
	return append(out, sideBySide(ctx, s, append(rest, always...))...)
}

// look lists the containers and keeps those that run and are Hostwright's.
func (s *sight) look(ctx context.Context) {
	began := time.Now()
	var containers []adapter.Container
	containers, s.listError = s.Adapter.ListContainers(ctx)
	s.listed = time.Since(began)
	for i := range containers {
		if _, ours := s.service(&containers[i]); ours && containers[i].Running() {
			s.containers = append(s.containers, containers[i])
		}
	}
}

func sideBySide(ctx context.Context, s *sight, checks []check) []Result {
	results := make([][]Result, len(checks))
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() { results[i] = c.of(ctx, s) })
	}
	all.Wait()
	var out []Result
	for _, r := range results {
		out = append(out, r...)
	}
	return out
}

// of runs the check and puts its name on what it gives.
func (c check) of(ctx context.Context, s *sight) []Result {
	results := c.run(ctx, s)
	for i := range results {
		results[i].Check = c.name
	}
	return results
}

// unlisted is why a check of running containers has nothing to look at.
const unlisted = "the containers cannot be listed"

func one(state State, message, hint string) []Result {
	return []Result{{State: state, Message: message, Hint: hint}}
}
