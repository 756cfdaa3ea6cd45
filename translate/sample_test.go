package translate

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/schema"
	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/support"
)

// sample is two values of one attribute, which must not translate to the same thing. A and B stand in a service called
// web, or under a key of the top level where the path does; rest is what the file has beside it.
type sample struct{ path, a, b, rest string }

// inert are supported attributes whose value changes nothing here, with the reason. An attribute that is neither here
// nor has a sample fails the test.
var inert = map[string]string{
	"configs.*.name":                   "in messages only",
	"include":                          "merged in by the loader (package compose)",
	"include.[].env_file":              "merged in by the loader (package compose)",
	"include.[].path":                  "merged in by the loader (package compose)",
	"include.[].project_directory":     "merged in by the loader (package compose)",
	"networks.*.enable_ipv4":           "true is what is anyway; false has a case",
	"networks.*.external.name":         "an old spelling of name that the loader resolves",
	"secrets.*.name":                   "in messages only",
	"services.*.blkio_config":          "the attributes below have rows",
	"services.*.env_file.[].format":    "read by the loader (package compose)",
	"services.*.extends":               "merged in by the loader (package compose)",
	"services.*.extends.file":          "merged in by the loader (package compose)",
	"services.*.extends.service":       "merged in by the loader (package compose)",
	"services.*.logging":               "the attributes below have rows",
	"services.*.ports.[].app_protocol": "information only, as on Docker",
	"services.*.ports.[].mode":         "no effect without Swarm, as on Docker Compose",
	"services.*.ports.[].name":         "information only, as on Docker",
	"volumes.*.external.name":          "an old spelling of name that the loader resolves",
	"jobs":                             "the attributes below have rows",
	"models":                           "the attributes below have rows",
}

func TestEverySupportedAttributeCounts(t *testing.T) {
	sampled := map[string]bool{}
	for _, s := range samples {
		sampled[s.path] = true
		t.Run(s.path, func(t *testing.T) {
			row, ok := support.For(s.path)
			assert.Assert(t, ok, "no row")
			assert.Assert(t, row.Verdict == support.Supported || row.Verdict == support.Emulated, "%s is %s", s.path, row.Verdict)
			a, b := outcome(t, s, s.a), outcome(t, s, s.b)
			assert.Assert(t, a != b, "changes neither the declared model nor the findings:\n%s", a)
		})
	}
	paths := map[string]bool{}
	for _, p := range schema.AttributePaths() {
		path := string(p)
		paths[path] = true
		row, _ := support.For(path)
		counts := row.Verdict == support.Supported || row.Verdict == support.Emulated
		_, exempt := inert[path]
		assert.Check(t, !counts || sampled[path] || exempt, "%s is %s and has no sample", path, row.Verdict)
		assert.Check(t, !exempt || !sampled[path], "%s has a sample and a reason for none", path)
	}
	for path := range inert {
		assert.Check(t, paths[path], "%s is no attribute", path)
	}
	t.Logf("%d attributes sampled, %d exempt with a reason, %d in the specification", len(sampled), len(inert), len(paths))
}

// outcome translates a sample's file and gives everything that comes of it as text.
func outcome(t *testing.T, s sample, value string) string {
	t.Helper()
	text := value + "\n" + s.rest
	if strings.HasPrefix(s.path, "services.*.") {
		if s.path != "services.*.image" {
			value += ", image: x"
		}
		text = fmt.Sprintf("services:\n  web: {%s}\n  db: {image: y}\n%s", value, s.rest)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"one.env": "A=1\n", "two.env": "A=2\n", "one.label": "l=1\n", "two.label": "l=2\n"} {
		assert.NilError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	p, err := loadText(t, strings.ReplaceAll(text, "DIR", dir), "ONE=1", "TWO=2")
	if err != nil {
		return "error: " + strings.ReplaceAll(err.Error(), dir, "DIR")
	}
	r := Translate(p, mac)
	model, err := json.Marshal(r.Project)
	assert.NilError(t, err)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%q\n%+v\n", model, declared.Reveals(r.Project), r.Memory)
	for _, f := range r.Findings {
		f.Position = p.Position("")
		b.WriteString(f.String() + "\n")
	}
	return strings.ReplaceAll(b.String(), dir, "DIR")
}

func TestEmptyListsAreNone(t *testing.T) {
	p, err := loadText(t, "services: {web: {image: x, command: [], dns: [], dns_search: [], dns_opt: [], ports: [], volumes: [], labels: {}, environment: {}, "+
		"extra_hosts: [], cap_add: [], tmpfs: [], profiles: [], links: [], depends_on: [], build: {context: /a, tags: [], platforms: [], args: []}, healthcheck: {test: []}}}")
	assert.NilError(t, err)
	sameOverTheWire(t, Translate(p, mac).Project)
}
