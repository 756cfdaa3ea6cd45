package e2e

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// changes is the folder of apps whose folders NAME/STEP hold what an edit of an application puts in place.
const changes = "changes"

// event is one thing that happened in a day, as far as it has to be the same under both tools.
type event struct {
	What string
	Exit int
	// Fate says for each container what the command did to it, as the engine knows it.
	Fate map[string]fate
	PS   []shown
	Seen string
}

// day is one application under one tool.
type day struct {
	*testing.T
	tool      appTool
	dir       string
	project   string
	ports     map[string]string
	environ   []string
	mac       string
	before    []string // what the runtime held before
	engine    containers
	events    []event
	client    *http.Client
	onPurpose map[string]fate
	// imageStays: the file builds an image PROJECT-app under that name.
	imageStays bool
}

func newDay(t *testing.T, a application, tool appTool, settings []string, ports map[string]string) *day {
	t.Helper()
	dir := filepath.Join(t.TempDir(), a.name)
	assert.NilError(t, os.CopyFS(dir, os.DirFS(filepath.Join("apps", a.name))))
	mac, err := os.MkdirTemp("", "mac")
	assert.NilError(t, err)
	environ := append(eitherWay(environment(mac, filepath.Join(t.TempDir(), "state"))), "COMPOSE_BAKE=false", "DOCKER_BUILDKIT=0")
	environ = append(environ, settings...)
	_, project, _ := strings.Cut(settings[0], "=")
	d := &day{T: t, tool: tool, dir: dir, project: project, ports: ports, environ: environ, mac: mac, client: newClient(t)}
	t.Cleanup(func() {
		if t.Failed() {
			d.explain()
		}
		d.run("down", "-v", "-t", "1", "--remove-orphans", "--rmi", "local")
		d.tool.cleanUp(d)
		destroy(mac, environ)
	})
	d.before = d.tool.holds(d)
	d.engine = d.tool.containers(d)
	return d
}

// run runs a command of the tool in the project's folder.
func (d *day) run(args ...string) (stdout, stderr string, code int) {
	d.Helper()
	cmd := exec.Command(d.tool.argv[0], append(slices.Clone(d.tool.argv[1:]), args...)...)
	cmd.Dir, cmd.Env = d.dir, d.environ
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	began := time.Now()
	if err := cmd.Run(); cmd.ProcessState == nil {
		d.Fatalf("%v: %v", cmd.Args, err)
	}
	d.Logf("%s (%.1fs, exit %d)\n%s%s", strings.Join(args, " "), time.Since(began).Seconds(), cmd.ProcessState.ExitCode(), out.String(), errs.String())
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// compose runs a command that has to succeed, and notes what it did and what is there now. expect has a fate for each
// service, or container SERVICE-N, that the command does something to; all others must be kept as they are.
func (d *day) compose(command string, expect map[string]fate) {
	d.Helper()
	_, stderr, code := d.run(strings.Fields(command)...)
	if code != 0 {
		d.Fatalf("%s: exit %d\n%s", command, code, stderr)
	}
	now := d.tool.containers(d)
	fates := d.engine.become(now)
	d.engine = now
	want := map[string]fate{}
	for name := range fates {
		short := strings.TrimPrefix(name, d.project+"-")
		want[short] = cmp.Or(expect[short], expect[serviceOf(short)], kept)
	}
	if d.tool.ours {
		maps.Copy(want, d.onPurpose)
	}
	got := map[string]fate{}
	for name, f := range fates {
		got[strings.TrimPrefix(name, d.project+"-")] = f
	}
	assert.DeepEqual(d, got, want)
	for short := range d.onPurpose {
		delete(got, short)
	}
	d.onPurpose = nil
	shown := d.ps()
	if !strings.Contains(command, "--wait") || strings.Contains(command, "--no-deps") {
		// Whether a check has passed by now is a matter of time, and without a daemon ours are watched only by who waits.
		for i := range shown {
			shown[i].Health = ""
		}
	}
	d.events = append(d.events, event{What: command, Exit: code, Fate: got, PS: shown})
}

// differs says what ours does to a container, other than Docker Compose, with the command that follows, and why.
func (d *day) differs(container string, ours fate, why string) {
	d.Logf("on purpose: %s is %s: %s", container, ours, why)
	d.onPurpose = map[string]fate{container: ours}
}

// serviceOf gives the service of a container SERVICE-N.
func serviceOf(short string) string {
	if i := strings.LastIndex(short, "-"); i > 0 {
		return short[:i]
	}
	return short
}

// ps is what `ps -a` shows, sorted.
func (d *day) ps() []shown {
	d.Helper()
	cmd := exec.Command(d.tool.argv[0], append(slices.Clone(d.tool.argv[1:]), "ps", "-a", "--format", "json")...)
	cmd.Dir, cmd.Env = d.dir, d.environ
	out, err := cmd.Output()
	assert.NilError(d, err)
	return shownSorted(d.T, string(out))
}

// sees notes something that has to be the same under both tools.
func (d *day) sees(what, seen string) {
	d.Helper()
	d.Logf("%s: %s", what, seen)
	d.events = append(d.events, event{What: what, Seen: seen})
}

// exec runs a command in a service and gives its output.
func (d *day) exec(service string, command ...string) string {
	d.Helper()
	out, errs, code := d.run(append([]string{"exec", "-T", service}, command...)...)
	assert.Equal(d, code, 0, errs)
	return out
}

// change puts the files of apps/changes/NAME/step over the project's, in place, as editors do that keep the inode.
func (d *day) change(step string) {
	d.Helper()
	from := os.DirFS(filepath.Join("apps", changes, filepath.Base(d.dir), step))
	changed := 0
	assert.NilError(d, fs.WalkDir(from, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		changed++
		text, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(d.dir, path)
		return errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, text, 0o644))
	}))
	assert.Assert(d, changed > 0, step)
	d.Logf("changed: %s", step)
}

