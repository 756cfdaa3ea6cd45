package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// seen is what a user sees of a project under one tool.
type seen struct {
	Up, Exec, ExecFails int // exit codes
	PS                  []shown
	Page                string
}

// shown is the part of `ps -a --format json` that has to agree.
type shown struct {
	Name, Service, State, Health string
	ExitCode                     int
	Publishers                   []publisher
}

type publisher struct {
	URL           string
	TargetPort    int
	PublishedPort int
	Protocol      string
}

// TestTheGuestbookIsTheSameUnderDockerCompose runs the example under real Docker Compose and under ours on one engine.
func TestTheGuestbookIsTheSameUnderDockerCompose(t *testing.T) {
	needLab(t)
	needDockerCompose(t)

	port := portFor(t)
	dockerCompose := guestbook(t, port, filepath.Join(lab.bin, "docker-compose"))
	ours := guestbook(t, port, filepath.Join(lab.bin, "hostwright"), "compose")
	assert.DeepEqual(t, ours, dockerCompose)
	assert.Assert(t, strings.Contains(ours.Page, "<li>a reader</li>"), ours.Page)
}

// guestbook takes a copy of the example through a day under one tool.
func guestbook(t *testing.T, port string, tool ...string) seen {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "guestbook")
	assert.NilError(t, os.CopyFS(dir, os.DirFS(filepath.Join(filepath.Dir(lab.bin), "docs", "examples", "guestbook"))))
	assert.NilError(t, os.RemoveAll(filepath.Join(dir, ".hostwright"))) // of a demo that ran here
	mac, err := os.MkdirTemp("", "mac")
	assert.NilError(t, err)
	environ := append(eitherWay(environment(mac, filepath.Join(t.TempDir(), "state"))), "GUESTBOOK_PORT="+port, "COMPOSE_BAKE=false", "DOCKER_BUILDKIT=0")
	t.Cleanup(func() { destroy(mac, environ) })

	run := func(args ...string) (string, int) {
		cmd := exec.Command(tool[0], append(slices.Clone(tool[1:]), args...)...)
		cmd.Dir, cmd.Env = dir, environ
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if cmd.ProcessState == nil {
			t.Fatalf("%v: %v", cmd.Args, err)
		}
		t.Logf("%v: exit %d\n%s", args, cmd.ProcessState.ExitCode(), errs.String())
		return string(out), cmd.ProcessState.ExitCode()
	}
	t.Cleanup(func() { run("down", "-v", "-t", "1") })

	var s seen
	_, s.Up = run("up", "-d", "--wait")
	page := "http://127.0.0.1:" + port + "/"
	client := &http.Client{Timeout: 10 * time.Second}
	_, err = client.Post(page, "application/x-www-form-urlencoded", strings.NewReader("name=a+reader"))
	assert.NilError(t, err)
	s.Page, err = get(client, page)
	assert.NilError(t, err)
	// How often the health check has run is a matter of time, how often the page was asked for is not.
	out, _ := run("ps", "-a", "--format", "json")
	s.PS = parsePS(t, out)
	_, s.Exec = run("exec", "-T", "db", "pg_isready", "-U", "postgres")
	_, s.ExecFails = run("exec", "-T", "web", "sh", "-c", "exit 7")
	_, down := run("down", "-v", "-t", "1")
	assert.Equal(t, down, 0)
	return s
}

func parsePS(t *testing.T, text string) []shown {
	t.Helper()
	var all []shown
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		var s shown
		assert.NilError(t, json.Unmarshal([]byte(line), &s), line)
		slices.SortFunc(s.Publishers, func(a, b publisher) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b shown) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func portFor(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	assert.NilError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	assert.NilError(t, err)
	return port
}
