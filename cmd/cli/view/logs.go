package view

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/hostwright/compose/orchestrate"
)

// logColours go round among containers in order of first appearance, as Docker Compose's do: cyan, yellow, green,
// magenta, blue, then the same in bold.
var logColours = []string{"36", "33", "32", "35", "34", "36;1", "33;1", "32;1", "35;1", "34;1"}

// stamp is RFC 3339 with all nine digits, so that lines stay aligned.
const stamp = "2006-01-02T15:04:05.000000000Z07:00"

// Logs prints log lines with the prefix of their container: "web-1  | text". The text itself is the container's, colours
// included, and is printed as it is. Not safe for concurrent use.
type Logs struct {
	Out        io.Writer
	Colours    Colours
	NoPrefix   bool
	Timestamps bool
	// Label gives the name that stands before a container's lines.
	Label func(container string) string

	width  int
	colour map[string]string
}

// Expect widens the prefix for containers whose lines may come, so that it need not grow later.
func (l *Logs) Expect(containers ...string) {
	for _, c := range containers {
		l.width = max(l.width, utf8.RuneCountInString(l.Label(c)))
	}
}

// Line prints one line.
func (l *Logs) Line(line orchestrate.LogLine) error {
	text := strings.TrimRight(line.Text, "\n")
	if l.Timestamps {
		text = line.Time.UTC().Format(stamp) + " " + text
	}
	if l.NoPrefix {
		_, err := fmt.Fprintln(l.Out, text)
		return err
	}
	l.Expect(line.Container)
	label := l.Label(line.Container)
	prefix := label + strings.Repeat(" ", l.width-utf8.RuneCountInString(label)) + "  | "
	_, err := fmt.Fprintln(l.Out, l.Colours.paint(l.colourOf(line.Container), prefix)+text)
	return err
}

func (l *Logs) colourOf(container string) string {
	if l.colour == nil {
		l.colour = make(map[string]string)
	}
	if _, ok := l.colour[container]; !ok {
		l.colour[container] = logColours[len(l.colour)%len(logColours)]
	}
	return l.colour[container]
}
