//go:build linux

package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// dockerfilePlan is what a Dockerfile says of images. The engine's builder would look them up among all names that it has,
// those of other roots too; so every name is resolved here, as create resolves it, and put into the text by the engine's tag.
type dockerfilePlan struct {
	lines  []string
	stages []dockerfileStage
}

// dockerfileStage is a FROM and what follows it.
type dockerfileStage struct {
	name  string   // of AS, lower case; may be ""
	needs []string // stages or images: base first, then those of COPY --from and RUN --mount from=
	from  *parser.Node
	base  string // with variables replaced
	uses  []imageUse
}

// imageUse is a place in the text that names a stage or an image.
type imageUse struct {
	node   *parser.Node
	prefix string // "--from=" or "from="
	name   string
}

// planDockerfile reads a Dockerfile. The build arguments matter for variables in FROM.
func planDockerfile(text []byte, arguments map[string]string) (*dockerfilePlan, error) {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read Dockerfile: %w", err)
	}
	plan := &dockerfilePlan{lines: strings.Split(string(text), "\n")}
	variables := maps.Clone(arguments)
	words := shell.NewLex(parsed.EscapeToken)
	expand := func(word string) (string, error) {
		out, _, err := words.ProcessWord(word, shell.EnvsFromSlice(assignments(variables)))
		return out, err
	}
	for _, node := range parsed.AST.Children {
		switch strings.ToLower(node.Value) {
		case "arg":
			if len(plan.stages) > 0 {
				continue
			}
			if err := globalArguments(node, arguments, variables, expand); err != nil {
				return nil, err
			}
		case "from":
			stage, err := newStage(node, expand)
			if err != nil {
				return nil, err
			}
			plan.stages = append(plan.stages, stage)
		default:
			if len(plan.stages) > 0 {
				plan.stages[len(plan.stages)-1].collect(node)
			}
		}
	}
	return plan, nil
}

// globalArguments are those before the first FROM; only they count in FROM lines.
func globalArguments(node *parser.Node, given, variables map[string]string, expand func(string) (string, error)) error {
	for n := node.Next; n != nil; n = n.Next {
		name, value, hasDefault := strings.Cut(n.Value, "=")
		if _, set := given[name]; set || !hasDefault {
			continue
		}
		expanded, err := expand(value)
		if err != nil {
			return fmt.Errorf("read Dockerfile line %d: %w", node.StartLine, err)
		}
		variables[name] = expanded
	}
	return nil
}

func assignments(variables map[string]string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		all = append(all, name+"="+variables[name])
	}
	return all
}

func newStage(node *parser.Node, expand func(string) (string, error)) (dockerfileStage, error) {
	stage := dockerfileStage{from: node}
	if node.Next == nil {
		return stage, fmt.Errorf("read Dockerfile line %d: FROM requires a name", node.StartLine)
	}
	base, err := expand(node.Next.Value)
	if err != nil {
		return stage, fmt.Errorf("read Dockerfile line %d: %w", node.StartLine, err)
	}
	stage.base = base
	stage.needs = []string{base}
	if as := node.Next.Next; as != nil && strings.EqualFold(as.Value, "as") && as.Next != nil {
		stage.name = strings.ToLower(as.Next.Value)
	}
	return stage, nil
}

// collect finds COPY --from and RUN --mount=...,from=.
func (s *dockerfileStage) collect(node *parser.Node) {
	if strings.EqualFold(node.Value, "onbuild") && node.Next != nil && len(node.Next.Children) > 0 {
		return // takes effect elsewhere
	}
	for _, flag := range node.Flags {
		if name, found := strings.CutPrefix(flag, "--from="); found {
			s.uses = append(s.uses, imageUse{node: node, prefix: "--from=", name: name})
			s.needs = append(s.needs, name)
		}
		options, found := strings.CutPrefix(flag, "--mount=")
		if !found {
			continue
		}
		for _, option := range strings.Split(options, ",") {
			if name, found := strings.CutPrefix(option, "from="); found {
				s.uses = append(s.uses, imageUse{node: node, prefix: "from=", name: name})
				s.needs = append(s.needs, name)
			}
		}
	}
}

// stage finds a stage by name or number among those before a limit.
func (p *dockerfilePlan) stage(name string, before int) (int, bool) {
	for i := before - 1; i >= 0; i-- {
		if p.stages[i].name != "" && p.stages[i].name == strings.ToLower(name) {
			return i, true
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < before {
		return n, true
	}
	return 0, false
}

// images are the names that the build needs for a target, each once. The builder asks only for those.
func (p *dockerfilePlan) images(target string) []string {
	last := len(p.stages) - 1
	if last < 0 {
		return nil
	}
	if target != "" {
		found, known := p.stage(target, len(p.stages))
		if !known {
			return nil // the builder says that there is no such stage
		}
		last = found
	}
	var names []string
	seen := map[int]bool{}
	var visit func(int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		for n, need := range p.stages[i].needs {
			other, isStage := p.stage(need, i)
			if isStage && n == 0 {
				_, isNumber := strconv.Atoi(need)
				isStage = isNumber != nil // FROM takes names of stages only
			}
			switch {
			case isStage:
				visit(other)
			case need != "scratch" && need != "" && !slices.Contains(names, need):
				names = append(names, need)
			}
		}
	}
	visit(last)
	return names
}

// rewrite puts other names in place of image names. Lines keep their numbers.
func (p *dockerfilePlan) rewrite(names map[string]string) []byte {
	lines := slices.Clone(p.lines)
	for i, stage := range p.stages {
		if to, found := names[stage.base]; found && !p.isStageName(stage.base, i) {
			replaceLines(lines, stage.from, fromLine(stage.from, to))
		}
		for _, use := range stage.uses {
			to, found := names[use.name]
			if _, isStage := p.stage(use.name, i); !found || isStage {
				continue
			}
			for n := use.node.StartLine - 1; n < use.node.EndLine; n++ {
				lines[n] = strings.ReplaceAll(lines[n], use.prefix+use.name, use.prefix+to)
			}
		}
	}
	return []byte(strings.Join(withoutSyntax(lines), "\n"))
}

func (p *dockerfilePlan) isStageName(name string, before int) bool {
	_, err := strconv.Atoi(name)
	_, found := p.stage(name, before)
	return found && err != nil
}

func fromLine(node *parser.Node, base string) string {
	words := append([]string{"FROM"}, node.Flags...)
	words = append(words, base)
	for n := node.Next.Next; n != nil; n = n.Next {
		words = append(words, n.Value)
	}
	return strings.Join(words, " ")
}

func replaceLines(lines []string, node *parser.Node, text string) {
	for n := node.StartLine; n < node.EndLine; n++ {
		lines[n] = ""
	}
	lines[node.StartLine-1] = text
}

// withoutSyntax drops the syntax directive: it would make the engine fetch another frontend from Docker Hub, and what the
// engine has does for what the runtime's builder does in ordinary files.
func withoutSyntax(lines []string) []string {
	for i, line := range lines {
		rest, isComment := strings.CutPrefix(strings.TrimSpace(line), "#")
		if !isComment {
			return lines
		}
		name, _, isDirective := strings.Cut(rest, "=")
		if isDirective && strings.EqualFold(strings.TrimSpace(name), "syntax") {
			lines[i] = "#"
		}
	}
	return lines
}
