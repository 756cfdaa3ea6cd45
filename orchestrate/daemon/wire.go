package daemon

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/supervise"
)

// The wire between a command and hostwrightd: HTTP with JSON on a Unix socket (docs/api.md). APIVersion is part of each
// path; it changes when a request or an answer changes its meaning.
const APIVersion = "v1"

// versionHeader names the program's version in every request and answer.
const versionHeader = "Hostwright-Version"

// apiHost is the Host of every request. A browser that was led to the socket would send another.
const apiHost = "hostwright"

// Bounds of the wire.
const (
	maxBody     = 1 << 20 // bytes of a request
	maxHeaders  = 16 << 10
	maxClients  = 64               // connections at a time
	headerTime  = 5 * time.Second  // to send the head of a request
	requestTime = 30 * time.Second // to send all of it
	idleTime    = time.Minute      // between two requests of a connection
)

// Status is what hostwrightd says of itself.
type Status struct {
	Version string `json:"version"`
	// Executable is its program, and Build tells that program from another one at the same place.
	Executable string    `json:"executable"`
	Build      string    `json:"build"`
	PID        int       `json:"pid"`
	Since      time.Time `json:"since"`
	// Runtime is "running", or "away" when its services did not answer at the latest look.
	Runtime string `json:"runtime"`
	// Followers counts the connections of those who follow.
	Followers int                  `json:"followers"`
	Projects  []supervise.Watching `json:"projects"`
}

// writeJSON answers a request.
func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // a client that is gone hears nothing
}

// writeError answers with an error, whole as the client would have had it in its own process.
func writeError(w http.ResponseWriter, code int, err error) {
	var e *orchestrate.Error
	if !errors.As(err, &e) {
		e = &orchestrate.Error{Code: orchestrate.CodeInternal, Message: err.Error()}
	}
	writeJSON(w, code, e)
}
