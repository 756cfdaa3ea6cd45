package e2e

import (
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

const onTerminal = `
services:
  db:
    image: busybox
    command: ["sh", "-c", "trap 'echo db stops; exit 0' TERM; echo db up; sleep 1000 & wait"]
    healthcheck: {test: ["CMD", "test", "-e", "/tmp/ok"], interval: 500ms, retries: 100}
  web:
    image: busybox
    command: ["sh", "-c", "trap 'echo web stops; exit 0' TERM; echo web up; sleep 1000 & wait"]
  deaf:
    image: busybox
    command: ["sh", "-c", "trap '' TERM; echo deaf up; sleep 1000"]
    stop_grace_period: 2m
`

func matches(t *testing.T, shown string, patterns ...string) {
	t.Helper()
	for _, p := range patterns {
		assert.Assert(t, regexp.MustCompile("(?m)"+p).MatchString(shown), "no %q in:\n%s", p, shown)
	}
}

func TestTerminalInterruptStopsAnAttachedUp(t *testing.T) {
	t.Parallel()
	x := newTerminal(t, 100, 30, map[string]string{"compose.yaml": onTerminal})
	before := x.settings()
	x.begin("hostwright compose up web")
	x.await(`^web-1  \| web up$`)
	x.press("C-c")
	shown := x.output()
	matches(t, shown, `^Attaching to web-1$`, `Gracefully Stopping\.\.\. press Ctrl\+C again to force$`, `^web-1  \| web stops$`,
		`^web-1 exited with code 0$`, `^code 130$`, `^ ✔ Container app-web-1 +Created`)
	assert.Assert(t, !strings.Contains(shown, "Started"), "starts are not shown between logs:\n%s", shown)
	assert.Equal(t, x.settings(), before)
	matches(t, x.run("hostwright compose ps -a"), `^app-web-1 .*Exited \(0\)`)
}

func TestTerminalSecondInterruptKills(t *testing.T) {
	t.Parallel()
	x := newTerminal(t, 100, 30, map[string]string{"compose.yaml": onTerminal})
	x.begin("hostwright compose up deaf")
	x.await(`^deaf-1  \| deaf up$`)
	x.press("C-c")
	x.await(`Gracefully Stopping`)
	x.press("C-c") // else it takes two minutes, and await only one
	matches(t, x.output(), `^deaf-1 exited with code 137$`, `^code 130$`)
}

func TestTerminalExecAndRunHaveTheTerminal(t *testing.T) {
	t.Parallel()
	x := newTerminal(t, 100, 30, map[string]string{"compose.yaml": onTerminal})
	before := x.settings()
	matches(t, x.run("hostwright compose up -d web"), `^code 0$`)
	for _, command := range []string{"hostwright compose exec web sh", "hostwright compose run --rm web sh"} {
		x.resize(100, 30)
		x.begin(command)
		x.await(`/ #$`)
		x.enter("tty")
		x.await(`^/dev/`)
		// A size arrives a moment after the process has begun, or the terminal has changed.
		x.enter("until stty size 2>/dev/null | tr ' ' x | grep 30x100; do sleep 0.1; done")
		x.await(`^30x100$`)
		x.resize(120, 40)
		x.enter("until stty size | tr ' ' x | grep 40x120; do sleep 0.1; done")
		x.await(`^40x120$`)
		// Raw: the key is the process's, and the shell inside goes on.
		x.enter("echo sleeping-$((1+1)); sleep 1000")
		x.await(`^sleeping-2$`)
		x.press("C-c")
		x.enter("echo still-$((40+2))")
		x.await(`^still-42$`)
		x.enter("exit 7")
		matches(t, x.output(), `^code 7$`)
		x.tmux("clear-history")
		x.enter("clear")
		assert.Equal(t, x.settings(), before, command)
	}
	shown := x.run("hostwright compose ps -a -q")
	assert.Assert(t, !strings.Contains(shown, "run"), "--rm has removed it:\n%s", shown)
	// A process that is killed from outside leaves the terminal as it was, too.
	x.begin("hostwright compose run --rm --name job web sh")
	x.await(`/ #$`)
	x.outside("standin/container", "kill", "job")
	matches(t, x.output(), `code 137$`)
	assert.Equal(t, x.settings(), before)
}

func TestTerminalProgressWhilePullingAndWaiting(t *testing.T) {
	t.Parallel()
	x := newTerminal(t, 80, 24, map[string]string{"compose.yaml": onTerminal})
	x.begin("STANDIN_FAULT='image pull@1:delay=3s' hostwright compose up -d --wait db")
	x.await(`^\[\+\] up 0/1$`)
	x.await(`^ [⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Image busybox +Pulling +[12]\.\ds$`)
	x.await(`^ [⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Container app-db-1 +Waiting +\d+\.\ds$`)
	x.outside("hostwright", "compose", "exec", "-T", "db", "touch", "/tmp/ok")
	shown := x.output()
	matches(t, shown, `^code 0$`, `^ ✔ Container app-db-1 +Healthy +\d+\.\ds$`, `^ ✔ Image busybox +Pulled`, `^\[\+\] up 3/3$`)
	assert.Equal(t, strings.Count(shown, "[+] up"), 1, "it is drawn in place:\n%s", shown)
	assert.Equal(t, x.tmux("display-message", "-p", "#{cursor_flag}"), "1\n", "the cursor is back")
}

func TestTerminalLogsIntoAHeadIsQuiet(t *testing.T) {
	t.Parallel()
	x := newTerminal(t, 100, 30, map[string]string{"compose.yaml": `
services:
  much:
    image: busybox
    command: ["sh", "-c", "seq 100000; trap 'exit 0' TERM; sleep 1000 & wait"]
`})
	matches(t, x.run("hostwright compose up -d >up.log 2>&1; tail -n 1 up.log"), `Started`)
	for _, command := range []string{"logs", "logs -f", "logs -f -t --no-log-prefix"} {
		shown := x.run("hostwright compose " + command + " | head -n 2")
		assert.Equal(t, strings.Count(shown, "\n"), 2, "%s shows nothing else:\n%s", command, shown)
		matches(t, shown, `2$`, `^code 0$`)
	}
	shown := x.run("hostwright compose up --force-recreate 2>err | head -n 1; cat err")
	matches(t, shown, `^Attaching to much-1$`)
	assert.Assert(t, !strings.Contains(shown, "pipe"), shown)
}
