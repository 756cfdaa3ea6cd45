package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// terminal is a shell on a terminal that tmux plays: what is typed reaches it as keys, what it shows is the screen.
type terminal struct {
	t       *testing.T
	socket  string
	environ []string
	prompts int
}

// newTerminal starts a shell in a folder with the given files, on a pretend Mac of its own.
func newTerminal(t *testing.T, columns, rows int, files map[string]string) *terminal {
	t.Helper()
	needLab(t)
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("HOSTWRIGHT_E2E") == "required" {
			t.Fatal("HOSTWRIGHT_E2E=required, and tmux is missing: apt-get install tmux")
		}
		skips.Add(1)
		t.Skip("tmux is missing: apt-get install tmux")
	}
	dir, err := os.MkdirTemp("", "terminal") // short: it holds a socket
	assert.NilError(t, err)
	project := filepath.Join(dir, "app")
	assert.NilError(t, os.MkdirAll(project, 0o755))
	for name, content := range files {
		assert.NilError(t, os.WriteFile(filepath.Join(project, name), []byte(content), 0o644))
	}
	mac := filepath.Join(dir, "mac")
	environ := append(eitherWay(environment(mac, filepath.Join(dir, "state"))), "TERM=screen-256color", "LANG=C.UTF-8")
	x := &terminal{t: t, socket: filepath.Join(dir, "tmux"), environ: environ}
	t.Cleanup(func() {
		_ = x.command("kill-server").Run()
		destroy(mac, environ)
		_ = os.RemoveAll(dir)
	})
	x.tmux("-f", os.DevNull, "new-session", "-d", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(rows), "-c", project, "sh")
	x.await(`^[#$]$`)
	return x
}

func (x *terminal) command(args ...string) *exec.Cmd {
	cmd := exec.Command("tmux", append([]string{"-S", x.socket}, args...)...)
	cmd.Env = x.environ
	return cmd
}

func (x *terminal) tmux(args ...string) string {
	x.t.Helper()
	out, err := x.command(args...).CombinedOutput()
	assert.NilError(x.t, err, "tmux %v: %s", args, out)
	return string(out)
}

// outside runs a program beside the terminal, in the same folder and on the same pretend Mac.
func (x *terminal) outside(program string, args ...string) {
	x.t.Helper()
	cmd := exec.Command(filepath.Join(lab.bin, program), args...)
	cmd.Env, cmd.Dir = x.environ, filepath.Join(filepath.Dir(x.socket), "app")
	out, err := cmd.CombinedOutput()
	assert.NilError(x.t, err, "%s %v: %s", program, args, out)
}

// enter types a line.
func (x *terminal) enter(line string) {
	x.t.Helper()
	x.tmux("send-keys", "-l", line)
	x.tmux("send-keys", "Enter")
}

// press presses a key, such as C-c.
func (x *terminal) press(key string) {
	x.t.Helper()
	x.tmux("send-keys", key)
}

// resize changes the terminal's size.
func (x *terminal) resize(columns, rows int) {
	x.t.Helper()
	x.tmux("resize-window", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(rows))
}

// screen gives what the terminal shows, and what has scrolled off it, without trailing blanks.
func (x *terminal) screen() string {
	x.t.Helper()
	var lines []string
	for _, line := range strings.Split(x.tmux("capture-pane", "-p", "-J", "-S", "-2000"), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// await waits until the screen matches and gives the match.
func (x *terminal) await(pattern string) string {
	x.t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	deadline := time.Now().Add(time.Minute)
	for {
		screen := x.screen()
		if found := re.FindString(screen); found != "" {
			return found
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("the screen does not show %q within a minute:\n%s", pattern, screen)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// run runs a command to its end and gives what it showed. The marks around it are made of parts, so that the line that
// was typed does not look like them.
func (x *terminal) run(line string) string {
	x.t.Helper()
	x.prompts++
	x.enter(fmt.Sprintf("echo be''gin-%d; %s; echo en''d-%d $?", x.prompts, line, x.prompts))
	return x.output()
}

// output waits for the end of what was typed by run or begin.
func (x *terminal) output() string {
	x.t.Helper()
	begin, end := fmt.Sprintf("begin-%d\n", x.prompts), fmt.Sprintf("end-%d", x.prompts)
	x.await(end + ` \d+$`)
	_, rest, _ := strings.Cut(x.screen(), begin)
	shown, code, _ := strings.Cut(rest, end)
	code, _, _ = strings.Cut(strings.TrimSpace(code), "\n")
	return shown + "code " + strings.TrimSpace(code)
}

// begin types a command that goes on until something is done about it.
func (x *terminal) begin(line string) {
	x.t.Helper()
	x.prompts++
	x.enter(fmt.Sprintf("echo be''gin-%d; %s; echo en''d-%d $?", x.prompts, line, x.prompts))
}

// settings gives the terminal's settings as stty -g shows them: raw mode that was left on would show.
func (x *terminal) settings() string {
	x.t.Helper()
	return x.run("stty -g")
}
