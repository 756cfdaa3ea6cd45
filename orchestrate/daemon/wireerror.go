package daemon

import (
	"context"
	"errors"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/translate/finding"
)

// wireError is an error as it crosses the socket: its text, and of its chain what a command asks for with errors.As and
// errors.Is, so that it means the same on the other side.
type wireError struct {
	// Code, Hint and Findings are those of the first *orchestrate.Error of the chain, Own its message where there is
	// more in Message.
	Code     orchestrate.Code `json:"code,omitempty"`
	Message  string           `json:"message"`
	Hint     string           `json:"hint,omitempty"`
	Findings finding.List     `json:"findings,omitempty"`
	Own      string           `json:"own,omitempty"`
	Runtime  *wireRuntime     `json:"runtime,omitempty"`
	// Ended is "canceled" or "deadline" for the end of a context.
	Ended string `json:"ended,omitempty"`
}

// wireRuntime is the first *adapter.Error of a chain, without its cause.
type wireRuntime struct {
	Kind     adapter.Kind `json:"kind"`
	Op       string       `json:"op"`
	Resource string       `json:"resource,omitempty"`
	Words    string       `json:"words,omitempty"`
	Hint     string       `json:"hint,omitempty"`
	ExitCode int          `json:"exitCode"`
}

// encodeError gives the form of an error that crosses.
func encodeError(err error) *wireError {
	out := &wireError{Message: err.Error()}
	var problem *orchestrate.Error
	if errors.As(err, &problem) {
		out.Code, out.Hint, out.Findings = problem.Code, problem.Hint, problem.Findings
		if problem.Message != out.Message {
			out.Own = problem.Message
		}
	}
	var e *adapter.Error
	if errors.As(err, &e) {
		out.Runtime = &wireRuntime{Kind: e.Kind, Op: e.Op, Resource: e.Resource, Words: e.Words, Hint: e.Hint, ExitCode: e.ExitCode}
	}
	switch {
	case errors.Is(err, context.Canceled):
		out.Ended = "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		out.Ended = "deadline"
	}
	return out
}

// decode gives an error that means what the encoded one did.
func (w *wireError) decode() error {
	out := &crossedError{text: w.Message}
	if w.Code != "" {
		problem := &orchestrate.Error{Code: w.Code, Message: w.Message, Hint: w.Hint, Findings: w.Findings}
		if w.Own != "" {
			problem.Message = w.Own
		}
		out.chain = append(out.chain, problem)
	}
	if r := w.Runtime; r != nil {
		out.chain = append(out.chain, &adapter.Error{Kind: r.Kind, Op: r.Op, Resource: r.Resource, Words: r.Words, Hint: r.Hint, ExitCode: r.ExitCode})
	}
	switch w.Ended {
	case "canceled":
		out.chain = append(out.chain, context.Canceled)
	case "deadline":
		out.chain = append(out.chain, context.DeadlineExceeded)
	}
	return out
}

// crossedError is an error that came over the socket.
type crossedError struct {
	text  string
	chain []error
}

// Error gives the whole text.
func (e *crossedError) Error() string { return e.text }

// Unwrap gives what the chain had.
func (e *crossedError) Unwrap() []error { return e.chain }
