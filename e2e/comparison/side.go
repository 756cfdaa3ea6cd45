package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// side is one tool under one case: its folder, its variables, and what was there when it was last looked at.
type side struct {
	place     *place
	tool      tool
	c         *testCase
	dir       string // the project's folder; its base name is the project's name
	project   string
	projects  []string // the project, and what -p names
	unique    string
	mac       string // STANDIN_ROOT
	environ   map[string]string
	ports     []string // variables that hold a host port
	ephemeral []int    // host ports that the tool chose
	names     []string // asked for inside
	stdin     []byte
	before    map[string]identity // containers at the last look, by name
	anonymous map[string]bool     // volumes without a name that Docker Compose's containers had
	oneOffs   []string            // names of one-off containers, in the order of their coming
	ids       map[string]string   // the engine's ids so far, to names
	given     []given
}

type given struct {
	kind, name string
	remove     func() error
}

func newSide(p *place, t tool, c *testCase, base, unique string) (*side, error) {
	project := c.Name + "-" + unique
	s := &side{
		place: p, tool: t, c: c, dir: filepath.Join(base, project), project: project, projects: []string{project}, unique: unique,
		before: map[string]identity{}, anonymous: map[string]bool{}, ids: map[string]string{},
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, err
	}
	// Short and outside of the base folder: sockets live in there, and removing it is the stand-in's business.
	mac, err := os.MkdirTemp("", "mac")
	if err != nil {
		return nil, err
	}
	s.mac = mac
	home := filepath.Join(base, "home")
	s.environ = map[string]string{
		"HOME": home, "UNIQUE": unique, "TERM": "dumb",
		"DOCKER_CONFIG": filepath.Join(home, ".docker"), "DOCKER_BUILDKIT": "0", "COMPOSE_BAKE": "false",
		"STANDIN_ROOT": mac, "HOSTWRIGHT_STATE_DIR": filepath.Join(home, "state"),
	}
	if err := os.MkdirAll(s.environ["DOCKER_CONFIG"], 0o755); err != nil {
		return nil, err
	}
	return s, c.writeTo(s.dir)
}

func (s *side) environment() []string { return merge(s.place.environ, s.environ) }

func (s *side) variable(name string) (string, bool) {
	value, ok := s.environ[name]
	return value, ok
}

// input gives what the next command reads, once.
func (s *side) input() io.Reader {
	data := s.stdin
	s.stdin = nil
	if data == nil {
		return nil
	}
	return bytes.NewReader(data)
}

// close removes all that the tool has left, and what was given.
func (s *side) close(ctx context.Context) error {
	var failed []error
	if s.tool.ours {
		if _, err := os.Stat(filepath.Join(s.environ["HOSTWRIGHT_STATE_DIR"], "daemon")); err == nil {
			failed = append(failed, s.quietly(s.tool.command[0], "daemon", "stop"))
		}
		failed = append(failed, s.quietly(s.place.container, "--standin-destroy"))
	} else {
		for _, project := range s.projects {
			failed = append(failed, s.place.engine.clear(ctx, project, s.anonymous))
		}
		for _, g := range s.given {
			failed = append(failed, g.remove())
		}
	}
	failed = append(failed, os.RemoveAll(s.mac))
	return errors.Join(failed...)
}

// quietly runs a program that has to succeed.
func (s *side) quietly(argv ...string) error {
	out, err := run("/", s.environment(), nil, argv...)
	if err == nil && out.Code != 0 {
		err = fmt.Errorf("exit code %d: %s", out.Code, out.Stderr)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
	}
	return nil
}

// give makes something of somebody else.
func (s *side) give(ctx context.Context, kind, name string) error {
	g := given{kind: kind, name: name}
	var err error
	if s.tool.ours {
		commands := [][]string{{kind, "create", name}}
		if kind == "container" {
			commands = [][]string{{"run", "--detach", "--name", name, "--", "busybox", "sleep", "1000"}}
		}
		for _, argv := range commands {
			err = errors.Join(err, s.quietly(append([]string{s.place.container}, argv...)...))
		}
	} else {
		g.remove, err = s.place.engine.give(ctx, kind, name)
	}
	if err != nil {
		return fmt.Errorf("given %s %s: %w", kind, name, err)
	}
	s.given = append(s.given, g)
	return nil
}

const awaitTimeout = time.Minute

