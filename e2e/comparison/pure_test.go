package main

import (
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
)

func TestWords(t *testing.T) {
	variables := func(name string) (string, bool) { return "<" + name + ">", name != "NOT_SET" }
	for line, want := range map[string][]string{
		`up -d`:                            {"up", "-d"},
		`  exec  web sh -c 'echo "$A"  b'`: {"exec", "web", "sh", "-c", `echo "$A"  b`},
		`a "b $C" d$E'$F'`:                 {"a", "b <C>", "d<E>$F"},
		`x '' ""`:                          {"x", "", ""},
		``:                                 nil,
	} {
		words, err := splitWords(line)
		assert.NilError(t, err)
		got, err := expand(words, variables)
		assert.NilError(t, err)
		assert.DeepEqual(t, got, want)
	}
	_, err := splitWords(`a 'b`)
	assert.ErrorContains(t, err, "not closed")
	words, err := splitWords(`$NOT_SET`)
	assert.NilError(t, err)
	_, err = expand(words, variables)
	assert.ErrorContains(t, err, "variable NOT_SET is not set")
}

func TestParseCase(t *testing.T) {
	c, err := parseCase([]byte("# what it shows\n# goes on\nfreeport A\n! up -d\n# a remark\nsorted -f x ps\nshell echo 'a  b'\n-- compose.yaml --\nservices: {}\n"))
	assert.NilError(t, err)
	assert.Equal(t, c.Shows, "what it shows goes on")
	var verbs []string
	for _, s := range c.Steps {
		verbs = append(verbs, s.Verb)
	}
	assert.DeepEqual(t, verbs, []string{"freeport", "compose", "sorted", "shell", "compose"})
	assert.Assert(t, c.Steps[1].Fails && !c.Steps[2].Fails)
	assert.Equal(t, c.Steps[3].Words[0].literal(), "echo 'a  b'")
	assert.Equal(t, c.Steps[4].Text, lastStep)
	words, err := expand(c.Steps[2].command(), os.LookupEnv)
	assert.NilError(t, err)
	assert.DeepEqual(t, before(words), []string{"-f", "x"})

	for text, want := range map[string]string{
		"up\n-- f --\n":           "says what it shows",
		"# shows\n-- f --\n":      "no steps",
		"# shows\nup\n":           "no files",
		"# s\nedit a\n-- f --\n":  "line 2: edit takes at least 2 words",
		"# s\nup 'x\n-- f --\n":   "line 2: a quote ' is not closed",
		"# s\nup\n!\n-- f --\n":   "line 3: a command is missing",
		"# s\nawait x\n-- f --\n": "line 2: await takes at least 2 words",
	} {
		_, err := parseCase([]byte(text))
		assert.ErrorContains(t, err, want)
	}
}

func FuzzParseCase(f *testing.F) {
	f.Add([]byte("# s\nup -d\n-- a --\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseCase(data)
		if err == nil && (len(c.Steps) < 2 || len(c.Files) == 0) {
			t.Fatalf("%d steps, %d files", len(c.Steps), len(c.Files))
		}
	})
}

func TestCompareSaysOnlyThatAThingIsMissing(t *testing.T) {
	docker := fields{"web-1": "there", "web-1.state": "running", "db-1": "there", "db-1.state": "exited", "exit code": "0", "stderr": "x"}
	ours := fields{"db-1": "there", "db-1.state": "running", "exit code": "0", "stderr": "y"}
	var got []string
	for _, d := range compare(step{}, docker, ours) {
		got = append(got, d.Field+": "+d.Docker+" / "+d.Ours)
	}
	assert.DeepEqual(t, got, []string{"db-1.state: exited / running", "web-1: there / (none)"})
}

func TestDifferencesAreHeldToTheirTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "differences.md")
	text := "# x\n\n## A title\n\nWhy.\n\n| case | step | field | Docker Compose | Hostwright |\n| --- | --- | --- | --- | --- |\n" +
		"| one, two | `up *` | `web-1.*` | `a\\nb` | `` |\n| * | `*` | `x` | `*` | `*` |\n| gone | `*` | `*` | `*` | `*` |\n"
	assert.NilError(t, os.WriteFile(path, []byte(text), 0o600))
	entries, err := readDifferences(path)
	assert.NilError(t, err)
	assert.Equal(t, len(entries[0].Rows), 3)

	up := step{Text: "up -d"}
	results := []result{
		{Case: &testCase{Name: "one"}, Differences: []difference{{Step: up, Field: "web-1.state", Docker: "a\nb", Ours: ""}}},
		{Case: &testCase{Name: "two"}, Differences: []difference{{Step: up, Field: "web-1.state", Docker: "a\nb", Ours: "other"}}},
		{Case: &testCase{Name: "three"}},
	}
	for _, r := range results {
		explain(r.Case, r.Differences, entries)
	}
	nowhere := noteUnmet(entries, results, true)
	assert.Equal(t, results[0].verdict(), onPurpose)
	assert.Equal(t, results[1].verdict(), wrong)
	assert.Equal(t, len(results[1].Unmet), 1)
	assert.Equal(t, results[2].verdict(), same)
	assert.DeepEqual(t, nowhere, []string{
		"docs/differences.md:10: x after \"*\" does not differ as it says",
		"docs/differences.md:11: there is no project gone",
	})
	assert.Equal(t, totalLine(total(results, nowhere)), "same 1, on purpose 1, wrong 3")

	assert.NilError(t, os.WriteFile(path, []byte("## t\n\n| a | b | c |\n"), 0o600))
	_, err = readDifferences(path)
	assert.ErrorContains(t, err, ":3: a row has five cells")
}

func TestPlain(t *testing.T) {
	s := &side{
		dir: "/tmp/x/web-ghijkm", unique: "ghijkm", environ: map[string]string{"HOME": "/tmp/h", "A": "8080"}, ports: []string{"A"},
		ephemeral: []int{32768}, oneOffs: []string{"web-ghijkm-web-run-ba9876543210"},
		ids: map[string]string{"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef": "web-ghijkm-web-1"},
	}
	for text, want := range map[string]string{
		"/tmp/x/web-ghijkm/a":             "PROJECT/a",
		"web-ghijkm-web-1 0123456789ab":   "web-web-1 web-web-1",
		"0.0.0.0:8080 :32768 18080":       "0.0.0.0:A :EPHEMERAL 18080",
		"web-ghijkm-web-run-ba9876543210": "web-web-run-1",
		"x-run-aaaaaaaaaaaa":              "x-run-ID",
		"2026-01-02T03:04:05.678Z a":      "TIME a",
		"Up 3 seconds, 2 minutes ago":     "Up AGE, AGE",
	} {
		assert.Equal(t, s.plain(text), want)
	}
}

func TestEveryCaseReads(t *testing.T) {
	cases, err := readCases("testdata")
	assert.NilError(t, err)
	assert.Assert(t, len(cases) >= 60, "%d projects", len(cases))
}
