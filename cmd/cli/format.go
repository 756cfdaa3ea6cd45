package cli

import (
	"fmt"
	"slices"
	"strings"
)

// oneFormatOf refuses a --format that a command does not have.
func oneFormatOf(format string, known ...string) error {
	if slices.Contains(known, format) {
		return nil
	}
	return &usageError{message: fmt.Sprintf("unknown format %q", format), hint: strings.Join(known, " or ")}
}
