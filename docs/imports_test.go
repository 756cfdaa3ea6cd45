package docs

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

const module = "github.com/hostwright/compose"

// listed is the part of `go list -json` that the rules need.
type listed struct {
	ImportPath string
	Imports    []string
	Doc        string
	Name       string
}

// TestImportsFollowTheTable compares the imports of every package with the table of architecture.md.
func TestImportsFollowTheTable(t *testing.T) {
	allowed := importTable(t)
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		rules, ok := rulesFor(allowed, name)
		if !ok {
			t.Errorf("package %s has no row in docs/architecture.md", name)
			continue
		}
		for _, imp := range p.Imports {
			ours, found := strings.CutPrefix(imp, module+"/")
			if found && !slices.ContainsFunc(rules, func(rule string) bool { return matches(rule, ours) }) {
				t.Errorf("%s imports %s, which its row in docs/architecture.md does not allow", name, ours)
			}
		}
	}
}

// TestPackagesSayWhatTheyAreFor wants a package comment everywhere.
func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" {
			t.Errorf("package %s has no package comment", p.ImportPath)
		}
	}
}

func importTable(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("architecture.md")
	assert.NilError(t, err)
	table := map[string][]string{}
	quoted := regexp.MustCompile("`([^`]+)`")
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || !strings.Contains(cells[1], "`") {
			continue
		}
		name := strings.Trim(cells[1], " `")
		table[name] = []string{}
		for _, m := range quoted.FindAllStringSubmatch(cells[2], -1) {
			table[name] = append(table[name], m[1])
		}
	}
	assert.Assert(t, len(table) > 10, "the table of architecture.md was not found")
	return table
}

// rulesFor gives a package's own row, or that of the nearest folder above it (a package's commands and parts).
func rulesFor(table map[string][]string, name string) ([]string, bool) {
	for at := name; at != ""; {
		if rules, ok := table[at]; ok {
			if at != name {
				rules = append(slices.Clone(rules), at, at+"/*")
			}
			return rules, true
		}
		i := strings.LastIndex(at, "/")
		if i < 0 {
			break
		}
		at = at[:i]
	}
	return nil, strings.HasPrefix(name, "docs")
}

func matches(rule, name string) bool {
	if folder, ok := strings.CutSuffix(rule, "/*"); ok {
		return strings.HasPrefix(name, folder+"/")
	}
	return rule == name
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Doc,Name", "./...")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	assert.NilError(t, err)
	assert.NilError(t, cmd.Start())
	var all []listed
	for d := json.NewDecoder(out); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		assert.NilError(t, err)
		if p.Name != "" && p.Name != "docs" {
			all = append(all, p)
		}
	}
	assert.NilError(t, cmd.Wait())
	return all
}
