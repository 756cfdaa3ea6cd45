package adaptertest

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/hostwright/compose/adapter"
)

// script is a process of the suite: a text for a real shell, whose arguments are "$1" and on, and the same as a
// function for a Fake.
type script struct {
	shell string
	run   func(p *Process, args []string) int
	// code gives the argument that is the exit code; nil is a script that runs until it is stopped, or whose
	// output is what counts.
	code func(args []string) string
}

// behaviour is what stands for the script where no process runs.
func (s script) behaviour(args []string) *adapter.Behaviour {
	if s.code == nil {
		return &adapter.Behaviour{}
	}
	code, _ := strconv.Atoi(s.code(args))
	return &adapter.Behaviour{RunFor: time.Millisecond, ExitCode: code}
}

// entrypoint gives the words that run the script; its arguments follow.
func (s script) entrypoint() []string { return []string{"sh", "-c", s.shell, "sh"} }

// command gives the words that run the script with arguments.
func (s script) command(args ...string) []string { return append(s.entrypoint(), args...) }

// Shell is the suite's shell for a Fake's image: it knows the suite's scripts and refuses every other.
func Shell(p *Process) int {
	if len(p.Args) < 4 || p.Args[1] != "-c" {
		fmt.Fprintf(p.Stderr, "sh: the suite's shell was not told about %q\n", p.Args)
		return 2
	}
	for _, s := range []script{exits, prints, serves, sleeps, variables, lines, arguments, reads, whoami, remembers, lists, shows, terminal} {
		if s.shell == p.Args[2] {
			return s.run(p, p.Args[4:])
		}
	}
	fmt.Fprintf(p.Stderr, "sh: the suite's shell was not told about %q\n", p.Args[2])
	return 2
}

// exits ends with the code $1.
var exits = script{shell: `exit "$1"`, run: func(_ *Process, args []string) int {
	code, _ := strconv.Atoi(args[0])
	return code
}, code: func(args []string) string { return args[0] }}

// prints writes $1 to stdout and $2 to stderr, and ends with the code $3.
var prints = script{shell: `printf %s "$1"; printf %s "$2" >&2; exit "$3"`, run: func(p *Process, args []string) int {
	_, _ = io.WriteString(p.Stdout, args[0])
	_, _ = io.WriteString(p.Stderr, args[1])
	code, _ := strconv.Atoi(args[2])
	return code
}}

// serves says "ready" and runs until SIGTERM, which it answers with exit code 7, or SIGHUP, with 8.
var serves = script{shell: `trap 'exit 7' TERM; trap 'exit 8' HUP; echo ready; while :; do sleep 0.1; done`, run: func(p *Process, _ []string) int {
	_, _ = io.WriteString(p.Stdout, "ready\n")
	for {
		select {
		case signal := <-p.Signals:
			switch signal {
			case "SIGTERM":
				return 7
			case "SIGHUP":
				return 8
			}
		case <-p.Context.Done():
			return killedCode
		}
	}
}}

// sleeps says "ready" and takes no notice of SIGTERM.
var sleeps = script{shell: `trap '' TERM; echo ready; while :; do sleep 1; done`, run: func(p *Process, _ []string) int {
	_, _ = io.WriteString(p.Stdout, "ready\n")
	return Ignore(p)
}}

// variables writes the values of the variables that its arguments name, each with a NUL after it.
var variables = script{shell: `for name; do eval "printf '%s\\0' \"\$$name\""; done`, run: func(p *Process, args []string) int {
	for _, name := range args {
		_, _ = io.WriteString(p.Stdout, p.Env[name]+"\x00")
	}
	return 0
}}

// lines writes $1 numbered lines to each stream.
var lines = script{shell: `i=0; while [ $i -lt "$1" ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); done`, run: func(p *Process, args []string) int {
	n, _ := strconv.Atoi(args[0])
	for i := range n {
		fmt.Fprintf(p.Stdout, "out %d\n", i)
		fmt.Fprintf(p.Stderr, "err %d\n", i)
	}
	return 0
}}

// arguments writes its arguments in brackets.
var arguments = script{shell: `for a; do printf '[%s]' "$a"; done`, run: func(p *Process, args []string) int {
	for _, a := range args {
		fmt.Fprintf(p.Stdout, "[%s]", a)
	}
	return 0
}}

// reads copies stdin to stdout.
var reads = script{shell: `cat`, run: func(p *Process, _ []string) int {
	_, _ = io.Copy(p.Stdout, p.Stdin)
	return 0
}}

// whoami writes the user's number and the working directory.
var whoami = script{shell: `printf '%s %s' "$(id -u)" "$(pwd)"`, run: func(p *Process, _ []string) int {
	fmt.Fprintf(p.Stdout, "%s %s", firstOf(p.User, "0"), p.WorkingDir)
	return 0
}}

// remembers writes what the file $1 holds, and puts $2 into it.
var remembers = script{shell: `if [ -f "$1" ]; then cat "$1"; fi; printf %s "$2" > "$1"`, run: func(p *Process, args []string) int {
	if content, err := p.ReadFile(args[0]); err == nil {
		_, _ = p.Stdout.Write(content)
	}
	if err := p.WriteFile(args[0], []byte(args[1])); err != nil {
		fmt.Fprintln(p.Stderr, err)
		return 1
	}
	return 0
}}

// lists writes the names in the directory $1, one a line.
var lists = script{shell: `ls -A "$1"`, run: func(p *Process, args []string) int {
	for _, name := range p.List(args[0]) {
		fmt.Fprintln(p.Stdout, name)
	}
	return 0
}}

// shows writes what the file $1 holds.
var shows = script{shell: `cat "$1"`, run: func(p *Process, args []string) int {
	content, err := p.ReadFile(args[0])
	if err != nil {
		fmt.Fprintln(p.Stderr, err)
		return 1
	}
	_, _ = p.Stdout.Write(content)
	return 0
}}

// terminal says whether stdout is a terminal.
var terminal = script{shell: `if [ -t 1 ]; then printf yes; else printf no; fi`, run: func(p *Process, _ []string) int {
	_, _ = io.WriteString(p.Stdout, "no")
	return 0
}}
