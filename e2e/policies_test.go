package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// policyNames are the policies of the test, by the end of a service's name.
var policyNames = []string{"no", "always", "on-failure:3", "unless-stopped", "on-failure", "deploy"}

// alwaysPolicies is how many of them every run takes; HOSTWRIGHT_E2E_ALL=1 takes all.
const alwaysPolicies = 3

// policyFile has for each policy a process that exits 0, one that exits 3, one that is killed and one that is stopped.
func policyFile() string {
	var b strings.Builder
	b.WriteString("name: policies\nservices:\n")
	for i, policy := range policyNames {
		restart := fmt.Sprintf("restart: %q", policy)
		if policy == "deploy" {
			restart = "deploy: {restart_policy: {condition: on-failure, max_attempts: 2}}"
		}
		for kind, command := range map[string]string{
			"zero": `["sh", "-c", "exit 0"]`, "three": `["sh", "-c", "exit 3"]`, "killed": `["sleep", "1000"]`, "stopped": `["sleep", "1000"]`,
		} {
			fmt.Fprintf(&b, "  %s%d: {image: busybox, command: %s, init: true, stop_grace_period: 1s, %s}\n", kind, i, command, restart)
		}
	}
	return b.String()
}

// ending is what became of a container: its state, its exit code, and how often it was restarted. A container that is
// restarted for ever is "again and again", wherever it is just now.
type ending struct {
	State string
	Code  int
	Count int
}

// TestPoliciesAreDockers runs each restart policy under real Docker Compose and under ours on one engine: a process that
// exits 0, exits 3, is killed from outside, is stopped by the user.
func TestPoliciesAreDockers(t *testing.T) {
	needLab(t)
	if all := len(policyNames); !whole() {
		policyNames = policyNames[:alwaysPolicies]
		t.Logf("%d of %d policies", alwaysPolicies, all)
	}
	needDockerCompose(t)
	theirs, ours := dockersPolicies(t), ourPolicies(t)
	assert.Equal(t, len(theirs), 4*len(policyNames))
	assert.DeepEqual(t, ours, theirs)
}

// forEver is the number of restarts after which a container is taken for one that is restarted for ever. Every bounded
// policy of the test gives up before.
const forEver = 4

// settled tells whether a service's end can be judged: it waits for nothing any more, or has been restarted often.
func settled(service, policy string, e ending) bool {
	switch {
	case strings.HasPrefix(service, "zero") || strings.HasPrefix(service, "three"):
		endless := policy == "always" || policy == "unless-stopped" || policy == "on-failure" && strings.HasPrefix(service, "three")
		failing := strings.HasPrefix(service, "three") && !endless && policy != "no"
		limit := map[string]int{"on-failure:3": 3, "deploy": 2}[policy]
		return endless && e.Count >= forEver || failing && e.Count == limit && e.State == "exited" || !endless && !failing && e.State == "exited"
	}
	return e.State == "running"
}

// policyDay goes through the same with either tool: wait for the ends, kill, stop, look.
func policyDay(t *testing.T, see func() map[string]ending, kill func(service string), stop func(services ...string)) map[string]ending {
	t.Helper()
	await := func(what string, done func(service, policy string, e ending) bool) {
		t.Helper()
		var missing []string
		for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
			missing = nil
			for service, e := range see() {
				if !done(service, policyNames[service[len(service)-1]-'0'], e) {
					missing = append(missing, fmt.Sprintf("%s %+v", service, e))
				}
			}
			if missing == nil {
				return
			}
		}
		slices.Sort(missing)
		t.Fatalf("%s: not within two minutes: %v", what, missing)
	}
	await("ends", settled)
	var stopped []string
	for i := range policyNames {
		kill(fmt.Sprintf("killed%d", i))
		stopped = append(stopped, fmt.Sprintf("stopped%d", i))
	}
	stop(stopped...)
	await("kills", func(service, policy string, e ending) bool {
		switch {
		case strings.HasPrefix(service, "stopped"):
			return e.State == "exited"
		case !strings.HasPrefix(service, "killed"):
			return true
		case policy == "no":
			return e.State == "exited"
		}
		return e.State == "running" && e.Count == 1
	})
	out := see()
	for service, e := range out {
		if e.Count >= forEver {
			out[service] = ending{State: "again and again"}
		}
	}
	return out
}

func dockersPolicies(t *testing.T) map[string]ending {
	dir := t.TempDir()
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "compose.yaml"), []byte(policyFile()), 0o644))
	compose := func(args ...string) {
		cmd := exec.Command(filepath.Join(lab.bin, "docker-compose"), args...)
		cmd.Dir, cmd.Env = dir, append(slices.Clone(lab.environ), "DOCKER_CONFIG="+dir, "HOME="+dir, "PATH="+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		assert.NilError(t, err, "%v\n%s", args, out)
	}
	inspect := func() containers {
		out := containers{}
		for _, c := range engineContainers(t, "com.docker.compose.project=policies") {
			out[strings.TrimSuffix(strings.TrimPrefix(c.Name, "/policies-"), "-1")] = c
		}
		return out
	}
	t.Cleanup(func() { compose("down", "-v", "-t", "0") })
	compose("up", "-d")
	return policyDay(t, func() map[string]ending {
		out := map[string]ending{}
		for service, p := range inspect() {
			out[service] = ending{p.State.Status, p.State.ExitCode, p.RestartCount}
		}
		return out
	}, func(service string) { inspect()[service].kill(t) }, func(services ...string) { compose(append([]string{"stop"}, services...)...) })
}

func ourPolicies(t *testing.T) map[string]ending {
	w := newWatched(t, "policies", policyFile())
	w.compose("up", "-d")
	return policyDay(t, func() map[string]ending {
		counts := map[string]int{}
		for _, e := range w.events() {
			if e.Action == "restarting" {
				counts[e.Service]++
			}
		}
		out := map[string]ending{}
		for _, r := range w.rows() {
			out[r.Service] = ending{r.State, r.ExitCode, counts[r.Service]}
		}
		return out
	}, func(service string) { w.processes()["policies-"+service+"-1"].kill(t) },
		func(services ...string) { w.compose(append([]string{"stop"}, services...)...) })
}
