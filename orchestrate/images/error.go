package images

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// pullError says that an image could not be pulled, in the registry's words, and what the user can do.
func pullError(reference string, err error, signed *attempt) *orchestrate.Error {
	e := &orchestrate.Error{
		Code: orchestrate.CodeRuntime, Err: err,
		Message: fmt.Sprintf("pull image %s: %s", reference, words(err)),
	}
	host := registry(reference)
	switch adapter.KindOf(err) {
	case adapter.NotFound:
		e.Hint = fmt.Sprintf("check the name and the tag; a private image needs `container registry login %s`", host)
	case adapter.Denied:
		e.Hint = fmt.Sprintf("log in with `container registry login %s`, or check the name: registries answer the same for an image that does not exist", host)
	case adapter.Timeout:
		e.Hint = fmt.Sprintf("%s did not answer in time; check the network and run the command again", host)
	case adapter.Missing, adapter.NotRunning, adapter.TooOld:
		// The command's own words for these are better than any of ours.
	default:
		e.Hint = fmt.Sprintf("check that %s can be reached; `container image pull %s` tries this pull alone", host, reference)
	}
	// Of a refused login more is known here than the adapter can know.
	if hint := adapterHint(err); hint != "" && !adapter.Is(err, adapter.Denied) {
		e.Hint = hint
	}
	signed.explain(e)
	return e
}

// pushError says that an image could not be pushed, in the registry's words.
func pushError(reference string, err error, signed *attempt) *orchestrate.Error {
	e := &orchestrate.Error{
		Code: orchestrate.CodeRuntime, Err: err,
		Message: fmt.Sprintf("push image %s: %s", reference, words(err)),
	}
	host := registry(reference)
	switch adapter.KindOf(err) {
	case adapter.NotFound:
		e.Hint = "build it first: `hostwright compose build`"
	case adapter.Denied:
		e.Hint = fmt.Sprintf("log in with `container registry login %s`; the name must be one that you may write to", host)
	case adapter.Timeout:
		e.Hint = fmt.Sprintf("%s did not answer in time; check the network and run the command again", host)
	case adapter.Missing, adapter.NotRunning, adapter.TooOld:
	default:
		e.Hint = fmt.Sprintf("check that %s can be reached; `container image push %s` tries this push alone", host, reference)
	}
	// Of a refused login more is known here than the adapter can know.
	if hint := adapterHint(err); hint != "" && !adapter.Is(err, adapter.Denied) {
		e.Hint = hint
	}
	signed.explain(e)
	return e
}

// explain adds to an error what became of the logins that there were.
func (a *attempt) explain(e *orchestrate.Error) {
	switch {
	case a == nil:
	case a.err != nil:
		e.Hint = "the login that Docker keeps did not help (" + ownWords(a.err) + "); " + e.Hint
	case a.why != "":
		e.Hint = a.why
	}
}

// ownWords is an error without the name of the adapter's operation.
func ownWords(err error) string {
	var e *adapter.Error
	if errors.As(err, &e) && e.Words != "" {
		return strings.TrimSuffix(err.Error(), e.Error()) + e.Words
	}
	return err.Error()
}

func buildError(b plan.BuildImage, err error) *orchestrate.Error {
	e := &orchestrate.Error{
		Code: orchestrate.CodeRuntime, Err: err,
		Message: fmt.Sprintf("build image %s of service %s: %s", b.Reference, b.Service, words(err)),
	}
	switch adapter.KindOf(err) {
	case adapter.Missing, adapter.NotRunning, adapter.TooOld:
	default:
		e.Hint = "the builder's log above says where it stopped"
	}
	if hint := adapterHint(err); hint != "" {
		e.Hint = hint
	}
	return e
}

// words are the runtime's own where there are any.
func words(err error) string {
	var e *adapter.Error
	if errors.As(err, &e) {
		switch {
		case e.Words != "":
			return e.Words
		case e.Err != nil:
			return e.Err.Error()
		}
		return string(e.Kind)
	}
	return err.Error()
}

func adapterHint(err error) string {
	var e *adapter.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}

// registry gives the host of a reference: the part before the first slash when it looks like one, else Docker Hub.
func registry(reference string) string {
	host, _, ok := strings.Cut(reference, "/")
	if ok && (strings.ContainsAny(host, ".:") || host == "localhost") {
		return host
	}
	return "docker.io"
}
