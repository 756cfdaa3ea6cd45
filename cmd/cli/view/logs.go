package view

import (
	"fmt"
	"io"
	"strconv"
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
	Out io.Writer
	// Err gets the lines of standard error; nil: they go to Out as well.
	Err        io.Writer
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
func (l *Logs) Line(line orchestrate.LogLine) error { return l.print(line, l.Label(line.Container)) }

// Hook prints a line that a hook wrote in a container: in the container's colour, under a name of its own, as Docker
// Compose does.
func (l *Logs) Hook(line orchestrate.LogLine) error {
	return l.print(line, l.Label(line.Container)+" ->")
}

func (l *Logs) print(line orchestrate.LogLine, label string) error {
	text := strings.TrimRight(line.Text, "\n")
	if l.Timestamps {
		text = line.Time.UTC().Format(stamp) + " " + text
	}
	out := l.Out
	if line.Stream == "stderr" && l.Err != nil {
		out = l.Err
	}
	if l.NoPrefix {
		_, err := fmt.Fprintln(out, text)
		return err
	}
	l.width = max(l.width, utf8.RuneCountInString(label))
	prefix := label + strings.Repeat(" ", l.width-utf8.RuneCountInString(label)) + "  | "
	_, err := fmt.Fprintln(out, l.Colours.paint(l.colourOf(line.Container), prefix)+text)
	return err
}

// Attaching names the containers whose lines will come, and gives each its colour.
func (l *Logs) Attaching(containers ...string) error {
	l.Expect(containers...)
	labels := make([]string, len(containers))
	for i, c := range containers {
		labels[i] = l.Label(c)
		l.colourOf(c)
	}
	_, err := fmt.Fprintln(l.Out, "Attaching to "+strings.Join(labels, ", "))
	return err
}

// Exited says how a container has ended. The line takes the place of what stands on the terminal's line, as Docker
// Compose's does, on a terminal or not.
func (l *Logs) Exited(container string, exit orchestrate.RunExit) error {
	text := "exited with code " + strconv.Itoa(exit.Code)
	if !exit.Known {
		text = "exited, with a code that nobody saw"
	}
	_, err := fmt.Fprint(l.Out, l.Colours.paint(l.colourOf(container), "\r\x1b[K"+l.Label(container)+" "+text)+"\n")
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
