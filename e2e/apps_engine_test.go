package e2e

import (
	"context"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// fate is what a command did to a container.
type fate string

const (
	kept      fate = "kept" // the same process as before, or none as before
	created   fate = "created"
	recreated fate = "recreated" // another container of the same name
	restarted fate = "restarted" // the same container, another process
	stopped   fate = "stopped"
	removed   fate = "removed"
)

// containers are a project's, by name, as the engine knows them, whatever a tool says.
type containers map[string]inspected

// inspected is the part of Docker's inspection that tells one life of a container from another.
type inspected struct {
	ID     string `json:"Id"`
	Name   string
	Config struct{ Hostname string }
	State  struct {
		Status    string
		Running   bool
		Pid       int // of its main process
		ExitCode  int
		StartedAt time.Time
	}
	RestartCount int
	Mounts       []struct{ Type, Name string }
}

// kill ends the container's process as an outsider does, by its number.
func (c inspected) kill(t *testing.T) {
	t.Helper()
	assert.Assert(t, c.State.Pid > 1, "%s %s does not run", c.Name, c.Config.Hostname)
	assert.NilError(t, syscall.Kill(c.State.Pid, syscall.SIGKILL))
}

// become says what has happened to each container that is in one of the two.
func (before containers) become(after containers) map[string]fate {
	fates := map[string]fate{}
	for name, a := range after {
		b, ok := before[name]
		switch {
		case !ok:
			fates[name] = created
		case a.ID != b.ID:
			fates[name] = recreated
		case !a.State.StartedAt.Equal(b.State.StartedAt):
			fates[name] = restarted
		case b.State.Running && !a.State.Running:
			fates[name] = stopped
		default:
			fates[name] = kept
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			fates[name] = removed
		}
	}
	return fates
}

// appTool is a compose to test with.
type appTool struct {
	name string
	argv []string
	ours bool
	// containers asks the engine for the project's containers.
	containers func(*day) containers
	// holds lists what is there of the day's project, or of all that the tool could have made.
	holds func(*day) []string
	// cleanUp removes what the tool leaves behind.
	cleanUp func(*day)
}

// dockerComposeTool is the real one. Anonymous volumes that its `down` leaves are nobody's afterwards, and are removed at
// the end of the day.
func dockerComposeTool() appTool {
	anonymous := map[string]bool{}
	label := func(d *day) string { return "com.docker.compose.project=" + d.project }
	return appTool{
		name: "docker-compose", argv: []string{filepath.Join(lab.bin, "docker-compose")},
		containers: func(d *day) containers {
			found := containers{}
			for _, c := range engineContainers(d.T, label(d)) {
				found[strings.TrimPrefix(c.Name, "/")] = c
				for _, m := range c.Mounts {
					if m.Type == "volume" && !strings.HasPrefix(m.Name, d.project+"_") {
						anonymous[m.Name] = true
					}
				}
			}
			return found
		},
		holds: func(d *day) []string {
			held := slices.Collect(maps.Keys(d.tool.containers(d)))
			var networks []struct{ Name string }
			engine(d.T, http.MethodGet, "/networks"+labelled(label(d)), &networks)
			for _, n := range networks {
				held = append(held, n.Name)
			}
			var volumes struct{ Volumes []struct{ Name string } }
			engine(d.T, http.MethodGet, "/volumes"+labelled(label(d)), &volumes)
			for _, v := range volumes.Volumes {
				held = append(held, v.Name)
			}
			var images []struct{ RepoTags []string }
			engine(d.T, http.MethodGet, "/images/json", &images)
			for _, i := range images {
				held = append(held, imagesOf(d, i.RepoTags)...)
			}
			slices.Sort(held)
			return held
		},
		cleanUp: func(d *day) {
			for name := range anonymous {
				engine(d.T, http.MethodDelete, "/volumes/"+name, nil)
			}
			if d.imageStays {
				engine(d.T, http.MethodDelete, "/images/"+d.project+"-app?force=1", nil)
			}
		},
	}
}

// hostwrightTool is ours. The stand-in's containers on the engine have the label of the pretend Mac, and their host name
// is the container's.
func hostwrightTool() appTool {
	return appTool{
		name: "hostwright", ours: true, argv: []string{filepath.Join(lab.bin, "hostwright"), "compose"},
		containers: func(d *day) containers {
			return macContainers(d.T, d.mac, d.project)
		},
		holds: func(d *day) []string {
			list := func(args ...string) []string {
				cmd := exec.Command(filepath.Join(lab.bin, "standin", "container"), append(args, "--quiet")...)
				cmd.Env = d.environ
				out, err := cmd.Output()
				assert.NilError(d, err)
				return strings.Fields(string(out))
			}
			held := slices.Concat(list("list", "--all"), list("network", "list"), list("volume", "list"), imagesOf(d, list("image", "list")))
			// The builder is the runtime's own, and stays.
			held = slices.DeleteFunc(held, func(name string) bool { return name == "buildkit" })
			// The ledger goes with the last thing that it lists.
			if _, err := os.Stat(filepath.Join(d.dir, ".hostwright", d.project, "ledger.json")); err == nil && !d.imageStays {
				held = append(held, "ledger")
			}
			slices.Sort(held)
			return held
		},
		cleanUp: func(*day) {},
	}
}

// imagesOf are those that were built for the project, without registry and tag.
func imagesOf(d *day, names []string) (built []string) {
	for _, name := range names {
		name, _, _ = strings.Cut(name[strings.LastIndex(name, "/")+1:], ":")
		if strings.HasPrefix(name, d.project+"-") {
			built = append(built, name)
		}
	}
	return built
}

// macContainers are a project's containers on a pretend Mac; none is there twice.
func macContainers(t *testing.T, mac, project string) containers {
	t.Helper()
	found := containers{}
	for _, c := range engineContainers(t, "standin.root="+mac) {
		name := c.Config.Hostname
		if !strings.HasPrefix(name, project+"-") {
			continue
		}
		other, twice := found[name]
		assert.Assert(t, !twice, "%s is there twice: %s and %s", name, c.ID, other.ID)
		found[name] = c
	}
	return found
}

// engineContainers inspects all containers that have the label.
func engineContainers(t *testing.T, label string) []inspected {
	t.Helper()
	var listed []struct {
		ID string `json:"Id"`
	}
	engine(t, http.MethodGet, "/containers/json"+labelled(label)+"&all=1", &listed)
	var found []inspected
	for _, l := range listed {
		var c inspected
		// One that is being removed by now is none.
		if engine(t, http.MethodGet, "/containers/"+l.ID+"/json", &c) {
			found = append(found, c)
		}
	}
	return found
}

func labelled(label string) string {
	filters, _ := json.Marshal(map[string][]string{"label": {label}})
	return "?filters=" + url.QueryEscape(string(filters))
}

// engineSocket is the path of the lab's engine.
func engineSocket() string {
	for _, e := range lab.environ {
		if socket, ok := strings.CutPrefix(e, "DOCKER_HOST=unix://"); ok {
			return socket
		}
	}
	return ""
}

func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// engine asks the lab's engine; false when it does not have what is asked for.
func engine(t *testing.T, method, path string, answer any) bool {
	t.Helper()
	socket := engineSocket()
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	request, err := http.NewRequest(method, "http://engine"+path, nil)
	assert.NilError(t, err)
	r, err := client.Do(request)
	assert.NilError(t, err)
	defer r.Body.Close()
	if r.StatusCode == http.StatusNotFound {
		return false
	}
	assert.Assert(t, r.StatusCode < 300, "%s %s: %s", method, path, r.Status)
	if answer != nil {
		assert.NilError(t, json.NewDecoder(r.Body).Decode(answer))
	}
	return true
}
