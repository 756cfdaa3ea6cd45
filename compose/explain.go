package compose

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/paths"
	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/hostwright/compose/translate/finding"
)

// explain gives an error of compose-go its place and a hint. compose-go knows no places; its texts name paths,
// services and files, which the index finds again. An error that no rule knows keeps its text.
func (l *loading) explain(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var path *pathError
	if errors.As(err, &path) {
		return &Error{Message: path.text, Position: l.index.position(path.path), Hint: path.hint, Cause: err}
	}
	text := err.Error()
	for _, r := range rules {
		m := r.match.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		e := &Error{Message: text, Cause: err}
		r.say(l, m, e)
		return e
	}
	return &Error{Message: text, Cause: err}
}

// rule recognises one text of compose-go 2.16.1.
type rule struct {
	match *regexp.Regexp
	say   func(l *loading, m []string, e *Error)
}

// at makes a rule's answer: the place of a path and a hint, both with $1 and so on filled in.
func at(path, hint string) func(*loading, []string, *Error) {
	return func(l *loading, m []string, e *Error) {
		e.Position, e.Hint = l.index.position(fill(path, m)), fill(hint, m)
	}
}

func fill(text string, m []string) string {
	for i := 1; i < len(m); i++ {
		text = strings.ReplaceAll(text, fmt.Sprintf("$%d", i), m[i])
	}
	return text
}

var rules = []rule{
	{regexp.MustCompile(`^failed to parse (.+?): `), func(_ *loading, m []string, e *Error) {
		*e = *syntaxError(m[1], e.Cause)
	}},
	{regexp.MustCompile(`^no configuration file provided`), func(_ *loading, _ []string, e *Error) {
		e.Hint = "run this in a directory with a compose.yaml, or name the file with -f"
	}},
	{regexp.MustCompile(`^validating (?:.+?): ([^ ]+) false schema`), unknownAttribute},
	{regexp.MustCompile(`^validating (?:.+?): ([^ ]*) additional properties '([^']+)' not allowed`), func(l *loading, m []string, e *Error) {
		unknownAttribute(l, []string{"", join(m[1], m[2])}, e)
	}},
	{regexp.MustCompile(`^validating (?:.+?): (services\.\S+\.container_name) '.*' does not match`),
		at("$1", "a container's name has 2 to 63 characters: a letter or digit, then letters, digits and _ . -")},
	{regexp.MustCompile(`^validating (?:.+?): ([^ ]+) `), func(l *loading, m []string, e *Error) {
		e.Position = l.index.position(listPath(m[1]))
	}},
	{regexp.MustCompile(`^service "(.+?)" depends on undefined service "(.+?)"`), func(l *loading, m []string, e *Error) {
		e.Position = l.index.position("services." + m[1] + ".depends_on." + m[2])
		e.Hint = "services in the files: " + strings.Join(l.index.children("services"), ", ")
		if l.index.has("services." + m[2]) {
			e.Hint = fmt.Sprintf("service %s is in a profile that is not active: use --profile, or depends_on with required: false", m[2])
		}
	}},
	{regexp.MustCompile(`^dependency cycle detected: (\S+) -> (\S+)`),
		at("services.$1.depends_on.$2", "remove one of these dependencies")},
	{regexp.MustCompile(`^service "(.+?)" refers to undefined (network|volume|secret|config) (.+?): `), func(l *loading, m []string, e *Error) {
		e.Position = l.index.position("services." + m[1] + "." + m[2] + "s." + m[3])
		e.Hint = fmt.Sprintf("declare %s under %ss: at the top level", m[3], m[2])
	}},
	{regexp.MustCompile(`^service "(.+?)" has neither an image nor a build`), at("services.$1", "add image: or build: to the service")},
	{regexp.MustCompile(`^service "(.+?)" `), at("services.$1", "")},
	{regexp.MustCompile(`^services\.(?:scale|deploy\.replicas): can't set container_name and (\S+) as`),
		at("services.$1.container_name", "remove container_name, or run one replica")},
	{regexp.MustCompile(`^(?:env|label) file (.+?) not found: `), missingFile},
	{regexp.MustCompile(`^couldn't find env file: (.+)$`), func(_ *loading, m []string, e *Error) {
		e.Position, e.Hint = finding.Position{File: m[1]}, "check the path given to --env-file"
	}},
	{regexp.MustCompile(`^(?:open|stat) (.+?): no such file or directory`), missingFile},
	{regexp.MustCompile(`^compose file "(.+?)" `), func(_ *loading, m []string, e *Error) {
		e.Position = finding.Position{File: m[1]}
		if errors.Is(e.Cause, os.ErrNotExist) {
			e.Hint = "check the path"
		}
	}},
	{regexp.MustCompile(`^invalid project name "(.*?)"`), invalidName},
	{regexp.MustCompile(`^project name must not be empty`), func(_ *loading, _ []string, e *Error) {
		e.Hint = "give one with -p, COMPOSE_PROJECT_NAME or name: in the file"
	}},
	{regexp.MustCompile(`^error while interpolating (\S+): required variable (\S+) `),
		at("$1", "set $2 in the environment or in .env")},
	{regexp.MustCompile(`^error while interpolating (\S+): `), at("$1", "")},
	{regexp.MustCompile(`^invalid interpolation format for (\S+)\.\n`), at("$1", "write $$ for a dollar sign")},
	{regexp.MustCompile(`(?s)^decoding failed due to the following error\(s\):\s*'(.+?)' (.+)$`), func(l *loading, m []string, e *Error) {
		path := strings.NewReplacer("[", ".", "]", "").Replace(m[1])
		e.Message = path + ": " + strings.Join(strings.Fields(m[2]), " ")
		e.Position = l.index.position(listPath(path))
	}},
	{regexp.MustCompile(`^cannot extend service "(.+?)" in .+?: service "(.+?)" not found`), at("services.$1.extends", "")},
	{regexp.MustCompile(`^(?:Invalid|invalid) (?:hostPort|containerPort|proto|ip address|port|range)|^No port specified|^Invalid ranges`), invalidPort},
	{regexp.MustCompile(`^(?:service volume )?((?:services|networks|volumes|secrets|configs|jobs)\.\S+?)(?:: | is missing a)`), func(l *loading, m []string, e *Error) {
		e.Position = l.index.position(strings.ReplaceAll(m[1], ".[", "["))
	}},
	{regexp.MustCompile(`^(services) must be a mapping|^non-string key in (\S+): `), func(l *loading, m []string, e *Error) {
		e.Position = l.index.position(m[1] + m[2])
	}},
	{regexp.MustCompile(`^(secret|config) "(.+?)" `), func(l *loading, m []string, e *Error) {
		e.Position = l.index.position(m[1] + "s." + m[2])
	}},
	{regexp.MustCompile(`^healthcheck\.test must start`), func(l *loading, _ []string, e *Error) {
		e.Position = l.index.position(l.index.first(".healthcheck.test"))
	}},
	{regexp.MustCompile(`^top-level object must be a mapping|^empty compose file`), func(l *loading, _ []string, e *Error) {
		if n := len(l.details.ConfigFiles); n > 0 {
			e.Position = finding.Position{File: shown(l.details.ConfigFiles[n-1].Filename)}
			e.Hint = "a compose file begins with services:"
		}
	}},
}

