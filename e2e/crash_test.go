package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"gotest.tools/v3/assert"
)

// crashProject has a volume on a disk, a folder that two services write to, and an anonymous volume. %s is the value of a
// variable whose change recreates web.
const crashProject = `
services:
  db:
    image: redis:7
    volumes: ["data:/data"]
  web:
    image: busybox
    command: sleep 1000
    init: true
    volumes: ["/scratch", "shared:/shared"]
    environment: {API_TOKEN: %s}
    depends_on: [db]
  once:
    image: busybox
    command: "true"
    volumes: ["shared:/shared"]
networks:
  default:
volumes:
  data:
  shared:
`

// crashing is an operation that is killed.
type crashing struct {
	name    string
	up      bool     // the project is up before, and what its volumes hold is to be there afterwards
	prepare []string // a command before, besides
	token   string   // the value in the file, from here on
	args    []string // of hostwright compose
	after   []string // the command that has to set everything right, up -d where it is nil
	web     int      // containers of web afterwards
}

var (
	upAgain    = []string{"up", "-d"}
	operations = []crashing{
		{name: "run --rm", args: []string{"run", "--rm", "-T", "web", "true"}, web: 1},
		{name: "up", args: upAgain, web: 1},
		{name: "scale", up: true, args: []string{"scale", "web=2"}, after: []string{"up", "-d", "--scale", "web=2"}, web: 2},
		{name: "stop", up: true, args: []string{"stop"}, web: 1},
		{name: "recreate", up: true, token: "another", args: upAgain, web: 1},
		{name: "run", up: true, args: []string{"run", "-T", "web", "true"}, web: 1},
		{name: "down -v", up: true, prepare: []string{"run", "-T", "web", "true"}, args: []string{"down", "-v", "--remove-orphans"}, web: 1},
	}
)

// TestCrash kills hostwright before and after every runtime call of each operation. The next command completes, the next
// down -v leaves nothing of ours, volumes have kept their files until then, and what was there before is as it was.
// HOSTWRIGHT_CRASH=all (make crash) takes every call; otherwise one call of each operation is taken, and counted.
func TestCrash(t *testing.T) {
	needLab(t)
	calls := countCalls(t)
	all := os.Getenv("HOSTWRIGHT_CRASH") == "all"
	taken, total := 0, 0
	var ran, killed atomic.Int32
	t.Run("points", func(t *testing.T) {
		for i, o := range operations {
			n := calls[o.name]
			total += 2 * n
			var faults []string
			switch {
			case all:
				for call := 1; call <= n; call++ {
					faults = append(faults, fmt.Sprintf("%d:kill-before", call), fmt.Sprintf("%d:kill-after", call))
				}
			default:
				faults = []string{fmt.Sprintf("%d:%s", 1+n/2, []string{"kill-after", "kill-before"}[i%2])}
			}
			taken += len(faults)
			for _, fault := range faults {
				t.Run(o.name+"/"+fault, func(t *testing.T) {
					t.Parallel()
					ran.Add(1)
					if o.crash(t, fault) {
						killed.Add(1)
					}
				})
			}
		}
	})
	t.Logf("%d of %d crash points, %d of them reached", taken, total, killed.Load())
	// How often a wait lists differs from run to run, so the last calls of an operation may not be reached.
	assert.Assert(t, t.Failed() || killed.Load() > ran.Load()/2)
}

// countCalls counts the runtime calls of each operation that nothing disturbs.
func countCalls(t *testing.T) map[string]int {
	m := newMac(t)
	out := map[string]int{}
	for _, o := range operations {
		if o.up {
			m.compose(upAgain...)
		}
		if o.prepare != nil {
			m.compose(o.prepare...)
		}
		if o.token != "" {
			m.write(o.token)
		}
		record := filepath.Join(m.dir, "calls.jsonl")
		assert.NilError(t, os.RemoveAll(record))
		m.must("STANDIN_RECORD="+record, "hostwright", append([]string{"compose"}, o.args...)...)
		data, err := os.ReadFile(record)
		assert.NilError(t, err)
		out[o.name] = strings.Count(string(data), "\n")
		if !o.up {
			m.compose("down", "-v", "--remove-orphans")
		}
	}
	return out
}

// crash disturbs one operation, and tells whether it was killed.
func (o crashing) crash(t *testing.T, fault string) bool {
	m := newMac(t)
	before := m.listings()
	if o.up {
		m.compose(upAgain...)
		m.compose("exec", "-T", "web", "sh", "-c", "echo kept > /shared/file; echo kept > /scratch/file")
		m.compose("exec", "-T", "db", "sh", "-c", "echo kept > /data/file")
	}
	if o.prepare != nil {
		m.compose(o.prepare...)
	}
	if o.token != "" {
		m.write(o.token)
	}

	pid := filepath.Join(m.dir, "pid")
	command := `echo $$ > ` + pid + `; exec hostwright compose "$@"`
	out, err := m.run("STANDIN_FAULT_PIDFILE="+pid+" STANDIN_FAULT="+fault, "sh", append([]string{"-c", command, "sh"}, o.args...)...)
	assert.Assert(t, err == nil || strings.Contains(err.Error(), "killed"), "%v\n%s", err, out)
	killed := err != nil

	after := o.after
	if after == nil {
		after = upAgain
	}
	m.compose(after...)
	o.check(m)
	m.compose("down", "-v", "--remove-orphans") // orphans are one-offs too
	assert.Equal(t, m.listings(), before)
	assert.DeepEqual(t, m.left(), []string(nil))
	_, err = os.Stat(filepath.Join(m.dir, "shop", ".hostwright", "shop", "ledger.json"))
	assert.Assert(t, os.IsNotExist(err), "the ledger is still there: %v", err)
	return killed
}

// replica matches a line of a container of a service: its one-offs have other names.
var replica = regexp.MustCompile(`^shop-(db|web|once)-[0-9]+ `)

// check looks whether all is as an undisturbed operation and an up leave it.
func (o crashing) check(m *mac) {
	m.t.Helper()
	var states []string
	for line := range strings.Lines(m.compose("ps", "-a", "--format", "{{.Name}} {{.State}}")) {
		if replica.MatchString(line) {
			states = append(states, strings.TrimSpace(line))
		}
	}
	slices.Sort(states)
	want := []string{"shop-db-1 running", "shop-once-1 exited"}
	for n := range o.web {
		want = append(want, fmt.Sprintf("shop-web-%d running", n+1))
	}
	if i := slices.Index(states, "shop-once-1 running"); i >= 0 {
		states[i] = "shop-once-1 exited" // it is about to
	}
	assert.DeepEqual(m.t, states, want)
	if o.up && !slices.Contains(o.args, "-v") {
		assert.Equal(m.t, m.compose("exec", "-T", "web", "cat", "/shared/file", "/scratch/file"), "kept\nkept\n")
		assert.Equal(m.t, m.compose("exec", "-T", "db", "cat", "/data/file"), "kept\n")
	}
}
