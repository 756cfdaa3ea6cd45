package compose

import (
	"strings"

	"github.com/hostwright/compose/translate/finding"
)

// Error is what stops a project from being loaded. Message says what is wrong, in Docker Compose's words where it has
// some; Position where, as far as that is known; Hint what to do, when there is something better than reading Message.
type Error struct {
	Message  string
	Position finding.Position
	Hint     string
	// Cause is compose-go's error or the operating system's, for errors.Is and errors.As.
	Cause error
}

// Error gives the position and the message in one line.
func (e *Error) Error() string {
	message := strings.TrimSpace(e.Message)
	at := e.Position.String()
	if at == "" || strings.HasPrefix(message, at) {
		return message
	}
	return at + ": " + message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }
