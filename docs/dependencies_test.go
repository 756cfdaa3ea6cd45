package docs

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"gotest.tools/v3/assert"
)

// The page has a line for each module that go.mod requires directly or names as a tool, and for no other.
func TestEveryDirectDependencyHasALine(t *testing.T) {
	out, err := exec.Command("go", "mod", "edit", "-json", "../go.mod").Output()
	assert.NilError(t, err)
	var module struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Tool []struct{ Path string }
	}
	assert.NilError(t, json.Unmarshal(out, &module))
	var required []string
	for _, r := range module.Require {
		if !r.Indirect {
			required = append(required, r.Path)
		}
	}
	page, err := os.ReadFile("dependencies.md")
	assert.NilError(t, err)
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^\| ([\w.-]+\.[a-z]+/\S+|go\.\S+|gotest\.\S+|pgregory\.\S+|honnef\.co/\S+) \| .+ \|$`).FindAllStringSubmatch(string(page), -1) {
		listed = append(listed, m[1])
	}
	isTool := func(path string) bool {
		return slices.ContainsFunc(module.Tool, func(tool struct{ Path string }) bool {
			return tool.Path == path || len(tool.Path) > len(path) && tool.Path[:len(path)+1] == path+"/"
		})
	}
	for _, r := range required {
		assert.Check(t, slices.Contains(listed, r), "%s has no line", r)
	}
	for _, l := range listed {
		assert.Check(t, slices.Contains(required, l) || isTool(l), "%s is no direct dependency", l)
	}
	assert.Assert(t, len(listed) > 10)
}
