package main

import (
	"fmt"
	"os"
	"strings"
)

// configForms are the forms of `config` that have to agree byte for byte, for every state of every file.
var configForms = [][]string{
	{"config"}, {"config", "--hash", "*"}, {"config", "--format", "json"}, {"config", "--no-interpolate"},
	{"config", "--services"}, {"config", "--volumes"}, {"config", "--networks"}, {"config", "--images"},
	{"config", "--profiles"}, {"config", "--variables"}, {"config", "--environment"}, {"config", "--no-normalize"},
	{"config", "--no-path-resolution"},
}

// byChance are the forms whose lines Docker Compose prints in the order of a map: another one each time.
var byChance = map[string]bool{"--services": true, "--volumes": true, "--networks": true, "--images": true, "--profiles": true, "--variables": true}

// rootFlags are the flags before the command that take a value.
var rootFlags = map[string]bool{
	"-f": true, "--file": true, "-p": true, "--project-name": true, "--profile": true, "--env-file": true,
	"--project-directory": true, "--ansi": true, "--progress": true, "--parallel": true,
}

// before gives the flags that stand before a command.
func before(words []string) []string {
	for i := 0; i < len(words); i++ {
		if !strings.HasPrefix(words[i], "-") {
			return words[:i]
		}
		if rootFlags[words[i]] {
			i++
		}
	}
	return words
}

// compareConfig goes through the script in one folder, changes files and variables as it says, and asks both tools for
// `config` wherever a command would read the files.
func compareConfig(p *place, c *testCase, base, unique string) ([]difference, error) {
	if p.noConfig {
		return nil, nil
	}
	s, err := newSide(p, p.docker, c, base, unique)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(s.mac)
	s.tool.ours = true // a shell step may fail: it may be about what runs
	var all []difference
	asked := map[string]bool{}
	state := 0
	for _, st := range c.Steps {
		words, err := expand(st.Words, s.variable)
		if err != nil {
			return nil, err
		}
		if st.command() == nil {
			state++
			if err := s.prepare(st, words, fields{}); err != nil {
				return nil, err
			}
			continue
		}
		if st.Verb == "fields" || st.Verb == "interrupt" {
			words = words[1:]
		}
		flags := before(words)
		id := fmt.Sprint(state, flags)
		if asked[id] {
			continue
		}
		asked[id] = true
		differing, err := s.configs(st, flags)
		if err != nil {
			return nil, err
		}
		all = append(all, differing...)
	}
	return all, nil
}

// configs asks both tools for all forms.
func (s *side) configs(st step, flags []string) ([]difference, error) {
	input := s.stdin
	var all []difference
	for _, form := range configForms {
		var seen [2]fields
		for i, t := range []tool{s.place.docker, s.place.ours} {
			s.stdin = input
			argv := append(append(append([]string{}, t.command...), flags...), form...)
			out, err := run(s.dir, s.environment(), s.input(), argv...)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", t.Name, strings.Join(form, " "), err)
			}
			if byChance[form[len(form)-1]] {
				out.Stdout = sortedLines(out.Stdout)
			}
			seen[i] = fields{strings.Join(form, " "): fmt.Sprintf("%sexit code %d\n", out.Stdout, out.Code), "stderr": out.Stderr}
		}
		all = append(all, compare(st, seen[0], seen[1])...)
	}
	s.stdin = nil
	return all, nil
}
