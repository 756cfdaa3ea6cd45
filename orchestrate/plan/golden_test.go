package plan

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
)

// golden inputs are what a plan is made of, as JSON: the declared project, the ledger, what the runtime showed.
type goldenInputs struct {
	Goal      Goal                           `json:"goal"`
	Project   declared.Project               `json:"project"`
	Ledger    *ledger.Ledger                 `json:"ledger,omitempty"`
	Snapshot  adapter.Snapshot               `json:"snapshot"`
	Facts     map[string]adapter.ImageConfig `json:"facts,omitempty"`
	Listening []Listener                     `json:"listening"`
	FreePorts []uint16                       `json:"freePorts,omitempty"`
	// Env is the environment of containers by ID, which the snapshot's own JSON leaves out.
	Env map[string][]string `json:"env,omitempty"`
}

// TestGoldenPlans reads every testdata/plans/*/inputs.json and compares the plan's text and JSON with the files beside
// it.
func TestGoldenPlans(t *testing.T) {
	cases, err := filepath.Glob("testdata/plans/*/inputs.json")
	assert.NilError(t, err)
	assert.Assert(t, len(cases) >= 4)
	for _, path := range cases {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(path)
			assert.NilError(t, err)
			var g goldenInputs
			d := json.NewDecoder(bytes.NewReader(data))
			d.DisallowUnknownFields()
			assert.NilError(t, d.Decode(&g))
			for i := range g.Snapshot.Containers {
				g.Snapshot.Containers[i].Env = g.Env[g.Snapshot.Containers[i].ID]
			}
			p, err := Make(Inputs{
				Goal: g.Goal, Project: g.Project, HasFiles: len(g.Project.Files) > 0, Ledger: g.Ledger, NewID: testID, NewKey: testKey,
				Snapshot: g.Snapshot, Capabilities: appleCapabilities(), Runtime: adapter.Version{Client: "1.4.1", Server: "1.4.1"},
				Normalise: normalise, Facts: g.Facts, Listening: g.Listening, FreePorts: g.FreePorts, Now: time.Unix(1700000000, 0),
			})
			assert.NilError(t, err)
			golden.Assert(t, Text(p), filepath.Join("plans", name, "plan.txt"))
			out, err := json.MarshalIndent(p, "", "  ")
			assert.NilError(t, err)
			golden.Assert(t, string(out)+"\n", filepath.Join("plans", name, "plan.json"))
		})
	}
}
