package applecontainer

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hostwright/compose/adapter"
)

// maxWords bounds the words of an error (characters).
const maxWords = 400

// codePrefix is the code with which the command begins a nested message.
var codePrefix = regexp.MustCompile(`\b(?:unknown|invalidArgument|internalError|exists|notFound|cancelled|invalidState|empty|timeout|unsupported|interrupted): "`)

// words makes an error text short and readable: without the mark, usage and nested codes, on one line, with nothing in
// it that the call's environment holds.
func words(text string, hidden secrets) string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "Usage:") || strings.HasPrefix(line, "Help:") {
			break
		}
		if line == "" || strings.HasPrefix(line, "Ensure container system service") {
			continue
		}
		lines = append(lines, plain(strings.TrimPrefix(line, errorMark)))
	}
	return shorten(hidden.hide(printable(strings.Join(lines, "; "))))
}

// maxLogLines is how many lines of a log say what happened.
const maxLogLines = 3

// lastWords is words for the last lines of a log.
func lastWords(log string, hidden secrets) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return words(strings.Join(lines[max(0, len(lines)-maxLogLines):], "\n"), hidden)
}

// general tells whether an error text only says that something failed; the log before it says what.
func general(text string) bool {
	return strings.Contains(text, "delete failed for one or more") || strings.Contains(text, "failed to delete one or more") ||
		strings.Contains(text, "failed to save image")
}

// plain flattens `internalError: "failed to stop container" (cause: "notFound: "container with ID x not found"")` to
// "failed to stop container: container with ID x not found".
func plain(line string) string {
	flat := codePrefix.ReplaceAllString(line, "")
	flat = strings.ReplaceAll(flat, `" (cause: "`, ": ")
	flat = strings.ReplaceAll(flat, ` (cause: "`, ": ")
	if flat == line {
		return line
	}
	for {
		shorter := strings.TrimSuffix(strings.TrimSuffix(flat, `")`), `"`)
		if shorter == flat {
			return flat
		}
		flat = shorter
	}
}

// printable replaces control characters, which could act on the terminal that shows the text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
}

func shorten(text string) string {
	runes := []rune(text)
	if len(runes) <= maxWords {
		return text
	}
	return string(runes[:maxWords-1]) + "…"
}

// secrets are values that must not appear in an error.
type secrets []string

// The shortest value that is searched for: a shorter one would blot out words that have nothing to do with it.
const (
	minSensitive = 2
	minPlain     = 8
)

// secretsOf gives the values of an environment, line by line: a text shows on one line.
func secretsOf(env []adapter.EnvVar) secrets {
	var hidden secrets
	for _, e := range env {
		shortest := minPlain
		if e.Sensitive {
			shortest = minSensitive
		}
		for line := range strings.Lines(e.Value) {
			if line = strings.TrimSpace(printable(line)); len(line) >= shortest {
				hidden = append(hidden, line)
			}
		}
	}
	return hidden
}

func (s secrets) hide(text string) string {
	for _, value := range s {
		text = strings.ReplaceAll(text, value, "<redacted>")
	}
	return text
}
