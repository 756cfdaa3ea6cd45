package adapter

import (
	"errors"
	"fmt"
)

// Kind classes an Error by what a caller can do about it.
type Kind string

// The kinds of errors.
const (
	NotFound    Kind = "not found"
	Exists      Kind = "exists"
	InUse       Kind = "in use"      // a network or volume that containers refer to
	WrongState  Kind = "wrong state" // running where stopped is needed, or the other way round
	Refused     Kind = "refused"     // the runtime does not accept the request: bad name, bad option, usage
	PortInUse   Kind = "port in use"
	VolumeBusy  Kind = "volume busy" // held by another running container
	Denied      Kind = "denied"      // a registry wants a login, or refuses it
	Missing     Kind = "missing"     // the runtime's command is not installed
	TooOld      Kind = "too old"
	NotRunning  Kind = "not running" // the runtime's services do not run
	Timeout     Kind = "timeout"     // no answer within the deadline; what happened is not known
	Unsupported Kind = "unsupported" // the runtime has no such thing
	Unknown     Kind = "unknown"
)

// Error is what a runtime answered, or that it did not. Words are the runtime's own, shortened, without arguments or
// environment of the call; Hint is what the user can do, where the adapter knows.
type Error struct {
	Kind     Kind
	Op       string // "create container"
	Resource string // "shop-web-1"
	Words    string
	Hint     string
	// ExitCode is the command's, -1 when it did not exit by itself.
	ExitCode int
	Err      error // cause, may be nil
}

// Error gives operation, resource and the runtime's words.
func (e *Error) Error() string {
	s := e.Op
	if e.Resource != "" {
		s += " " + e.Resource
	}
	switch {
	case e.Words != "":
		return fmt.Sprintf("%s: %s", s, e.Words)
	case e.Err != nil:
		return fmt.Sprintf("%s: %s", s, e.Err)
	}
	return fmt.Sprintf("%s: %s", s, e.Kind)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf gives the kind of the first *Error in err's chain, Unknown for any other error, "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Unknown
}

// Is tells whether err is an *Error of the kind.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }
