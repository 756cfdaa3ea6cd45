package view

import (
	"bytes"
	"encoding/json"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func before(d time.Duration) time.Time { return noon.Add(-d) }

// guestbook is a project with a container in every state that there is.
var guestbook = []orchestrate.Container{
	{
		Name: "app-cache-1", Service: "cache", Number: 1, Image: "redis:7",
		Command: []string{"docker-entrypoint.sh", "redis-server"},
		Created: before(5 * time.Minute), Started: before(5 * time.Minute), State: orchestrate.StateRunning, CodeKnown: true,
	},
	{
		Name: "app-db-1", Service: "db", Number: 1, Image: "postgres:15",
		Command: []string{"docker-entrypoint.sh", "postgres"},
		Created: before(6 * time.Second), Started: before(5 * time.Second), State: orchestrate.StateRunning, Health: "healthy",
		Labels:   map[string]string{"com.docker.compose.service": "db", "com.docker.compose.project": "app"},
		Mounts:   []adapter.Mount{{Kind: adapter.MountVolume, Source: "app_data", Target: "/var/lib/postgresql/data"}, {Kind: adapter.MountBind, Source: "/Users/me/project/secrets/db_password.txt", Target: "/run/secrets/db_password"}, {Kind: adapter.MountTmpfs, Target: "/tmp"}},
		Networks: []string{"app_default", "app_back"},
	},
	{
		Name: "app-migrate-1", Service: "migrate", Number: 1, Image: "postgres:15", Command: []string{"/bin/bash", "/migrate.sh"},
		Created: before(6 * time.Second), Started: before(5 * time.Second), Finished: before(3 * time.Second), State: orchestrate.StateExited, CodeKnown: true,
	},
	{
		Name: "app-new-1", Service: "new", Number: 1, Image: "registry.example.com/new:1", Command: []string{"run"},
		Created: before(2 * time.Hour), State: orchestrate.StateCreated,
	},
	{
		Name: "app-odd-1", Service: "odd", Number: 1, Image: "me/odd:latest", Command: []string{"a \"quoted\"\nthing"},
		Created: before(6 * time.Second), Started: before(5 * time.Second), Finished: before(3 * time.Second), State: orchestrate.StateExited, ExitCode: -1,
	},
	{
		Name: "app-web-1", Service: "web", Number: 1, Image: "app-web", Command: []string{"python", "server.py"},
		Created: before(3 * time.Second), Started: before(2 * time.Second), State: orchestrate.StateRunning, Health: "starting",
		Ports: []adapter.Port{
			{HostIP: "127.0.0.1", HostPort: 32772, ContainerPort: 80, Protocol: "tcp"},
			{HostPort: 18080, ContainerPort: 81, Protocol: "udp"},
			{HostPort: 9000, ContainerPort: 9000, Protocol: "tcp", Count: 3},
		},
	},
}

func render(t *testing.T, v PS, format string) string {
	t.Helper()
	var b bytes.Buffer
	assert.NilError(t, v.Render(&b, format))
	return b.String()
}

func TestCommandQuotesArguments(t *testing.T) {
	row := psRow{c: orchestrate.Container{Command: []string{"sh", "-c", "exit 2", "x"}}, full: true}
	assert.Equal(t, row.Command(), `"sh -c 'exit 2' x"`)
}

func TestPSTable(t *testing.T) {
	golden.Assert(t, render(t, PS{Project: "app", Containers: guestbook, Now: noon}, "table"), "ps-table.golden")
}

func TestPSWithoutCutting(t *testing.T) {
	golden.Assert(t, render(t, PS{Project: "app", Containers: guestbook, Now: noon, NoTrunc: true}, ""), "ps-no-trunc.golden")
}

func TestPSOfNothingIsTheHeader(t *testing.T) {
	assert.Equal(t, render(t, PS{Now: noon}, ""), "NAME      IMAGE     COMMAND   SERVICE   CREATED   STATUS    PORTS\n")
}

func TestPSJSONIsAnObjectALine(t *testing.T) {
	text := render(t, PS{Project: "app", Containers: guestbook, Now: noon}, "json")
	golden.Assert(t, text, "ps-json.golden")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	assert.Equal(t, len(lines), len(guestbook))
	// The keys of Docker Compose's "ps --format json", spelled out: scripts read them. Probes and Restarts are ours.
	want := strings.Fields("Command CreatedAt Engine ExitCode Health ID Image Labels LocalVolumes Mounts Name Names Networks Ports " +
		"Probes Project Publishers Restarts RunningFor Service Size State Status")
	for _, line := range lines {
		var object map[string]any
		assert.NilError(t, json.Unmarshal([]byte(line), &object))
		var keys []string
		for k := range object {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		assert.DeepEqual(t, keys, want)
		// Every key can be asked for in a template as well.
		for _, k := range keys {
			render(t, PS{Containers: guestbook, Now: noon}, "{{."+k+"}}")
			_, ok := psHeaders[k]
			assert.Assert(t, ok, "no heading for %s", k)
		}
		// In alphabetical order as printed.
		assert.Assert(t, slices.IsSortedFunc(keys, func(a, b string) int {
			return strings.Index(line, `"`+a+`":`) - strings.Index(line, `"`+b+`":`)
		}))
	}
}

func TestPSTemplates(t *testing.T) {
	v := PS{Project: "app", Containers: guestbook[1:2], Now: noon}
	for _, c := range []struct{ name, format, want string }{
		{"fields", `{{.Name}} {{.State}} {{.ExitCode}}`, "app-db-1 running 0\n"},
		{"a table with headings of its own", `table {{.Service}}\t{{.Health}}`, "SERVICE   HEALTH\ndb        healthy\n"},
		{"a label", `{{.Label "com.docker.compose.project"}}`, "app\n"},
		{"a label in a table", `table {{.Name}}\t{{.Label "x"}}`, "NAME       X\napp-db-1   \n"},
		{"functions", `{{upper .Service}} {{json .Publishers}} {{truncate .Name 3}}`, "DB [] app\n"},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, render(t, v, c.format), c.want) })
	}
}

func TestPSRefusesABadTemplate(t *testing.T) {
	err := PS{Containers: guestbook}.Render(&bytes.Buffer{}, "{{.Name")
	assert.ErrorContains(t, err, "template parsing error")
	err = PS{Containers: guestbook}.Render(&bytes.Buffer{}, "{{.Nothing}}")
	assert.ErrorContains(t, err, "Nothing")
}

func TestFamiliarImage(t *testing.T) {
	for in, want := range map[string]string{
		"docker.io/library/redis:7":  "redis:7",
		"docker.io/me/app:latest":    "me/app:latest",
		"registry.example.com/a:1":   "registry.example.com/a:1",
		"127.0.0.1:5000/library/x:1": "127.0.0.1:5000/library/x:1",
	} {
		assert.Equal(t, FamiliarImage(in), want)
	}
}

func TestExposedPortsThatArePublishedAreShownOnce(t *testing.T) {
	c := orchestrate.Container{Ports: []adapter.Port{{HostPort: 8080, ContainerPort: 80, Protocol: "tcp"}}, Exposed: []string{"80/tcp", "80", "53/udp", "90-91/tcp", "soon"}}
	assert.Equal(t, Ports(shownPorts(c)), "90-91/tcp, 53/udp, 0.0.0.0:8080->80/tcp")
}

func TestExposedPortsOfAForeignImageMoveNoCursor(t *testing.T) {
	r := psRow{c: orchestrate.Container{Exposed: []string{"80/tcp\x1b[2J"}}}
	assert.Equal(t, r.Ports(), `80/tcp\x1b[2J`)
}

func TestPorts(t *testing.T) {
	port := func(ip string, host, container uint16) adapter.Port {
		return adapter.Port{HostIP: ip, HostPort: host, ContainerPort: container, Protocol: "tcp"}
	}
	for _, c := range []struct {
		name string
		in   []adapter.Port
		want string
	}{
		{"none", nil, ""},
		{"one", []adapter.Port{port("", 8080, 80)}, "0.0.0.0:8080->80/tcp"},
		{"a range that keeps its numbers", []adapter.Port{port("", 8001, 8001), port("", 8000, 8000), port("", 8002, 8002)}, "0.0.0.0:8000-8002->8000-8002/tcp"},
		{"a hole ends a range", []adapter.Port{port("", 8000, 8000), port("", 8002, 8002)}, "0.0.0.0:8000->8000/tcp, 0.0.0.0:8002->8002/tcp"},
		{"addresses apart", []adapter.Port{port("127.0.0.1", 80, 80), port("", 81, 81)}, "127.0.0.1:80->80/tcp, 0.0.0.0:81->81/tcp"},
		{"exposed ones have no address", []adapter.Port{port("", 0, 6379), port("", 0, 6380), port("", 0, 9000)}, "6379-6380/tcp, 9000/tcp"},
		{"exposed ones stand before what is mapped", []adapter.Port{port("", 8080, 80), port("", 443, 443), port("", 0, 90)}, "0.0.0.0:443->443/tcp, 90/tcp, 0.0.0.0:8080->80/tcp"},
		{"what is mapped comes last", []adapter.Port{port("", 8080, 80), port("", 443, 443)}, "0.0.0.0:443->443/tcp, 0.0.0.0:8080->80/tcp"},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, Ports(c.in), c.want) })
	}
}
