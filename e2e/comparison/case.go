package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// testCase is one project and what is done with it.
type testCase struct {
	Kind, Name string
	Shows      string // one sentence
	Steps      []step
	Files      []txtar.File
}

// step is one line of a script.
type step struct {
	Number int    // from 1
	Text   string // the line
	Fails  bool   // has to fail
	Verb   string // "compose" or one of the verbs of the package comment
	Words  []word // after the verb
}

// takes says how many words a verb wants at least; verbs that wrap a command have it in their last words.
var takes = map[string]int{
	"edit": 2, "shell": 1, "until": 1, "set": 1, "freeport": 1, "stdin": 1, "await": 2, "reach": 1, "names": 1, "given": 2,
	"interrupt": 2, "sorted": 1, "fields": 2,
}

// lastStep follows every script: it has to leave nothing.
const lastStep = "down -v --remove-orphans -t 0"

// readCases reads all cases of a folder, sorted by kind and name.
func readCases(dir string) ([]*testCase, error) {
	var cases []*testCase
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		c, err := parseCase(data)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		c.Kind, c.Name = filepath.Base(filepath.Dir(path)), strings.TrimSuffix(d.Name(), ".txtar")
		if slices.ContainsFunc(cases, func(o *testCase) bool { return o.Name == c.Name }) {
			return fmt.Errorf("%s: there is another case of this name", path)
		}
		cases = append(cases, c)
		return nil
	})
	return cases, err
}

// parseCase reads one case. Errors name the line.
func parseCase(data []byte) (*testCase, error) {
	archive := txtar.Parse(data)
	c := &testCase{Files: archive.Files}
	for n, line := range strings.Split(string(archive.Comment), "\n") {
		line = strings.TrimSpace(line)
		if text, comment := strings.CutPrefix(line, "#"); comment {
			if len(c.Steps) == 0 {
				c.Shows = strings.TrimSpace(c.Shows + " " + strings.TrimSpace(text))
			}
			continue
		}
		if line == "" {
			continue
		}
		s, err := parseStep(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		s.Number = len(c.Steps) + 1
		c.Steps = append(c.Steps, s)
	}
	switch {
	case c.Shows == "":
		return nil, errors.New("it begins with no comment that says what it shows")
	case len(c.Steps) == 0:
		return nil, errors.New("it has no steps")
	case len(c.Files) == 0:
		return nil, errors.New("it has no files")
	}
	last, err := parseStep(lastStep)
	last.Number = len(c.Steps) + 1
	c.Steps = append(c.Steps, last)
	return c, err
}

func parseStep(line string) (step, error) {
	s := step{Text: line, Verb: "compose"}
	if rest, ok := strings.CutPrefix(line, "!"); ok {
		s.Fails, line = true, strings.TrimSpace(rest)
	}
	words, err := splitWords(line)
	if err != nil {
		return s, err
	}
	if len(words) == 0 {
		return s, errors.New("a command is missing")
	}
	s.Words = words
	if least, ok := takes[words[0].literal()]; ok {
		s.Verb, s.Words = words[0].literal(), words[1:]
		if len(s.Words) < least {
			return s, fmt.Errorf("%s takes at least %d words", s.Verb, least)
		}
	}
	if s.Verb == "shell" || s.Verb == "until" { // the rest of the line as it is
		s.Words = []word{{{text: strings.TrimSpace(strings.TrimPrefix(line, s.Verb)), quoted: true}}}
	}
	return s, nil
}

// command gives the command of Compose that a step runs, or nil.
func (s step) command() []word {
	switch s.Verb {
	case "compose", "sorted":
		return s.Words
	case "fields", "interrupt":
		return s.Words[1:]
	}
	return nil
}

// writeTo puts the project's files into a folder. A file that begins with "#!" is executable.
func (c *testCase) writeTo(dir string) error {
	for _, f := range c.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(string(f.Data), "#!") {
			mode = 0o755
		}
		if err := os.WriteFile(path, f.Data, mode); err != nil {
			return err
		}
	}
	return nil
}
