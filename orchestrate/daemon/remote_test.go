package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/reconcile"
	"github.com/hostwright/compose/orchestrate/supervise"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// realShop is a shop on the machine's own clock, for what goes through a socket.
func realShop(t *testing.T) *shop {
	t.Helper()
	s := newShop(t, string(stateDir(t)), inMemory(t))
	s.project.Services[0].Healthcheck.Interval = 20 * time.Millisecond
	return s
}

// serve runs a hostwrightd on the shop's runtime until the test ends; done gives how it ended.
func (s *shop) serve(change func(*ServeOptions)) (done <-chan error, cancel context.CancelFunc) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	client := s.client(s.calls, s.calls) // with one source of ids
	o := ServeOptions{
		Executable: "/hostwrightd", Ready: func() { close(ready) },
		Orchestrator: func(string, int) orchestrate.Client { return client },
		Options: supervise.Options{
			State: s.state, Adapter: s.runtime, Now: time.Now, Version: "test", PID: os.Getpid(), Idle: time.Hour, Log: func(string, ...any) {},
			Recorders: func(dir statedir.Project) (reconcile.Recorders, error) {
				return recorders{reconcile.Processes{Project: dir}, s.runtime}, nil
			},
		},
	}
	if change != nil {
		change(&o)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		ended <- Serve(ctx, o)
	}()
	select {
	case <-ready:
	case err := <-ended:
		s.t.Fatalf("hostwrightd ended: %v", err)
	}
	s.t.Cleanup(func() { cancel(); <-over })
	return ended, cancel
}

// through is a client that goes through the shop's hostwrightd.
func (s *shop) through() *remote {
	return newRemote(s.state, "test", "/hostwrightd", []declared.EnvVar{{Key: "PATH", Value: declared.NewSensitive("/bin")}})
}

// free tells whether the project's lock can be had, and gives it back. hostwrightd's own actions may have it for a moment.
func (s *shop) free() bool {
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	lock, err := ledger.Open(s.state, s.ref.Name, s.ref.Dir).Lock(ctx, ledger.Holder{}, nil)
	if err != nil {
		return false
	}
	assert.NilError(s.t, lock.Release())
	return true
}

// idle waits until hostwrightd carries out nothing.
func (s *shop) idle() {
	s.t.Helper()
	eventually(s.t, func() bool {
		status, err := Remote{State: s.state}.Status(s.t.Context())
		assert.NilError(s.t, err)
		return len(status.Operations) == 0
	})
	assert.Assert(s.t, s.free(), "the lock is still held")
}

// ways are the two ways of a command: in its own process, and through hostwrightd.
var ways = map[string]func(s *shop) orchestrate.Client{
	"in this process":     func(s *shop) orchestrate.Client { return s.client(s.calls, s.calls) },
	"through hostwrightd": func(s *shop) orchestrate.Client { s.serve(nil); return viaHostwrightd(s) },
}

// viaHostwrightd is what commands use; falling back to this process fails the test.
func viaHostwrightd(s *shop) orchestrate.Client {
	o := WatchedOptions{State: s.state, Version: "test", Environment: []declared.EnvVar{}, Failed: func(err error) { s.t.Error(err) }}
	return watchedBy(forbidden{s.client(s.calls, s.calls)}, o, "/hostwrightd", func() (string, error) { return "", errors.New("it runs already") })
}

// forbidden is a client of which only the calls are used that read files.
type forbidden struct{ orchestrate.Client }

var errForbidden = errors.New("it was done in this process")

func (forbidden) Begin(context.Context, orchestrate.Request, func(orchestrate.Holder)) (orchestrate.Operation, error) {
	return nil, errForbidden
}
func (forbidden) Plan(context.Context, orchestrate.Request) (plan.Plan, error) {
	return plan.Plan{}, errForbidden
}
func (forbidden) Containers(context.Context, orchestrate.ProjectRef) ([]orchestrate.Container, error) {
	return nil, errForbidden
}
func (forbidden) Adopt(context.Context, orchestrate.AdoptRequest) (orchestrate.Adoption, error) {
	return orchestrate.Adoption{}, errForbidden
}