// await waits until all containers of a service are in a state. Under ours, not getting there is seen in what follows.
func (s *side) await(service, state string) error {
	for deadline := time.Now().Add(awaitTimeout); ; time.Sleep(200 * time.Millisecond) {
		listed, err := s.list()
		reached := 0
		for _, l := range listed {
			if l.Service != service {
				continue
			}
			if l.State != state && l.Health != state {
				reached = -1
				break
			}
			reached++
		}
		switch {
		case reached > 0:
			return nil
		case time.Now().After(deadline) && s.tool.ours:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("not within %s: %v %w", awaitTimeout, listed, err)
		}
	}
}

// until repeats a shell command until it succeeds.
func (s *side) until(command string) error {
	for deadline := time.Now().Add(awaitTimeout); ; time.Sleep(200 * time.Millisecond) {
		out, err := run(s.dir, s.environment(), nil, "sh", "-c", command)
		switch {
		case err != nil:
			return err
		case out.Code == 0:
			return nil
		case time.Now().After(deadline) && s.tool.ours:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("not within %s: %s", awaitTimeout, out.Stderr)
		}
	}
}

// reach asks a host port over HTTP. Nothing that answers is an answer, too.
func (s *side) reach(words []string, seen fields) error {
	port, known := s.environ[words[0]]
	if service, target, ok := strings.Cut(words[0], ":"); ok {
		listed, err := s.list()
		if err != nil {
			return err
		}
		for _, l := range listed {
			for _, p := range l.Publishers {
				// The engine may choose another port for IPv6, which is not asked here.
				if l.Service == service && fmt.Sprint(p.TargetPort) == target && p.PublishedPort != 0 && !strings.Contains(p.URL, ":") {
					port, known = fmt.Sprint(p.PublishedPort), true
				}
			}
		}
	}
	if !known {
		seen["answer"] = "no such port"
		return nil
	}
	path := "/"
	if len(words) > 1 {
		path = words[1]
	}
	seen["answer"] = "none"
	client := &http.Client{Timeout: 5 * time.Second, Transport: s.transport()}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		response, err := client.Get("http://127.0.0.1:" + port + path)
		if err != nil {
			continue
		}
		body, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
		_ = response.Body.Close()
		if err == nil {
			seen["answer"] = response.Status + "\n" + string(body)
			return nil
		}
	}
	return nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// listed is the part of `ps --format json` that has to agree.
type listed struct {
	Name, Service, State, Health string
	ExitCode                     int
	Publishers                   []struct {
		URL                       string
		TargetPort, PublishedPort int
		Protocol                  string
	}
}

// list asks the tool for all containers of all projects of the case.
func (s *side) list() ([]listed, error) {
	var all []listed
	for _, project := range s.projects {
		of, err := s.listOf(project)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	return all, nil
}

func (s *side) listOf(project string) ([]listed, error) {
	argv := append(slices.Clone(s.tool.command), "-p", project, "ps", "-a", "--format", "json")
	out, err := run(s.dir, s.environment(), nil, argv...)
	if err != nil {
		return nil, err
	}
	if out.Code != 0 {
		return nil, fmt.Errorf("ps: exit code %d: %s", out.Code, strings.TrimSpace(out.Stderr))
	}
	var all []listed
	decoder := json.NewDecoder(strings.NewReader(out.Stdout))
	for decoder.More() {
		var l listed
		if err := decoder.Decode(&l); err != nil {
			return nil, fmt.Errorf("ps: %w: %s", err, out.Stdout)
		}
		all = append(all, l)
	}
	return all, nil
}

// onlyFields keeps some keys of the objects of a JSON text: one array, or an object a line.
func onlyFields(text string, keys []string) (string, error) {
	var objects []map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	shape := "an object a line"
	for decoder.More() {
		var value any
		if err := decoder.Decode(&value); err != nil {
			return "", err
		}
		switch v := value.(type) {
		case map[string]any:
			objects = append(objects, v)
		case []any:
			shape = "one array"
			for _, o := range v {
				if object, ok := o.(map[string]any); ok {
					objects = append(objects, object)
				}
			}
		}
	}
	lines := []string{}
	for _, o := range objects {
		maps.DeleteFunc(o, func(k string, _ any) bool { return !slices.Contains(keys, k) })
		line, err := json.Marshal(o)
		if err != nil {
			return "", err
		}
		lines = append(lines, string(line))
	}
	slices.Sort(lines)
	return shape + ":\n" + strings.Join(lines, "\n") + "\n", nil
}
