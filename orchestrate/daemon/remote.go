package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"os"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// remote is the orchestrator inside hostwrightd. What only reads the files of recorders and events is not there: whoever
// asks for that reads them itself, and goes on when hostwrightd does not.
type remote struct {
	to Remote
	// version is this program's, and executable the hostwrightd that it would start.
	version, executable string
	// environment are this process's own variables (adapter.OfCaller).
	environment []declared.EnvVar
}

// unreached says that hostwrightd has not taken a request up: nothing was done.
type unreached struct{ err error }

func (u *unreached) Error() string { return u.err.Error() }
func (u *unreached) Unwrap() error { return u.err }

// isUnreached tells whether another way may be tried.
func isUnreached(err error) bool { return errors.As(err, new(*unreached)) }

// errSilent is a hostwrightd that takes connections and does not answer.
var errSilent = fmt.Errorf("hostwrightd does not answer within %s", requestPatience)

// endedError is what a command says whose hostwrightd ended in the middle.
func endedError(what string) error {
	return &orchestrate.Error{
		Code: orchestrate.CodeDaemon, Message: "hostwrightd ended while it carried out `" + what + "`; what was done is recorded",
		Hint: "run the command again: it goes on from there; `hostwright daemon logs` may say more",
	}
}

// headers say who asks.
func (r *remote) headers(h http.Header) {
	h.Set(versionHeader, r.version)
	h.Set(executableHeader, url.PathEscape(r.executable))
	h.Set(buildHeader, buildOf(r.executable))
}

// encodeValued gives the JSON of a request and an environment and the values that it leaves out. It is unreached for text
// that JSON cannot carry.
func encodeValued[Q any](request Q, environment []declared.EnvVar) (json.RawMessage, [][]byte, error) {
	data, err := json.Marshal(request)
	if err != nil {
		return nil, nil, fmt.Errorf("encode the request: %w", err)
	}
	if bytes.Contains(data, []byte(`\ufffd`)) { // so bytes that are no text are encoded, and only they
		return nil, nil, &unreached{errors.New("the request has text that is not UTF-8")}
	}
	return data, bytesOf(declared.Reveals(valued[Q]{request, environment})), nil
}

// ask sends a question and gives its answer.
func ask[Q, R any](ctx context.Context, r *remote, path string, request Q) (R, error) {
	var out R
	data, secrets, err := encodeValued(request, r.environment)
	if err != nil {
		return out, err
	}
	body, err := json.Marshal(question{Request: data, Environment: r.environment, Secrets: secrets, PID: os.Getpid()})
	if err != nil {
		return out, err
	}
	if int64(len(body)) > bodyLimit(path) {
		return out, &unreached{errors.New("the request is longer than hostwrightd takes")}
	}
	result, err := r.post(ctx, path, body)
	if err != nil {
		return out, err
	}
	var answer reckoning
	if err := json.Unmarshal(result, &answer); err != nil {
		return out, fmt.Errorf("read hostwrightd's answer: %w", err)
	}
	if answer.Error != nil {
		return out, answer.Error.decode()
	}
	if err := json.Unmarshal(answer.Result, &out); err != nil {
		return out, fmt.Errorf("read hostwrightd's answer: %w", err)
	}
	return out, nil
}

// post sends a body and gives the answer's. It waits as long as hostwrightd needs, once that has said that it is there.
func (r *remote) post(ctx context.Context, path string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silent := time.AfterFunc(requestPatience, func() { cancel(errSilent) })
	defer silent.Stop()
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		Got1xxResponse: func(int, textproto.MIMEHeader) error { silent.Stop(); return nil },
	})
	request, err := http.NewRequestWithContext(traced, http.MethodPost, "http://"+apiHost+"/"+APIVersion+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.headers(request.Header)
	answer, err := r.to.client().Do(request)
	if err == nil {
		silent.Stop()
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, &unreached{refusal(answer)}
		}
		var data []byte
		if data, err = io.ReadAll(answer.Body); err == nil {
			return data, nil
		}
	}
	switch {
	case errors.Is(context.Cause(ctx), errSilent):
		return nil, &unreached{errSilent}
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, ErrNotRunning):
		return nil, &unreached{ErrNotRunning}
	case gone(err):
		return nil, &goneError{}
	}
	return nil, &unreached{fmt.Errorf("ask hostwrightd: %w", err)}
}

// goneError is a hostwrightd that ended before it answered. What it did is not known.
type goneError struct{}

func (*goneError) Error() string { return "hostwrightd ended before it answered" }

// Plan asks hostwrightd.
func (r *remote) Plan(ctx context.Context, q orchestrate.Request) (plan.Plan, error) {
	return ask[orchestrate.Request, plan.Plan](ctx, r, askPlan, q)
}

// Containers asks hostwrightd.
func (r *remote) Containers(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.Container, error) {
	return ask[orchestrate.ProjectRef, []orchestrate.Container](ctx, r, askContainers, ref)
}

// Projects asks hostwrightd.
func (r *remote) Projects(ctx context.Context) ([]orchestrate.Project, error) {
	return ask[none, []orchestrate.Project](ctx, r, askProjects, none{})
}

// Images asks hostwrightd.
func (r *remote) Images(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.ContainerImage, error) {
	return ask[orchestrate.ProjectRef, []orchestrate.ContainerImage](ctx, r, askImages, ref)
}

// Volumes asks hostwrightd.
func (r *remote) Volumes(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.Volume, error) {
	return ask[orchestrate.ProjectRef, []orchestrate.Volume](ctx, r, askVolumes, ref)
}

// Drift asks hostwrightd.
func (r *remote) Drift(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.Drift, error) {
	return ask[orchestrate.ProjectRef, []orchestrate.Drift](ctx, r, askDrift, ref)
}

// Versions asks hostwrightd.
func (r *remote) Versions(ctx context.Context) (orchestrate.RuntimeVersions, error) {
	return ask[none, orchestrate.RuntimeVersions](ctx, r, askVersions, none{})
}

// Adopt has hostwrightd adopt.
func (r *remote) Adopt(ctx context.Context, q orchestrate.AdoptRequest) (orchestrate.Adoption, error) {
	out, err := ask[orchestrate.AdoptRequest, orchestrate.Adoption](ctx, r, askAdopt, q)
	if errors.As(err, new(*goneError)) {
		err = endedError("adopt")
	}
	return out, err
}

// newRemote gives the orchestrator inside the hostwrightd of a state folder.
func newRemote(state statedir.Dir, version, executable string, environment []declared.EnvVar) *remote {
	return &remote{to: Remote{State: state}, version: version, executable: executable, environment: environment}
}
