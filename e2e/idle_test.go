package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// idleTime is for how long idle processes are watched.
const idleTime = time.Minute

// TestIdleCost prints what idle containers cost: memory and processor time of hostwrightd, of the recorders and of the
// runtime's clients that these keep, and the runtime calls a minute. It takes minutes: `make bench-idle`.
func TestIdleCost(t *testing.T) {
	if os.Getenv("HOSTWRIGHT_BENCH_IDLE") == "" {
		t.Skip("measures only where it is asked to: make bench-idle")
	}
	needLab(t)
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "containers\tprocess\tnumber\tRSS MiB each\tprivate MiB each\t% of a core, all\tcalls a minute\t")
	for _, n := range []int{50, 10, 1} { // the largest first: it shows the most
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			p := newCounted(t, n, 1)
			state := filepath.Join(t.TempDir(), "state")
			p.environ = append(p.environ, "HOSTWRIGHT_STATE_DIR="+state, "HOSTWRIGHT_DAEMON=on")
			t.Cleanup(func() {
				p.compose("down")
				stopDaemon(state, p.environ)
			})
			p.compose("up", "-d")
			time.Sleep(15 * time.Second) // what follows an up is not idleness
			p.forget()
			before := footprints(t, state)
			time.Sleep(idleTime)
			after := footprints(t, state)
			data, _ := os.ReadFile(p.record)
			for _, kind := range []string{"hostwrightd", "recorder", "runtime's client"} {
				var sum footprint
				number := 0
				for pid, now := range after {
					if then, ok := before[pid]; ok && now.kind == kind {
						number++
						sum.rss += now.rss
						sum.private += now.private
						sum.ticks += now.ticks - then.ticks
					}
				}
				if number == 0 {
					t.Fatalf("no %s", kind)
				}
				calls := ""
				if kind == "hostwrightd" {
					calls = strconv.Itoa(bytes.Count(data, []byte("\n")))
				}
				t.Logf("%s: %d ticks in all, %d KiB, %d KiB private", kind, sum.ticks, sum.rss, sum.private)
				fmt.Fprintf(w, "%d\t%s\t%d\t%.1f\t%.1f\t%.2f\t%s\t\n", n, kind, number,
					float64(sum.rss)/1024/float64(number), float64(sum.private)/1024/float64(number),
					float64(sum.ticks)/ticksPerSecond/idleTime.Seconds()*100, calls)
			}
		})
	}
	_ = w.Flush()
	fmt.Printf("\nidle for %s\n%s\n", idleTime, table.String())
}

// ticksPerSecond is the unit of processor time in /proc (USER_HZ, 100 on every Linux port that Go runs on).
const ticksPerSecond = 100

// footprint is what /proc says of one; memory in KiB, processor time in ticks, that of ended children left out.
type footprint struct {
	kind                string
	rss, private, ticks int64
}

// footprints gives the processes that work for a state folder, by pid.
func footprints(t *testing.T, state string) map[string]footprint {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(dirs) == 0 {
		t.Skip("there is no /proc")
	}
	out := map[string]footprint{}
	for _, dir := range dirs {
		environ, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err != nil || !bytes.Contains(environ, []byte("HOSTWRIGHT_STATE_DIR="+state+"\x00")) {
			continue
		}
		argv, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		words := strings.Split(string(argv), "\x00")
		if len(words) < 2 {
			continue
		}
		var p footprint
		switch name := filepath.Base(words[0]); {
		case name == "hostwrightd" && words[1] == "record":
			p.kind = "recorder"
		case name == "hostwrightd":
			p.kind = "hostwrightd"
		case name == "container" && words[1] == "start":
			p.kind = "runtime's client"
		default:
			continue
		}
		rollup, err := os.ReadFile(filepath.Join(dir, "smaps_rollup"))
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(rollup), "\n") {
			fields := strings.Fields(line)
			if len(fields) != 3 {
				continue
			}
			kib, _ := strconv.ParseInt(fields[1], 10, 64)
			switch fields[0] {
			case "Rss:":
				p.rss = kib
			case "Private_Clean:", "Private_Dirty:":
				p.private += kib
			}
		}
		stat, _ := os.ReadFile(filepath.Join(dir, "stat"))
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest) // from the third on (proc_pid_stat(5)): user and system time are 14 and 15
		if len(fields) < 13 {
			continue
		}
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		p.ticks = user + system
		out[filepath.Base(dir)] = p
	}
	return out
}
