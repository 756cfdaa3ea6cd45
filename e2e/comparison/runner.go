package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// result is what one case came to.
type result struct {
	Case        *testCase
	Differences []difference
	Unmet       []string // lines of docs/differences.md that say that something differs here, and it does not
	Problem     error    // the case itself is wrong, or the lab
}

// runCase runs a case under both tools and compares.
func runCase(ctx context.Context, p *place, c *testCase) result {
	r := result{Case: c}
	base, err := os.MkdirTemp("", "comparison")
	if err != nil {
		r.Problem = err
		return r
	}
	defer os.RemoveAll(base)
	unique := uniqueName()
	seen := map[string][]fields{}
	for _, t := range []tool{p.docker, p.ours} {
		s, err := newSide(p, t, c, filepath.Join(base, t.command[0][strings.LastIndex(t.command[0], "/")+1:]), unique)
		if err != nil {
			r.Problem = err
			return r
		}
		observed, err := s.runAll(ctx, seen[p.docker.Name])
		if clean := s.close(ctx); err == nil {
			err = clean
		}
		if err != nil {
			r.Problem = fmt.Errorf("%s: %w", t.Name, err)
			return r
		}
		seen[t.Name] = observed
	}
	for i, step := range c.Steps {
		r.Differences = append(r.Differences, compare(step, seen[p.docker.Name][i], seen[p.ours.Name][i])...)
	}
	configs, err := compareConfig(p, c, filepath.Join(base, "config"), unique)
	r.Differences, r.Problem = append(r.Differences, configs...), err
	return r
}

// uniqueName is for names on the engine: letters that no hexadecimal number has, so that it can be taken out of output.
func uniqueName() string {
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = "ghijkmnpqrstuvwxyz"[rand.IntN(18)]
	}
	return string(letters)
}

// runAll runs all steps and gives what was seen after each. Under ours it is known what Docker Compose had, so that names
// have a moment to follow. A step that does not end as the script says is an error
// under Docker Compose, since then the case is wrong, and a difference under ours.
func (s *side) runAll(ctx context.Context, there []fields) ([]fields, error) {
	var all []fields
	for i, step := range s.c.Steps {
		seen := fields{}
		if err := s.step(ctx, step, seen); err != nil {
			return nil, fmt.Errorf("%s: %w", s.at(step), err)
		}
		if step.looksAround() {
			observe := s.observe
			if there != nil {
				observe = func(ctx context.Context, seen fields) error { return s.observeNames(ctx, seen, there[i]) }
			}
			if err := observe(ctx, seen); err != nil {
				return nil, fmt.Errorf("after %s: %w", s.at(step), err)
			}
		}
		for _, name := range []string{"stdout", "stderr", "answer"} { // ids are known only now
			if text, ok := seen[name]; ok {
				seen[name] = s.plain(text)
			}
		}
		if step.Verb == "sorted" {
			seen["stdout"] = sortedLines(seen["stdout"])
		}
		all = append(all, seen)
	}
	return all, nil
}

func (s *side) at(st step) string { return fmt.Sprintf("step %d, %s", st.Number, st.Text) }

// looksAround says whether a step may have changed something that runs.
func (s step) looksAround() bool {
	return !slices.Contains([]string{"edit", "set", "freeport", "stdin", "names"}, s.Verb)
}

// step runs one step.
func (s *side) step(ctx context.Context, st step, seen fields) error {
	words, err := expand(st.Words, s.variable)
	if err != nil {
		return err
	}
	if st.command() != nil {
		return s.compose(st, words, seen)
	}
	switch st.Verb {
	case "await":
		return s.await(words[0], words[1])
	case "until":
		return s.until(words[0])
	case "reach":
		return s.reach(words, seen)
	case "names":
		s.names = append(s.names, words...)
		return nil
	case "given":
		return s.give(ctx, words[0], words[1])
	}
	return s.prepare(st, words, seen)
}

// prepare runs a step that needs neither tool, which is what the comparison of `config` does, too.
func (s *side) prepare(st step, words []string, seen fields) error {
	switch st.Verb {
	case "edit":
		data, err := os.ReadFile(filepath.Join(s.dir, words[1]))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(s.dir, words[0]), data, 0o644)
	case "set":
		name, value, _ := strings.Cut(words[0], "=")
		s.environ[name] = value
	case "freeport":
		port, err := freePort()
		if err != nil {
			return err
		}
		s.environ[words[0]] = port
		s.ports = append(s.ports, words[0])
	case "stdin":
		data, err := os.ReadFile(filepath.Join(s.dir, words[0]))
		s.stdin = data
		return err
	case "shell":
		out, err := run(s.dir, s.environment(), nil, "sh", "-c", words[0])
		if err != nil {
			return err
		}
		if !s.tool.ours && !st.asExpected(out) {
			return fmt.Errorf("exit code %d: %s", out.Code, out.Stderr)
		}
		seen["stdout"], seen["exit code"] = out.Stdout, fmt.Sprint(out.Code)
	}
	return nil
}

func sortedLines(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// noteProjects notes the projects that the flags before a command name.
func (s *side) noteProjects(flags []string) {
	for i, f := range flags[:max(0, len(flags)-1)] {
		if (f == "-p" || f == "--project-name") && strings.Contains(flags[i+1], s.unique) && !slices.Contains(s.projects, flags[i+1]) {
			s.projects = append(s.projects, flags[i+1])
		}
	}
}

// asExpected says whether a command ended as the script wants it.
func (s step) asExpected(out outcome) bool { return (out.Code != 0) == s.Fails }

// compose runs a command of the tool.
func (s *side) compose(st step, words []string, seen fields) error {
	text, keys := "", ""
	switch st.Verb {
	case "fields":
		keys, words = words[0], words[1:]
	case "interrupt":
		text, words = words[0], words[1:]
	}
	s.noteProjects(before(words))
	argv := append(slices.Clone(s.tool.command), words...)
	out, err := runUntil(s.dir, s.environment(), s.input(), text, argv...)
	seen["stderr"] = out.Stderr // for people, never compared
	if err != nil {
		if !s.tool.ours {
			return err
		}
		seen["exit code"] = err.Error()
		return nil
	}
	if !s.tool.ours && !st.asExpected(out) && text == "" {
		return fmt.Errorf("exit code %d: %s", out.Code, strings.TrimSpace(out.Stderr+out.Stdout))
	}
	seen["exit code"] = fmt.Sprint(out.Code)
	stdout := out.Stdout
	if st.Verb == "fields" {
		stdout, err = onlyFields(out.Stdout, strings.Split(keys, ","))
		if err != nil && !s.tool.ours {
			return errors.Join(err, errors.New(out.Stdout))
		}
	}
	seen["stdout"] = stdout
	return nil
}
