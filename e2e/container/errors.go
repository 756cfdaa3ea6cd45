//go:build linux

package main

import (
	"errors"
	"fmt"
	"strings"
)

// Codes of Apple's ContainerizationError that the stand-in uses; they show in nested texts only (reference 6.1).
const (
	codeInvalidArgument = "invalidArgument"
	codeInternalError   = "internalError"
	codeExists          = "exists"
	codeNotFound        = "notFound"
	codeInvalidState    = "invalidState"
	codeInterrupted     = "interrupted"
	codeUnsupported     = "unsupported"
	codeUnknown         = "unknown"
)

// appleError is an error of the runtime: a code, a message and perhaps a cause. At the top level the message shows
// without the code; as a cause, or as one of several targets, with it.
type appleError struct {
	code    string
	message string
	cause   error
}

// fail makes an appleError without a cause.
func fail(code, format string, args ...any) *appleError {
	return &appleError{code: code, message: fmt.Sprintf(format, args...)}
}

// because gives the error a cause.
func (e *appleError) because(cause error) *appleError {
	return &appleError{code: e.code, message: e.message, cause: cause}
}

// Error gives the nested form: code: "message" (cause: "...").
func (e *appleError) Error() string {
	return fmt.Sprintf("%s: %q", e.code, quotable(e.message)) + e.causeText()
}

// Unwrap gives the cause.
func (e *appleError) Unwrap() error { return e.cause }

// topLevel gives the form of a single-target error: the message without the code.
func (e *appleError) topLevel() string { return e.message + e.causeText() }

func (e *appleError) causeText() string {
	if e.cause == nil {
		return ""
	}
	return fmt.Sprintf(" (cause: \"%s\")", e.cause.Error())
}

// quotable is a string that %q prints between plain quotes: Swift interpolates without escaping.
type quotable string

// Format writes the text between quotes, nothing escaped.
func (q quotable) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, `"`+string(q)+`"`) }

// failures are the errors of a command with several targets, in target order: one "Error: ", then a line each.
type failures []error

// Error joins the lines.
func (f failures) Error() string {
	lines := make([]string, len(f))
	for i, err := range f {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the errors.
func (f failures) Unwrap() []error { return f }

// err gives nil when nothing failed.
func (f failures) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// exitStatus is the exit code of a process that ran in a container; nothing is printed for it.
type exitStatus int

// Error names the code, for logs of tests only.
func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// errDaemonDown is what every command says while the services are not started.
var errDaemonDown = errors.New(`interrupted: "XPC connection error: Connection invalid"`)

// daemonDownHint is the line after any text with errDaemonDown in it (reference 6.1).
const daemonDownHint = "Ensure container system service has been started with `container system start`."

// errorText is what follows "Error: " for err.
func errorText(err error) string {
	text := err.Error()
	var several failures
	var apple *appleError
	if !errors.As(err, &several) && errors.As(err, &apple) {
		text = apple.topLevel()
	}
	if errors.Is(err, errDaemonDown) {
		text += "\n" + daemonDownHint
	}
	return text
}
