package argv

import (
	"fmt"
	"strings"
)

// Help is the answer to --help or --version: Text belongs on standard output, the exit code is 0.
type Help struct {
	Text string
}

// Error makes Help an error, so that Parse has one way to say "do not run".
func (h *Help) Error() string { return h.Text }

// UsageError is a line that cannot be run; the exit code is ExitUsage.
type UsageError struct {
	// Message says what is wrong.
	Message string
	// Hint is the help of the option or argument in question, if any.
	Hint string

	usage string
}

// Error is the whole text for standard error: the message, the hint, the usage line, and where to read more.
func (e *UsageError) Error() string {
	var b strings.Builder
	if e.Message != "" {
		fmt.Fprintf(&b, "Error: %s\n", e.Message)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "Help:  %s\n", e.Hint)
	}
	b.WriteString(e.usage)
	return b.String()
}

// at completes the error with the usage of the command at which it occurred.
func (e *UsageError) at(path []*Command) *UsageError {
	names := pathNames(path)
	e.usage = fmt.Sprintf("Usage: %s\n  See '%s --help' for more information.", usageLine(path), names)
	return e
}

// Refuse is the error for a command's Validate that finds the values wrong.
func Refuse(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}

// RefuseRunning is the error for a command that finds out while running that the line was wrong. The usage shown is the root's,
// as the runtime's own is.
func RefuseRunning(root *Command, format string, args ...any) error {
	return (&UsageError{Message: fmt.Sprintf(format, args...)}).at([]*Command{root})
}

func takesNoValue(name, value string) *UsageError {
	return &UsageError{Message: fmt.Sprintf("The option '%s' does not take any value, but '%s' was specified.", name, value)}
}

func missingValue(o *Option, name string) *UsageError {
	return &UsageError{
		Message: fmt.Sprintf("Missing value for '%s <%s>'", name, o.valueName()),
		Hint:    fmt.Sprintf("%s <%s>  %s", name, o.valueName(), o.Help),
	}
}

func badValue(o *Option, name, value, reason string) *UsageError {
	tail := choicesText(o.Choices)
	if reason != "" {
		tail = ": " + reason
	}
	return &UsageError{
		Message: fmt.Sprintf("The value '%s' is invalid for '%s <%s>'%s", value, name, o.valueName(), tail),
		Hint:    fmt.Sprintf("%s <%s>  %s", name, o.valueName(), o.Help),
	}
}

func choicesText(choices []string) string {
	if len(choices) == 0 {
		return ""
	}
	if len(choices) >= 6 {
		return ". Please provide one of the following:\n  - " + strings.Join(choices, "\n  - ")
	}
	quoted := make([]string, len(choices))
	for i, c := range choices {
		quoted[i] = "'" + c + "'"
	}
	last := len(quoted) - 1
	if len(quoted) <= 2 {
		return ". Please provide one of " + strings.Join(quoted, " and ") + "."
	}
	return ". Please provide one of " + strings.Join(quoted[:last], ", ") + " or " + quoted[last] + "."
}

func missingArgument(a Arg) *UsageError {
	shown := "<" + a.Name + ">"
	if a.Repeat || a.Capture {
		shown += " ..."
	}
	return &UsageError{
		Message: fmt.Sprintf("Missing expected argument '%s'", shown),
		Hint:    fmt.Sprintf("<%s>  %s", a.Name, a.Help),
	}
}

// similar is the edit distance below which another option's name is suggested.
const similar = 4

func unknownOption(cmd *Command, name string) *UsageError {
	message := fmt.Sprintf("Unknown option '%s'", name)
	if isShort(name) {
		return &UsageError{Message: message}
	}
	best, bestAt := "", similar
	for i := range cmd.Options {
		if cmd.Options[i].Hidden {
			continue
		}
		for _, s := range cmd.Options[i].spellings() {
			if isShort(s) {
				continue
			}
			if d := distance(s, name); d < bestAt {
				best, bestAt = s, d
			}
		}
	}
	if best != "" {
		message += fmt.Sprintf(". Did you mean '%s'?", best)
	}
	return &UsageError{Message: message}
}

func unexpected(rest []token) *UsageError {
	var shown []string
	for _, t := range rest {
		if t.kind != terminatorToken && t.sub == whole {
			shown = append(shown, t.text)
		}
	}
	if len(shown) == 1 {
		return &UsageError{Message: fmt.Sprintf("Unexpected argument '%s'", shown[0])}
	}
	return &UsageError{Message: fmt.Sprintf("%d unexpected arguments: '%s'", len(shown), strings.Join(shown, "', '"))}
}

// distance is the number of insertions, deletions and substitutions that turn one word into the other.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			cost := diagonal
			if r != s {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal = row[j+1]
			row[j+1] = cost
		}
	}
	return row[len(to)]
}