// setenv sets a variable for the commands that follow.
func (d *day) setenv(name, value string) {
	d.environ = append(slices.Clone(d.environ), name+"="+value)
	d.Logf("export %s=%s", name, value)
}

// write makes or replaces a file.
func (d *day) write(file, text string) {
	d.Helper()
	assert.NilError(d, os.WriteFile(filepath.Join(d.dir, file), []byte(text), 0o644))
	d.Logf("wrote %s", file)
}

// edit replaces a text that is in a file once.
func (d *day) edit(file, old, new string) {
	d.Helper()
	path := filepath.Join(d.dir, file)
	text, err := os.ReadFile(path)
	assert.NilError(d, err)
	assert.Equal(d, strings.Count(string(text), old), 1, "%q in %s", old, file)
	assert.NilError(d, os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o644))
	d.Logf("edited %s: %q is %q", file, old, new)
}

// url is an address of a published port.
func (d *day) url(port, path string) string {
	d.Helper()
	number, ok := d.ports[port]
	assert.Assert(d, ok, port)
	return "http://127.0.0.1:" + number + path
}

// gone removes the project with its volumes and the images that it built: nothing of it may be left but an image that the
// file itself names, which `--rmi local` leaves.
func (d *day) gone() {
	d.Helper()
	_, stderr, code := d.run("down", "-v", "-t", "5", "--rmi", "local")
	assert.Equal(d, code, 0, stderr)
	d.engine = d.tool.containers(d)
	d.events = append(d.events, event{What: "down -v --rmi local", Exit: code, PS: d.ps()})
	assert.Equal(d, len(d.ps()), 0)
	held := d.before
	if d.imageStays {
		held = slices.Sorted(slices.Values(append(slices.Clone(held), d.project+"-app")))
	}
	assert.DeepEqual(d, d.tool.holds(d), held)
	d.portsAreFree()
}

// portsAreFree: nobody listens any more where the application did.
func (d *day) portsAreFree() {
	d.Helper()
	for name, port := range d.ports {
		l, err := net.Listen("tcp4", "127.0.0.1:"+port)
		assert.NilError(d, err, name)
		assert.NilError(d, l.Close())
	}
}

// newClient keeps cookies, as a browser does, and no connections: a server that stops in peace waits for those.
func newClient(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	assert.NilError(t, err)
	return &http.Client{Timeout: 15 * time.Second, Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
}

// page gives what an address answers, which has to be 200 within the time that a server takes to start.
func (d *day) page(port, path string) string {
	d.Helper()
	var body string
	d.within(30*time.Second, path, func() (err error) {
		body, err = get(d.client, d.url(port, path))
		return err
	})
	return body
}

// post sends a form once and gives the answer, which has to have the status.
func (d *day) post(port, path string, form url.Values, status int) string {
	d.Helper()
	r, err := d.client.PostForm(d.url(port, path), form)
	assert.NilError(d, err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	assert.NilError(d, err)
	assert.Equal(d, r.StatusCode, status, "%s %s", path, body)
	return string(body)
}

// explain shows what failed.
func (d *day) explain() {
	d.run("ps", "-a")
	d.run("logs", "--tail", "40")
}

func randomSuffix() string { return strings.ToLower(rand.Text()[:6]) }

// within asks until it is told nil, for at most the time.
func (d *day) within(limit time.Duration, what string, ask func() error) {
	d.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			d.Fatalf("%s: not within %s: %v", what, limit, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// contains is an error when a text lacks one of the parts.
func contains(text string, parts ...string) error {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return fmt.Errorf("no %q in %q", part, text)
		}
	}
	return nil
}