// listPath turns the schema's "services.a.ports.0" into "services.a.ports[0]".
func listPath(path string) string {
	return regexp.MustCompile(`\.(\d+)(\.|$)`).ReplaceAllString(path, "[$1]$2")
}

func invalidName(l *loading, m []string, e *Error) {
	e.Hint = "choose another with -p, COMPOSE_PROJECT_NAME or name: in the file"
	if l.options.Name == "" && l.index.has("name") {
		e.Position = l.index.position("name")
	}
}

// missingFile finds which entry of the files names a file that is not there.
func missingFile(l *loading, m []string, e *Error) {
	e.Position, e.Hint = finding.Position{File: m[1]}, "check the path"
	for _, path := range slices.Sorted(maps.Keys(l.index.text)) {
		t := l.index.text[path]
		file := paths.ExpandUser(t.value)
		if !filepath.IsAbs(file) {
			file = filepath.Join(t.dir, file)
		}
		if file != m[1] || l.leftOut(path) {
			continue
		}
		e.Position = l.index.position(path)
		e.Hint = "create the file or correct the path"
		if strings.Contains(path, ".env_file") {
			e.Hint = "create the file, or write the entry as {path: ..., required: false}"
		}
		return
	}
}

// leftOut tells whether a path belongs to a service that is known not to be chosen.
func (l *loading) leftOut(path string) bool {
	if l.chosen == nil {
		return false
	}
	for _, name := range l.names {
		if strings.HasPrefix(path, "services."+name+".") {
			return !slices.Contains(l.chosen, name)
		}
	}
	return false
}

// invalidPort finds the short syntax that compose-go could not read, which its error does not name.
func invalidPort(l *loading, _ []string, e *Error) {
	for _, path := range slices.Sorted(maps.Keys(l.index.text)) {
		t := l.index.text[path]
		if !strings.Contains(path, ".ports[") || strings.Contains(t.value, "$") {
			continue
		}
		if _, err := types.ParsePortConfig(t.value); err != nil {
			e.Message = fmt.Sprintf("%s: %s in %q", path, e.Message, t.value)
			e.Position = l.index.position(path)
			e.Hint = "write [HOST_IP:][HOST_PORT:]CONTAINER_PORT[/PROTOCOL], with ports from 1 to 65535"
			return
		}
	}
}

// unknownAttribute improves the schema's words, and guesses what was meant.
func unknownAttribute(l *loading, m []string, e *Error) {
	path := m[1]
	cut := strings.LastIndex(path, ".")
	parent, name := "", path
	if cut >= 0 {
		parent, name = path[:cut], path[cut+1:]
	}
	e.Message = strings.TrimSpace(fmt.Sprintf("%s additional properties '%s' not allowed", parent, name))
	e.Position = l.index.position(listPath(path))
	if resourceSections[parent] {
		e.Hint = "names consist of letters, digits and . _ -"
	}
	if near := nearest(name, attributesBelow(parent)); near != "" {
		e.Hint = fmt.Sprintf("did you mean %s?", near)
	}
}

// resourceSections are the sections whose keys are the user's own names.
var resourceSections = map[string]bool{"services": true, "networks": true, "volumes": true, "secrets": true, "configs": true, "jobs": true, "models": true}

// attributesBelow gives the attributes that the specification has below a path of a file.
func attributesBelow(parent string) []string {
	var out []string
	parts := strings.Split(parent, ".")
	if parent == "" {
		parts = nil
	}
	for _, p := range schema.AttributePaths() {
		pattern := p.Parts()
		if len(pattern) != len(parts)+1 || pattern[len(parts)] == "*" {
			continue
		}
		fits := true
		for i, part := range parts {
			fits = fits && (pattern[i] == "*" || pattern[i] == "[]" || pattern[i] == part)
		}
		if fits {
			out = append(out, pattern[len(parts)])
		}
	}
	return out
}
