package translate

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/hostwright/compose/compose"
	"github.com/hostwright/compose/translate/declared"
)

// mac is a runtime like Apple container 1.4.1 on a machine with 16 GiB.
var mac = Target{
	DefaultMemory: declared.GiB, DefaultCPUs: 4, MinMemory: 200 * declared.MiB, OverheadMemory: 128 * declared.MiB,
	IdleMemory: 21 * declared.MiB, BuilderMemory: 2 * declared.GiB, HostMemory: 16 * declared.GiB, HostPlatform: "linux/arm64",
}

// TestGolden translates each testdata/<case>/compose.yaml and compares the declared model with declared.json, the
// findings and the estimate with findings.txt. Run with -update to write them, and read the difference.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*/compose.yaml")
	assert.NilError(t, err)
	assert.Assert(t, len(cases) > 5)
	for _, file := range cases {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			p := loadFile(t, file)
			r := Translate(p, mac)
			name := filepath.Base(dir)
			golden.Assert(t, declaredText(t, r, p.WorkingDir), filepath.Join(name, "declared.json"))
			golden.Assert(t, findingsText(r, p.WorkingDir), filepath.Join(name, "findings.txt"))
			sameOverTheWire(t, r.Project)
			again := Translate(loadFile(t, file), mac)
			assert.DeepEqual(t, declared.Reveals(r.Project), declared.Reveals(again.Project))
			assert.Equal(t, declaredText(t, again, p.WorkingDir), declaredText(t, r, p.WorkingDir))
		})
	}
}

// sameOverTheWire wants a project to be the same after its way through JSON: the planner may run in another process.
func sameOverTheWire(t *testing.T, before declared.Project) {
	t.Helper()
	text, err := json.Marshal(before)
	assert.NilError(t, err)
	var after declared.Project
	assert.NilError(t, json.Unmarshal(text, &after))
	assert.NilError(t, declared.Restore(&after, declared.Reveals(before)))
	key := []byte("k")
	assert.Equal(t, len(after.Services), len(before.Services))
	for i := range before.Services {
		diff := declared.Diff(declared.Flatten(before.Services[i], key), declared.Flatten(after.Services[i], key))
		assert.Equal(t, len(diff), 0, "%s: %v", before.Services[i].Name, diff)
	}
	assert.DeepEqual(t, after, before)
}

func TestGuestbook(t *testing.T) {
	r := Translate(loadFile(t, "../docs/examples/guestbook/compose.yaml"), mac)
	assert.Equal(t, len(r.Findings), 0, "%v", r.Findings)
	assert.Equal(t, len(r.Project.Services), 4)
}

func loadFile(t *testing.T, file string) *compose.Project {
	t.Helper()
	abs, err := filepath.Abs(file)
	assert.NilError(t, err)
	p, err := compose.Load(context.Background(), compose.Options{Dir: filepath.Dir(abs), Files: []string{abs}, Env: []string{"FROM_CALLER=yes"}})
	assert.NilError(t, err)
	return p
}

// loadText loads a compose file given as text, in a directory that exists.
func loadText(t testing.TB, text string, env ...string) (*compose.Project, error) {
	t.Helper()
	dir, err := os.Getwd()
	assert.NilError(t, err)
	return compose.Load(context.Background(), compose.Options{
		Dir: dir, Files: []string{"-"}, Stdin: strings.NewReader(text), Env: env, Profiles: []string{"*"},
	})
}

func declaredText(t *testing.T, r Result, dir string) string {
	t.Helper()
	out, err := json.MarshalIndent(r.Project, "", "  ")
	assert.NilError(t, err)
	return strings.ReplaceAll(string(out), dir, "/project") + "\n"
}

func findingsText(r Result, dir string) string {
	var b strings.Builder
	for _, f := range r.Findings {
		b.WriteString(string(f.Severity) + " " + strings.ReplaceAll(f.String(), dir+"/", "") + "\n")
	}
	for _, row := range r.Memory.Rows {
		b.WriteString(strings.Join([]string{"memory", row.Service, row.Limit.String(), row.Floor.String(), row.Source}, " ") + "\n")
	}
	b.WriteString("ceiling " + r.Memory.Ceiling.String() + " floor " + r.Memory.Floor.String() + "\n")
	return strings.ReplaceAll(b.String(), dir, "/project")
}