var changing = []*regexp.Regexp{
	regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)`),
	regexp.MustCompile(`"probes":\[[^]]*\],`),
	regexp.MustCompile(`shop-[0-9a-f]{12}/`),    // the project's folder: the place is part of its name
	regexp.MustCompile(`"hash":"[0-9a-f]{64}"`), // a plan's: the place is part of it
}

// story is what a client says of one life of the shop, without times and places.
func story(t *testing.T, s *shop, c orchestrate.Client) []string {
	var out []string
	tell := func(what string, v any, err error) {
		t.Helper()
		data, jsonErr := json.Marshal(v)
		assert.NilError(t, jsonErr)
		text := strings.NewReplacer(s.ref.Dir, "DIR", string(s.state), "STATE").Replace(string(data))
		for _, r := range changing {
			text = r.ReplaceAllString(text, "-")
		}
		out = append(out, fmt.Sprintf("%s: %s %v", what, text, err))
	}
	ctx := t.Context()
	look := func(title string) {
		containers, err := c.Containers(ctx, s.ref)
		tell(title+" containers", containers, err)
		list, err := c.Projects(ctx)
		tell(title+" projects", list, err)
		images, err := c.Images(ctx, s.ref)
		tell(title+" images", images, err)
		volumes, err := c.Volumes(ctx, s.ref)
		tell(title+" volumes", volumes, err)
		drift, err := c.Drift(ctx, s.ref)
		tell(title+" drift", drift, err)
	}
	p, err := c.Plan(ctx, s.request(goalUp))
	tell("plan", p, err)
	p, events, err := s.operate(ctx, c, s.request(goalUp))
	tell("up", p, err)
	tell("events", settled(events), nil)
	look("up")
	p, events, err = s.operate(ctx, c, s.request(goalUp))
	tell("again", p, err)
	tell("events", events, nil)
	s.project.Services[2].User = "7"
	p, events, err = s.operate(ctx, c, s.request(goalUp))
	tell("changed", p, err)
	tell("events", settled(events), nil)
	p, _, err = s.operate(ctx, c, s.request(plan.Goal{Verb: plan.Stop, Timeout: &grace}))
	tell("stop", p, err)
	look("stopped")
	found, err := c.Adopt(ctx, orchestrate.AdoptRequest{Ref: s.ref, Preview: true})
	tell("adopt", found, err)
	p, _, err = s.operate(ctx, c, s.request(goalDown))
	tell("down", p, err)
	look("down")
	v, err := c.Versions(ctx)
	tell("versions", v, err)
	return out
}

// settled gives how each resource ended: what is done side by side has no order.
func settled(events []orchestrate.Event) map[string]string {
	out := map[string]string{}
	for _, e := range events {
		out[fmt.Sprint(e.Resource)] = string(e.Status) + " " + e.Text
	}
	return out
}

func TestBothWaysDoAndSayTheSame(t *testing.T) {
	stories := map[string][]string{}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			s := realShop(t)
			foreign := s.foreign()
			stories[name] = story(t, s, way(s))
			assert.Equal(t, s.world(), foreign)
			left := slices.DeleteFunc(s.left(), func(file string) bool { return file == "/events.jsonl" }) // what hostwrightd saw
			assert.Equal(t, len(left), 0, "%v", left)
		})
	}
	here, there := stories["in this process"], stories["through hostwrightd"]
	assert.Assert(t, len(here) > 20)
	for i := range here {
		a, b := here[i], there[i]
		same := 0
		for same < min(len(a), len(b)) && a[same] == b[same] {
			same++
		}
		from := max(0, same-100)
		assert.Assert(t, a == b, "here:  %.60s ... %.300s\nthere: ... %.300s", a, a[from:], b[from:])
	}
}

func TestErrorsMeanTheSameBothWays(t *testing.T) {
	type meaning struct {
		Text, Hint   string
		Code         orchestrate.Code
		Own          string
		Kind         adapter.Kind
		Ended, Found bool
	}
	mean := func(s *shop, err error) meaning {
		m := meaning{Text: strings.ReplaceAll(err.Error(), s.ref.Dir, "DIR"), Hint: orchestrate.Hint(err), Kind: adapter.KindOf(err), Ended: errors.Is(err, context.Canceled)}
		var e *orchestrate.Error
		if errors.As(err, &e) {
			m.Code, m.Own = e.Code, strings.ReplaceAll(e.Message, s.ref.Dir, "DIR")
		}
		return m
	}
	cases := map[string]func(s *shop, c orchestrate.Client) error{
		"a name that nobody knows": func(s *shop, c orchestrate.Client) error {
			_, err := c.Begin(s.t.Context(), orchestrate.Request{Ref: orchestrate.ProjectRef{Name: "nobody"}, Goal: goalDown, Command: "down"}, nil)
			return err
		},
		"a runtime that does not run": func(s *shop, c orchestrate.Client) error {
			s.runtime.SetDown(true)
			defer s.runtime.SetDown(false)
			_, err := c.Containers(s.t.Context(), s.ref)
			_, again := c.Begin(s.t.Context(), s.request(goalDown), nil) // one listing
			return errors.Join(err, again)
		},
		"a damaged ledger": func(s *shop, c orchestrate.Client) error {
			path := ledger.Open(s.state, s.ref.Name, s.ref.Dir).Path()
			assert.NilError(s.t, statedir.MakePrivate(path[:strings.LastIndex(path, "/")]))
			assert.NilError(s.t, os.WriteFile(path, []byte("{"), 0o600))
			_, err := c.Plan(s.t.Context(), s.request(goalUp))
			return err
		},
		"a start that fails": func(s *shop, c orchestrate.Client) error {
			s.project.Services[2].Command = []string{"no such program"}
			_, _, err := s.operate(s.t.Context(), c, s.request(goalUp))
			return err
		},
		"cancelled while it runs": func(s *shop, c orchestrate.Client) error {
			s.project.Services[0].Healthcheck.Test = []string{"CMD", "false"}
			s.project.Services[0].Healthcheck.StartPeriod = time.Hour
			ctx, cancel := context.WithCancel(s.t.Context())
			op, err := c.Begin(ctx, s.request(goalUp), nil)
			assert.NilError(s.t, err)
			err = op.Run(ctx, func(e orchestrate.Event) {
				if e.Text == "Waiting" {
					cancel()
				}
			})
			_, ready := op.ImagesReady(s.t.Context(), nil) // it can still be used
			assert.Check(s.t, ready)
			assert.NilError(s.t, op.Close())
			return err
		},
		"cancelled while it waits": func(s *shop, c orchestrate.Client) error {
			first, err := s.client(s.calls, s.calls).Begin(s.t.Context(), s.request(goalUp), nil)
			assert.NilError(s.t, err)
			ctx, cancel := context.WithCancel(s.t.Context())
			_, err = c.Begin(ctx, s.request(goalUp), func(h orchestrate.Holder) {
				assert.Equal(s.t, h.Command, "up")
				assert.Equal(s.t, h.PID, os.Getpid())
				cancel()
			})
			assert.NilError(s.t, first.Close())
			return err
		},
	}
	for name, fail := range cases {
		t.Run(name, func(t *testing.T) {
			got := map[string]meaning{}
			for way, client := range ways {
				s := realShop(t)
				err := fail(s, client(s))
				assert.Assert(t, err != nil)
				assert.Assert(t, !errors.Is(err, errForbidden))
				got[way] = mean(s, err)
				assert.Assert(t, s.free())
			}
			assert.DeepEqual(t, got["through hostwrightd"], got["in this process"])
		})
	}
}
