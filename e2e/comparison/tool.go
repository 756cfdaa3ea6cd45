package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// tool is one of the two programs.
type tool struct {
	Name    string // for people
	ours    bool
	command []string
}

// place is what all cases share: the programs and the lab.
type place struct {
	docker, ours tool
	container    string   // the stand-in
	environ      []string // of the lab
	engine       *engine
	noConfig     bool // leave out the comparison of `config`
}

// commandTimeout ends a command that hangs; the longest of any case takes a tenth of it.
const commandTimeout = 2 * time.Minute

// newPlace finds the programs, which have to be built, and the engine, which has to run.
func newPlace(root, bin string) (*place, error) {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return nil, err
	}
	p := &place{
		docker:    tool{Name: "Docker Compose", command: []string{filepath.Join(bin, "docker-compose")}},
		ours:      tool{Name: "Hostwright", ours: true, command: []string{filepath.Join(bin, "hostwright"), "compose"}},
		container: filepath.Join(bin, "standin", "container"),
	}
	if p.environ, p.engine, err = findLab(root); err != nil {
		return nil, err
	}
	for _, program := range []string{p.docker.command[0], p.ours.command[0], p.container} {
		if _, err := os.Stat(program); err != nil {
			return nil, errors.New(program + " is missing; run `make build compare-tools`")
		}
	}
	p.environ = append(p.environ, "PATH="+filepath.Join(bin, "standin")+":"+bin+":"+os.Getenv("PATH"))
	return p, nil
}

// findLab gives the variables of the lab but PATH and STANDIN_ROOT, and its engine.
func findLab(root string) ([]string, *engine, error) {
	lines, err := exec.Command("make", "-s", "-C", root, "lab-env").Output()
	if err != nil {
		return nil, nil, fmt.Errorf("`make lab-env` does not work: %w", err)
	}
	var environ []string
	for _, line := range strings.Split(string(lines), "\n") {
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if ok && name != "PATH" && name != "STANDIN_ROOT" {
			environ = append(environ, name+"="+strings.Trim(value, "'"))
		}
	}
	e, err := connect(environ)
	return environ, e, err
}

// outcome is what came of one command.
type outcome struct {
	Stdout, Stderr string
	Code           int
}

// run runs a program to its end. Only a program that cannot be started, or that does not end, is an error.
func run(dir string, environ []string, stdin io.Reader, argv ...string) (outcome, error) {
	return runUntil(dir, environ, stdin, "", argv...)
}

// runUntil is run with an interrupt as soon as the output holds a text, unless that is "".
func runUntil(dir string, environ []string, stdin io.Reader, text string, argv ...string) (outcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, environ, stdin
	cmd.WaitDelay = 2 * time.Second // what a command left behind may hold its output open
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if text != "" {
		cmd.Stdout = io.MultiWriter(&stdout, &trigger{text: text, then: func() { _ = cmd.Process.Signal(syscall.SIGINT) }})
	}
	err := cmd.Run()
	if cmd.ProcessState == nil {
		return outcome{}, err
	}
	if ctx.Err() != nil {
		return outcome{stdout.String(), stderr.String(), -1}, errors.New("it does not end")
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}, nil
}

// trigger does something once, when what is written to it holds a text.
type trigger struct {
	text string
	then func()
	seen []byte
	done bool
}

func (t *trigger) Write(p []byte) (int, error) {
	t.seen = append(t.seen, p...)
	if !t.done && bytes.Contains(t.seen, []byte(t.text)) {
		t.done = true
		t.then()
	}
	return len(p), nil
}

// merge gives an environment with variables in it, sorted so that it is the same each time.
func merge(environ []string, more map[string]string) []string {
	out := slices.Clone(environ)
	for name, value := range more {
		out = append(out, name+"="+value)
	}
	slices.Sort(out)
	return out
}
