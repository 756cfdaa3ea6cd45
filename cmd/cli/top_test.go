package cli

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"time"
)

// What topScript prints in a container of three processes, beside the script's own shell (9) and what that started (10).
const topOutput = "9\ncpu  1 2 3\nbtime 1700000000\n=users\nroot:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/:/bin/sh\n" +
	"=process\n1 (sh) S 0 1 1 0 -1 4194560 1 2 3 4 250 150 0 0 20 0 1 0 300 1 1\nName:\tsh\nUid:\t33\t33\t33\t33\n=arguments\nsh\x00-c\x00echo a b\x00\n" +
	"=process\n7 (a) b) S 1 1 1 34817 -1 4194560 1 2 3 4 0 0 0 0 20 0 1 0 360300 1 1\nName:\ta) b\nUid:\t1234\t1234\t1234\t1234\n=arguments\n\n" +
	"=process\n9 (sh) S 0 9 9 0 -1 1 1 2 3 4 0 0 0 0 20 0 1 0 400 1 1\nUid:\t0\t0\t0\t0\n=arguments\n/bin/sh\x00\n" +
	"=process\n10 (cat) R 9 9 9 0 -1 1 1 2 3 4 0 0 0 0 20 0 1 0 400 1 1\nUid:\t0\t0\t0\t0\n=arguments\ncat\x00\n" +
	"=process\n=arguments\n\n"

func TestProcessesAreRead(t *testing.T) {
	assert.DeepEqual(t, parseProcesses(topOutput), []view.Process{
		{User: "web", PID: "1", PPID: "0", Terminal: "?", Started: 1700000003, Used: 4, Command: "sh -c echo a b"},
		{User: "1234", PID: "7", PPID: "1", Terminal: "pts/1", Started: 1700003603, Command: "[a) b]"},
	})
	assert.Equal(t, len(parseProcesses("")), 0)
}

// Whatever a container answers, it is read without a panic.
func FuzzParseProcesses(f *testing.F) {
	f.Add(topOutput)
	f.Add("1\n=users\n=process\n1 (")
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range parseProcesses(text) {
			assert.Assert(t, p.Command != "")
		}
	})
}

func TestProcessorPart(t *testing.T) {
	at := time.Unix(1700000000, 0)
	reading := func(after, used time.Duration) adapter.Stats { return adapter.Stats{Taken: at.Add(after), CPU: used} }
	for _, c := range []struct {
		name        string
		before, now adapter.Stats
		want        float64
	}{
		{"half a processor", reading(0, time.Second), reading(2*time.Second, 2*time.Second), 50},
		{"two processors", reading(0, 0), reading(time.Second, 2*time.Second), 200},
		{"the first reading", adapter.Stats{}, reading(0, time.Second), -1},
		{"a restart between the readings", reading(0, time.Minute), reading(time.Second, time.Second), -1},
		{"a clock that stands", reading(0, 0), reading(0, time.Second), -1},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, processorPart(c.before, c.now), c.want) })
	}
}

func TestEndsOfACopy(t *testing.T) {
	for text, want := range map[string]end{
		"web:/a": {"web", "/a"}, "web:a:b": {"web", "a:b"}, "/a:b": {"", "/a:b"}, "./a:b": {"", "./a:b"}, "a": {"", "a"}, "-": {"", "-"},
		"../x:y": {"", "../x:y"}, "web:": {"web", ""},
	} {
		assert.Equal(t, splitEnd(text), want, text)
	}
}

func TestSignalsThatCanBe(t *testing.T) {
	for _, good := range []string{"SIGKILL", "TERM", "hup", "9", "64", "SIGRTMIN+1"} {
		assert.NilError(t, checkSignal(good))
	}
	for _, bad := range []string{"", "0", "65", "-1", "X Y", "SIG", "9x"} {
		assert.ErrorContains(t, checkSignal(bad), "invalid signal", bad)
	}
}
