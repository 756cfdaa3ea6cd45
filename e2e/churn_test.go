package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// churnFile is a project of n services that run for ever and are restarted, in rows: each service but those of the first
// row depends on the one above it.
func churnFile(n, row int) string {
	var b strings.Builder
	b.WriteString("services:\n")
	for i := range n {
		fmt.Fprintf(&b, "  s%d:\n    image: busybox\n    command: [sleep, \"10000\"]\n    init: true\n    restart: always\n    stop_grace_period: 0s\n", i)
		if i >= row {
			fmt.Fprintf(&b, "    depends_on: [s%d]\n", i-row)
		}
	}
	return b.String()
}

func churnServices(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("s%d", i))
	}
	return names
}

// TestChurn kills containers of a large project one after the other through the engine: all come back, names lead to
// where they are now, and hostwrightd has no more goroutines, open files and children than before.
func TestChurn(t *testing.T) {
	n, kills := 10, 10
	if whole() {
		n, kills = 50, 60
	}
	t.Logf("%d containers, %d kills; HOSTWRIGHT_E2E_ALL=1 takes 50 and 60", n, kills)
	w := newWatched(t, "churn", churnFile(n, 10))
	w.compose("up", "-d")
	w.eventually("all run", func() string { return w.allRun(churnServices(n)...) })
	w.eventually("names at the start", func() string { return w.namesRight(n) })
	before, recorders := w.held(), len(w.recorders())
	assert.Equal(t, recorders, n)

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for range kills {
		victim := fmt.Sprintf("churn-s%d-1", random.IntN(n))
		w.killProcess(w.processes()[victim].State.Pid) // unless it is just being restarted
		<-tick.C
	}
	w.eventually("all are back", func() string { return w.allRun(churnServices(n)...) })
	w.eventually("names at the end", func() string { return w.namesRight(n) })
	w.eventually("nothing is left over", func() string {
		if r := len(w.recorders()); r != n {
			return fmt.Sprintf("%d recorders for %d containers", r, n)
		}
		now := w.held()
		if now.goroutines > before.goroutines+2 || now.files > before.files+2 || now.children > before.children {
			return fmt.Sprintf("hostwrightd holds %+v, and held %+v", now, before)
		}
		return ""
	})
	w.compose("down", "-v")
	assert.Equal(t, len(w.processes()), 0)
	w.eventually("recorders end", func() string {
		if r := w.recorders(); len(r) > 0 {
			return fmt.Sprint(r)
		}
		return ""
	})
}

// holding is what hostwrightd has open.
type holding struct{ goroutines, files, children int }

func (w *watched) held() holding {
	status := w.daemon()
	files, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(status.PID), "fd"))
	assert.NilError(w.t, err)
	return holding{status.Goroutines, len(files), len(childrenOf(status.PID))}
}

// childrenOf gives the processes whose parent has a number.
func childrenOf(parent int) (pids []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		data, err := os.ReadFile(path)
		_, rest, found := strings.Cut(string(data), ") ")
		fields := strings.Fields(rest)
		if err != nil || !found || len(fields) < 2 || fields[1] != strconv.Itoa(parent) || fields[0] == "Z" {
			continue
		}
		pids = append(pids, numberOf(path))
	}
	return pids
}

// numberOf gives the number of the process that a file of /proc is about.
func numberOf(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
	return n
}

// recorders gives the numbers of the recorders of this state folder.
func (w *watched) recorders() (pids []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range all {
		argv := commandLine(path)
		if len(argv) > 1 && filepath.Base(argv[0]) == "hostwrightd" && argv[1] == "record" && strings.Contains(strings.Join(argv, " "), w.state) {
			pids = append(pids, numberOf(path))
		}
	}
	return pids
}

// namesRight gives a container whose hosts file does not lead to where every service is, "" when all are right.
func (w *watched) namesRight(n int) string {
	addresses := map[string]string{}
	for _, c := range w.listed() {
		for _, a := range c.Status.Networks {
			addresses[c.ID], _, _ = strings.Cut(a.IPv4Address, "/")
		}
	}
	for i := range n {
		id := fmt.Sprintf("churn-s%d-1", i)
		text, err := w.command(filepath.Join(lab.bin, "standin", "container"), "exec", id, "cat", "/etc/hosts")
		if err != nil {
			return id + ": " + text
		}
		for j := range n {
			peer := fmt.Sprintf("s%d", j)
			if got, want := addressIn(text, peer), addresses["churn-"+peer+"-1"]; got != want {
				return fmt.Sprintf("in %s, %s is at %q instead of %q", id, peer, got, want)
			}
		}
	}
	return ""
}

func addressIn(hosts, name string) string {
	for _, line := range strings.Split(hosts, "\n") {
		fields := strings.Fields(line)
		for _, f := range fields[min(1, len(fields)):] {
			if f == name {
				return fields[0]
			}
		}
	}
	return ""
}
