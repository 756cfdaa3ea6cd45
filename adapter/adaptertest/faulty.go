package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
)

// Faulty makes calls fail, wait or hang by rules:
//
//	[OP@]N:ACTION[=ARGUMENT]   separated by ";"
//
// OP is an operation with "-" for blanks ("create-container"), or "mutation" for any that changes the runtime; without
// it every call counts. N is the number of the call among those, from 1, or "*". The actions:
//
//	fail[=KIND]         an error, and nothing happened
//	fail-after[=KIND]   it happened, and an error all the same
//	delay=DURATION      wait, then go on
//	hang                nothing happens until the context ends
//	hang-after          it happens, then nothing until the context ends
//
// KIND is an adapter.Kind with "-" for blanks ("port-in-use"), else "unknown". A call that hangs gives kind Timeout.
type Faulty struct {
	wrapped
	rules []faultRule
	mu    sync.Mutex
	seen  []int // per rule, the calls that counted for it
	hits  int
}

var _ adapter.RuntimeAdapter = (*Faulty)(nil)

type faultRule struct {
	op     string // "" all, "mutation", or an operation
	nth    int    // 0 is every one
	action string
	kind   adapter.Kind
	delay  time.Duration
}

// errInjected is what every injected error wraps.
var errInjected = errors.New("injected fault")

// Injected tells whether an error comes from a Faulty.
func Injected(err error) bool { return errors.Is(err, errInjected) }

// NewFaulty goes around an adapter; it fails on a rule that it cannot read.
func NewFaulty(a adapter.RuntimeAdapter, rules string) (*Faulty, error) {
	f := &Faulty{}
	for text := range strings.SplitSeq(rules, ";") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		rule, err := parseFault(text)
		if err != nil {
			return nil, fmt.Errorf("fault %q: %w", text, err)
		}
		f.rules = append(f.rules, rule)
	}
	f.seen = make([]int, len(f.rules))
	f.wrapped = wrapped{RuntimeAdapter: a, around: f.disturb}
	return f, nil
}

// Hits tells how many calls a rule disturbed. A test whose Hits are 0 tested nothing.
func (f *Faulty) Hits() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hits
}

func parseFault(text string) (faultRule, error) {
	when, what, found := strings.Cut(text, ":")
	if !found {
		return faultRule{}, errors.New("want [OP@]N:ACTION")
	}
	var r faultRule
	if op, n, found := strings.Cut(when, "@"); found {
		r.op, when = strings.ReplaceAll(op, "-", " "), n
		if r.op != "mutation" && !knownOps[r.op] {
			return faultRule{}, fmt.Errorf("no operation %q", op)
		}
	}
	if when != "*" {
		n, err := strconv.Atoi(when)
		if err != nil || n < 1 {
			return faultRule{}, fmt.Errorf("%q is no number of a call", when)
		}
		r.nth = n
	}
	action, argument, _ := strings.Cut(what, "=")
	r.action = action
	switch action {
	case "fail", "fail-after":
		r.kind = adapter.Kind(strings.ReplaceAll(argument, "-", " "))
		if argument == "" {
			r.kind = adapter.Unknown
		}
		if !knownKinds[r.kind] {
			return faultRule{}, fmt.Errorf("no kind %q", argument)
		}
	case "delay":
		d, err := time.ParseDuration(argument)
		if err != nil {
			return faultRule{}, err
		}
		r.delay = d
	case "hang", "hang-after":
	default:
		return faultRule{}, fmt.Errorf("no action %q", action)
	}
	return r, nil
}

// pick gives the first rule whose turn it is; every rule counts the call.
func (f *Faulty) pick(c Call) *faultRule {
	f.mu.Lock()
	defer f.mu.Unlock()
	var picked *faultRule
	for i := range f.rules {
		r := &f.rules[i]
		if r.op != "" && r.op != c.Op && !(r.op == "mutation" && adapter.Mutates(c.Op)) {
			continue
		}
		f.seen[i]++
		if picked == nil && (r.nth == 0 || r.nth == f.seen[i]) {
			picked = r
		}
	}
	if picked != nil {
		f.hits++
	}
	return picked
}

func (f *Faulty) disturb(ctx context.Context, c Call, next func(context.Context) error) error {
	r := f.pick(c)
	if r == nil {
		return next(ctx)
	}
	injected := &adapter.Error{Kind: r.kind, Op: c.Op, Resource: c.Resource, Words: errInjected.Error(), ExitCode: 1, Err: errInjected}
	switch r.action {
	case "fail":
		return injected
	case "delay":
		if err := pause(ctx, r.delay); err != nil {
			return err
		}
		return next(ctx)
	case "hang":
		<-ctx.Done()
	case "fail-after", "hang-after":
		if err := next(ctx); err != nil {
			return err
		}
		if r.action == "fail-after" {
			return injected
		}
		<-ctx.Done()
	}
	injected.Kind, injected.ExitCode = adapter.Timeout, -1
	injected.Words = "no answer: " + ctx.Err().Error()
	return injected
}

var knownOps = setOf(
	adapter.OpListContainers, adapter.OpInspectContainer, adapter.OpCreateContainer, adapter.OpStartContainer,
	adapter.OpStopContainer, adapter.OpKillContainer, adapter.OpDeleteContainer, adapter.OpExec, adapter.OpStats,
	adapter.OpListImages, adapter.OpPullImage, adapter.OpPushImage, adapter.OpBuildImage, adapter.OpImageConfig, adapter.OpTagImage,
	adapter.OpDeleteImage, adapter.OpListNetworks, adapter.OpCreateNetwork, adapter.OpDeleteNetwork,
	adapter.OpListVolumes, adapter.OpCreateVolume, adapter.OpDeleteVolume, adapter.OpVersion, adapter.OpPing, adapter.OpStartServices,
)

var knownKinds = setOf(
	adapter.NotFound, adapter.Exists, adapter.InUse, adapter.WrongState, adapter.Refused, adapter.PortInUse,
	adapter.VolumeBusy, adapter.Denied, adapter.Missing, adapter.TooOld, adapter.NotRunning, adapter.Timeout,
	adapter.Unsupported, adapter.Unknown,
)

func setOf[T comparable](values ...T) map[T]bool {
	set := map[T]bool{}
	for _, v := range values {
		set[v] = true
	}
	return set
}
