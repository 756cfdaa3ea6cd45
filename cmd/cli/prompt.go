package cli

import (
	"fmt"
	"strings"

	"github.com/hostwright/compose/cmd/cli/view"
)

// confirm asks a question that yes or no answers. On a terminal an empty answer is the default; otherwise one word is
// read from standard input, and its end means no, whatever the default (docker/compose v5, cmd/prompt).
func (c *composeCommand) confirm(question string, byDefault bool) (bool, error) {
	s := c.app.Streams
	if !s.InTerminal {
		_, err := fmt.Fprint(s.Out, view.Safe(question))
		var word string
		_, _ = fmt.Fscanln(s.In, &word) // no word is no
		return truth(word), err
	}
	choice := " (y/N) "
	if byDefault {
		choice = " (Y/n) "
	}
	if _, err := fmt.Fprint(s.Out, "? "+view.Safe(question)+choice); err != nil {
		return false, err
	}
	var word string
	_, _ = fmt.Fscanln(s.In, &word)
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "":
		return byDefault, nil
	case "y", "yes":
		return true, nil
	}
	return false, nil
}
