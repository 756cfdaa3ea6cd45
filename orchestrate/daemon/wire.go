package daemon

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/hostwright/compose/orchestrate/supervise"
)

// The wire between a command and hostwrightd: HTTP with JSON on a Unix socket (docs/api.md). APIVersion is part of each
// path; it changes when a request or an answer changes its meaning.
const APIVersion = "v1"

// versionHeader names the program's version in every request and answer.
const versionHeader = "Hostwright-Version"

// apiHost is the Host of every request. A browser that was led to the socket would send another.
const apiHost = "hostwright"

// The headers with which a command says which hostwrightd it would start: one of another build is not asked.
const (
	executableHeader = "Hostwright-Executable" // percent-encoded
	buildHeader      = "Hostwright-Build"
)

// Bounds of the wire.
const (
	maxBody     = 1 << 20  // bytes of a request
	maxRequest  = 16 << 20 // of one that has a project in it
	maxHeaders  = 16 << 10
	maxClients  = 64               // connections at a time
	headerTime  = 5 * time.Second  // to send the head of a request
	requestTime = 30 * time.Second // to send all of it
	idleTime    = time.Minute      // between two requests of a connection
	answerTime  = 30 * time.Second // to read an answer, or one message of an operation
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
	Followers int `json:"followers"`
	// Goroutines are its own: a number that grows while nothing else does is a leak.
	Goroutines int                  `json:"goroutines"`
	Projects   []supervise.Watching `json:"projects"`
	// Operations are the commands that it carries out.
	Operations []Underway `json:"operations,omitempty"`
}

// Underway is a command that hostwrightd carries out.
type Underway struct {
	Project string    `json:"project"`
	Command string    `json:"command"`
	PID     int       `json:"pid"` // the command's
	Since   time.Time `json:"since"`
}

// writeJSON answers a request.
func writeJSON(w http.ResponseWriter, code int, v any) {
	// A client that does not read keeps nobody.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // a client that is gone hears nothing
}

// writeError answers with an error that means what it does in this process.
func writeError(w http.ResponseWriter, code int, err error) { writeJSON(w, code, encodeError(err)) }
