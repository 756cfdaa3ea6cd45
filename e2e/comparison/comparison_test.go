package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// part is what `go test` runs: at least one project of each kind. `make compare` runs all.
var part = []string{
	"args", "reset", "env-file", "interpolation", "copy-up", "configs", "attached", "edit", "scale", "orphans",
	"aliases", "several", "healthy", "restart-true", "ps", "published", "user", "stop-signal", "memory", "one-off",
}

// TestComparison runs a part of the projects under Docker Compose and under ours.
func TestComparison(t *testing.T) {
	cases, err := readCases("testdata")
	assert.NilError(t, err)
	kinds := map[string]bool{}
	var chosen []*testCase
	for _, c := range cases {
		if _, ok := kinds[c.Kind]; !ok {
			kinds[c.Kind] = false
		}
		if slices.Contains(part, c.Name) {
			kinds[c.Kind] = true
			chosen = append(chosen, c)
		}
	}
	assert.Equal(t, len(chosen), len(part), "a project of the part does not exist")
	for kind, has := range kinds {
		assert.Assert(t, has, "no project of kind %s is in the part", kind)
	}
	p := testPlace(t)
	t.Logf("%d of %d projects; `make compare` runs all", len(chosen), len(cases))
	turn := make(chan struct{}, 3)
	for _, c := range chosen {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			turn <- struct{}{}
			defer func() { <-turn }()
			entries, err := readDifferences(filepath.Join("..", "..", "docs", "differences.md"))
			assert.NilError(t, err)
			results := []result{runCase(context.Background(), p, c)}
			explain(c, results[0].Differences, entries)
			noteUnmet(entries, results, false)
			if results[0].verdict() == wrong {
				var text bytes.Buffer
				results[0].explainTo(&text, false)
				t.Errorf("%s%s", text.String(), strings.Join(results[0].Unmet, "\n"))
			}
		})
	}
}

// testPlace finds the lab and builds what is compared. Without a lab the test is skipped, unless one is required.
func testPlace(t *testing.T) *place {
	t.Helper()
	root := filepath.Join("..", "..")
	_, _, err := findLab(root)
	if err != nil && os.Getenv("HOSTWRIGHT_E2E") != "required" {
		t.Skipf("skipped %d projects: %v", len(part), err)
	}
	assert.NilError(t, err)
	build := exec.Command("make", "-s", "build", "compare-tools")
	build.Dir = root
	out, err := build.CombinedOutput()
	assert.NilError(t, err, "%s", out)
	p, err := newPlace(root, filepath.Join(root, "bin"))
	assert.NilError(t, err)
	return p
}
