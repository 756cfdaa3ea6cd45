package view

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/hostwright/compose/orchestrate"
)

var someLines = []orchestrate.LogLine{
	{Container: "app-web-1", Time: noon, Stream: "stdout", Text: "hello"},
	{Container: "app-cache-10", Time: noon.Add(1500 * time.Microsecond), Stream: "stderr", Text: "\x1b[32mgreen\x1b[0m"},
	{Container: "app-web-1", Time: noon.In(time.FixedZone("", 3600)), Stream: "stdout", Text: ""},
}

func printLogs(t *testing.T, l *Logs, lines ...orchestrate.LogLine) string {
	t.Helper()
	var b bytes.Buffer
	l.Out = &b
	l.Label = func(c string) string { return strings.TrimPrefix(c, "app-") }
	for _, line := range lines {
		assert.NilError(t, l.Line(line))
	}
	return b.String()
}

func TestLogsGrowThePrefixAndDoNotRedraw(t *testing.T) {
	assert.Equal(t, printLogs(t, &Logs{}, someLines...), "web-1  | hello\ncache-10  | \x1b[32mgreen\x1b[0m\nweb-1     | \n")
}

func TestLogsForms(t *testing.T) {
	for _, c := range []struct {
		name string
		logs *Logs
		file string
	}{
		{"coloured, expected and stamped", &Logs{Colours: true, Timestamps: true}, "logs-coloured.golden"},
		{"without prefix", &Logs{NoPrefix: true, Colours: true}, "logs-no-prefix.golden"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.logs.Label = func(x string) string { return strings.TrimPrefix(x, "app-") }
			c.logs.Expect("app-web-1", "app-cache-10")
			golden.Assert(t, printLogs(t, c.logs, someLines...), c.file)
		})
	}
}

// A hook writes under a name of its own, which widens the prefix, in the colour of its container.
func TestLogsOfHooks(t *testing.T) {
	var b bytes.Buffer
	l := &Logs{Out: &b, Colours: true, Label: func(c string) string { return strings.TrimPrefix(c, "app-") }}
	line := orchestrate.LogLine{Container: "app-web-1", Stream: "stdout", Text: "one"}
	assert.NilError(t, l.Line(line))
	assert.NilError(t, l.Hook(line))
	assert.NilError(t, l.Line(line))
	assert.Equal(t, b.String(), "\x1b[36mweb-1  | \x1b[0mone\n\x1b[36mweb-1 ->  | \x1b[0mone\n\x1b[36mweb-1     | \x1b[0mone\n")
}

func TestLogsColoursGoRound(t *testing.T) {
	l := &Logs{Colours: true}
	var lines []orchestrate.LogLine
	for _, name := range strings.Split("abcdefghijk", "") {
		lines = append(lines, orchestrate.LogLine{Container: name, Text: "x"})
	}
	out := strings.Split(printLogs(t, l, lines...), "\n")
	assert.Equal(t, out[0], "\x1b[36ma  | \x1b[0mx")
	assert.Equal(t, out[5], "\x1b[36;1mf  | \x1b[0mx")
	assert.Equal(t, out[10], "\x1b[36mk  | \x1b[0mx")
}
