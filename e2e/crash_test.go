package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

const crashProject = `
services:
  db:
    image: redis:7
    volumes: ["data:/data"]
  web:
    image: busybox
    command: sleep 1000
    volumes: ["/scratch"]
    environment: {API_TOKEN: not-a-real-one}
    depends_on: [db]
  once:
    image: busybox
    command: "true"
networks:
  default:
volumes:
  data:
`

// TestCrash kills hostwright before and after every runtime call of one up. The next up completes, the next down -v
// leaves nothing of ours, and what was there before is as it was. HOSTWRIGHT_CRASH=all (make crash) takes every call;
// otherwise a fixed part is taken and counted.
func TestCrash(t *testing.T) {
	needLab(t)
	total := callsOfOneUp(t)
	step := 5
	if os.Getenv("HOSTWRIGHT_CRASH") == "all" {
		step = 1
	}
	var cases []string
	for n := 1; n <= total; n += step {
		cases = append(cases, fmt.Sprintf("%d:kill-before", n), fmt.Sprintf("%d:kill-after", n))
	}
	t.Logf("%d of %d crash points", len(cases), 2*total)
	for _, fault := range cases {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			crash(t, fault)
		})
	}
}

// callsOfOneUp counts the runtime calls of an up that nothing disturbs.
func callsOfOneUp(t *testing.T) int {
	m := newMac(t)
	record := filepath.Join(m.dir, "calls.jsonl")
	m.must("STANDIN_RECORD="+record, "hostwright", "compose", "up", "-d")
	data, err := os.ReadFile(record)
	assert.NilError(t, err)
	m.must("", "hostwright", "compose", "down", "-v")
	return bytes.Count(data, []byte("\n"))
}

func crash(t *testing.T, fault string) {
	m := newMac(t)
	before := m.listings()
	pid := filepath.Join(m.dir, "pid")
	out, err := m.run("STANDIN_FAULT_PIDFILE="+pid+" STANDIN_FAULT="+fault, "sh", "-c", `echo $$ > `+pid+`; exec hostwright compose up -d`)
	// The number of calls may differ by a listing or two from run to run, so the last ones may not be reached.
	assert.Assert(t, err == nil || strings.Contains(err.Error(), "killed"), "%v\n%s", err, out)
	m.must("", "hostwright", "compose", "up", "-d")
	states := m.must("", "hostwright", "compose", "ps", "-a", "--format", "{{.Service}} {{.State}}")
	assert.Assert(t, strings.Contains(states, "db running") && strings.Contains(states, "web running") && strings.Contains(states, "once "), states)
	m.must("", "hostwright", "compose", "down", "-v")
	assert.Equal(t, m.listings(), before)
	_, err = os.Stat(filepath.Join(m.dir, "shop", ".hostwright", "shop", "ledger.json"))
	assert.Assert(t, os.IsNotExist(err), "the ledger is still there: %v", err)
}

// mac is a pretend Mac with a project and things of somebody else on it.
type mac struct {
	t       *testing.T
	dir     string
	environ []string
}

func newMac(t *testing.T) *mac {
	t.Helper()
	dir := t.TempDir()
	root, err := os.MkdirTemp("", "mac")
	assert.NilError(t, err)
	m := &mac{t: t, dir: dir, environ: environment(root, filepath.Join(dir, "state"))}
	t.Cleanup(func() { destroy(root, m.environ) })
	assert.NilError(t, os.Mkdir(filepath.Join(dir, "shop"), 0o755))
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "shop", "compose.yaml"), []byte(crashProject), 0o644))
	m.must("", "container", "image", "pull", "--progress", "none", "busybox")
	m.must("", "container", "image", "pull", "--progress", "none", "redis:7")
	m.must("", "container", "network", "create", "foreign_net")
	m.must("", "container", "volume", "create", "foreign_data")
	m.must("", "container", "create", "--name", "foreign-stopped", "-v", "foreign_data:/d", "--", "busybox", "true")
	m.must("", "container", "create", "--name", "foreign-running", "--network", "foreign_net", "--", "busybox", "sleep", "1000")
	m.must("", "container", "start", "foreign-running")
	return m
}

// run runs a command in the project's folder, with more of an environment, and gives all that it printed.
func (m *mac) run(extra string, name string, args ...string) (string, error) {
	path, err := exec.LookPath(filepath.Join(lab.bin, name))
	if err != nil {
		if path, err = exec.LookPath(filepath.Join(lab.bin, "standin", name)); err != nil {
			path = name
		}
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = filepath.Join(m.dir, "shop")
	cmd.Env = append(slices.Clone(m.environ), strings.Fields(extra)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return out.String(), err
}

func (m *mac) must(extra string, name string, args ...string) string {
	m.t.Helper()
	out, err := m.run(extra, name, args...)
	if err != nil {
		m.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// listings gives all containers, networks and volumes as JSON, sorted by id.
func (m *mac) listings() string {
	m.t.Helper()
	var b strings.Builder
	for _, args := range [][]string{{"list", "--all"}, {"network", "list"}, {"volume", "list"}} {
		var objects []json.RawMessage
		out := m.must("", "container", append(args, "--format", "json")...)
		assert.NilError(m.t, json.Unmarshal([]byte(out), &objects), out)
		slices.SortFunc(objects, func(x, y json.RawMessage) int { return cmp.Compare(id(x), id(y)) })
		for _, o := range objects {
			fmt.Fprintf(&b, "%s\n", o)
		}
	}
	return b.String()
}

func id(object json.RawMessage) string {
	var o struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(object, &o)
	return o.ID
}
