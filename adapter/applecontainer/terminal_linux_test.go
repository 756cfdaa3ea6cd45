package applecontainer

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

// openTerminal gives both ends of a pseudo terminal.
func openTerminal(t *testing.T) (controller, terminal *os.File) {
	t.Helper()
	controller, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	assert.NilError(t, err)
	t.Cleanup(func() { _ = controller.Close() })
	number, err := unix.IoctlGetInt(int(controller.Fd()), unix.TIOCGPTN)
	assert.NilError(t, err)
	assert.NilError(t, unix.IoctlSetPointerInt(int(controller.Fd()), unix.TIOCSPTLCK, 0))
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	assert.NilError(t, err)
	t.Cleanup(func() { _ = terminal.Close() })
	return controller, terminal
}

func TestTerminalIsHandedToTheCommandInItsProcessGroup(t *testing.T) {
	controller, terminal := openTerminal(t)
	a := scripted(t, `test -t 0 && test -t 1 && read -r line && echo "got $line, $(cut -d ' ' -f 5 /proc/$$/stat), $*"`)
	go func() { _, _ = controller.WriteString("hello\n") }()
	code, err := a.Exec(t.Context(), adapter.ExecRequest{
		ID: "web", Command: []string{"sh"}, TTY: true, Interactive: true, Stdin: terminal, Stdout: terminal, Stderr: terminal,
	})
	assert.NilError(t, err)
	assert.Equal(t, code, 0)
	lines := bufio.NewReader(controller)
	for {
		line, err := lines.ReadString('\n')
		assert.NilError(t, err)
		if strings.HasPrefix(line, "got ") {
			want := fmt.Sprintf("got hello, %d, exec --interactive --tty -- web sh", unix.Getpgrp())
			assert.Equal(t, strings.TrimSpace(line), want)
			return
		}
	}
}
