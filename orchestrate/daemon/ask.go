package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// question is the body of a request about projects, and reckoning the answer to one that was carried out, however that
// went.
type question struct {
	Request json.RawMessage `json:"request,omitempty"`
	// Environment are the caller's variables (adapter.OfCaller); null: ours count.
	Environment []declared.EnvVar `json:"environment"`
	// Secrets are the values that the JSON of Request and then of Environment leaves out.
	Secrets [][]byte `json:"secrets,omitempty"`
	PID     int      `json:"pid"`
}

type reckoning struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  *wireError      `json:"error,omitempty"`
}

// none stands for what a request does not have.
type none struct{}

// The questions, by the last part of their path.
const (
	askPlan       = "/plan"
	askContainers = "/containers"
	askProjects   = "/projects"
	askImages     = "/images"
	askVolumes    = "/volumes"
	askDrift      = "/drift"
	askAdopt      = "/adopt"
	askVersions   = "/versions"
)

// questions are the requests that one answer ends.
var questions = []route{
	{http.MethodPost, askPlan, answering(func(ctx context.Context, c orchestrate.Client, r orchestrate.Request) (plan.Plan, error) {
		if err := checkRequest(r); err != nil {
			return plan.Plan{}, err
		}
		return c.Plan(ctx, r)
	})},
	{http.MethodPost, askContainers, answering(aboutProject(orchestrate.Client.Containers))},
	{http.MethodPost, askImages, answering(aboutProject(orchestrate.Client.Images))},
	{http.MethodPost, askVolumes, answering(aboutProject(orchestrate.Client.Volumes))},
	{http.MethodPost, askDrift, answering(aboutProject(orchestrate.Client.Drift))},
	{http.MethodPost, askProjects, answering(func(ctx context.Context, c orchestrate.Client, _ none) ([]orchestrate.Project, error) {
		return c.Projects(ctx)
	})},
	{http.MethodPost, askVersions, answering(func(ctx context.Context, c orchestrate.Client, _ none) (orchestrate.RuntimeVersions, error) {
		return c.Versions(ctx)
	})},
	{http.MethodPost, askAdopt, (*server).adopt},
}

// adopt is carried out as an operation is: hostwrightd stays for it.
func (s *server) adopt(w http.ResponseWriter, q *http.Request) {
	what := &Underway{Command: "adopt", Since: s.o.Now()}
	leave := s.enter(what)
	if leave == nil {
		writeError(w, http.StatusServiceUnavailable, s.leavingError())
		return
	}
	defer leave()
	answering(func(ctx context.Context, c orchestrate.Client, r orchestrate.AdoptRequest) (orchestrate.Adoption, error) {
		if err := checkRef(r.Ref); err != nil {
			return orchestrate.Adoption{}, err
		}
		if err := checkRef(orchestrate.ProjectRef{Dir: r.From}); err != nil {
			return orchestrate.Adoption{}, err
		}
		s.underways.describe(what, r.Ref.Name, "adopt", 0)
		ctx, end := context.WithCancelCause(ctx)
		defer end(nil)
		defer context.AfterFunc(s.working, func() { end(errLeaving) })()
		return c.Adopt(ctx, r)
	})(s, w, q)
}

func aboutProject[R any](ask func(orchestrate.Client, context.Context, orchestrate.ProjectRef) (R, error)) func(context.Context, orchestrate.Client, orchestrate.ProjectRef) (R, error) {
	return func(ctx context.Context, c orchestrate.Client, ref orchestrate.ProjectRef) (R, error) {
		if err := checkRef(ref); err != nil {
			var nothing R
			return nothing, err
		}
		return ask(c, ctx, ref)
	}
}

// answering makes a handler of what a client can do. That the question has come is said at once (103 Early Hints): a
// hostwrightd that hangs is so told from a runtime that takes its time.
func answering[Q, R any](ask func(context.Context, orchestrate.Client, Q) (R, error)) func(*server, http.ResponseWriter, *http.Request) {
	return func(s *server, w http.ResponseWriter, q *http.Request) {
		var asked question
		data, err := io.ReadAll(q.Body)
		if err != nil {
			status := http.StatusBadRequest
			if errors.As(err, new(*http.MaxBytesError)) {
				status = http.StatusRequestEntityTooLarge
			}
			writeError(w, status, errors.New("the request cannot be read: it is too long or was broken off"))
			return
		}
		if json.Unmarshal(data, &asked) != nil {
			writeError(w, http.StatusBadRequest, errMalformed)
			return
		}
		request, environment, err := restored[Q](asked)
		if err != nil {
			writeError(w, http.StatusBadRequest, err)
			return
		}
		w.WriteHeader(http.StatusEarlyHints)
		ctx := q.Context()
		if environment != nil {
			ctx = adapter.WithEnvironment(ctx, environment)
		}
		result, err := ask(ctx, s.o.Orchestrator(q.Header.Get(versionHeader), asked.PID), request)
		var answer reckoning
		if err == nil {
			answer.Result, err = json.Marshal(result)
		}
		if err != nil {
			answer = reckoning{Error: encodeError(err)}
		}
		writeJSON(w, http.StatusOK, answer)
	}
}

// restored gives the request and the environment with their values. Its error has nothing of them.
func restored[Q any](q question) (request Q, environment []string, err error) {
	if len(q.Request) > 0 && json.Unmarshal(q.Request, &request) != nil {
		return request, nil, errMalformed
	}
	both := valued[Q]{request, q.Environment}
	if declared.Restore(&both, texts(q.Secrets)) != nil {
		return request, nil, errMalformed
	}
	return both.Request, lines(both.Environment), nil
}

// valued is what has values, in the order in which they cross.
type valued[Q any] struct {
	Request     Q
	Environment []declared.EnvVar
}

// texts and bytesOf turn values into a form that JSON carries whatever bytes they have.
func texts(values [][]byte) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

func bytesOf(values []string) [][]byte {
	out := make([][]byte, len(values))
	for i, v := range values {
		out[i] = []byte(v)
	}
	return out
}

// lines gives variables as a process has them; nil for nil.
func lines(vars []declared.EnvVar) []string {
	if vars == nil {
		return nil
	}
	out := make([]string, 0, len(vars))
	for _, v := range vars {
		out = append(out, v.Key+"="+v.Value.Reveal())
	}
	return out
}

// bodyLimit is how much a request may have.
func bodyLimit(path string) int64 {
	if filepath.Base(path) == filepath.Base(askPlan) {
		return maxRequest
	}
	return maxBody
}
