package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// BenchmarkBesideDockerCompose times commands of ours and of real Docker Compose on the same engine, in turn, and prints
// one table: both medians, their ratio, the runtime calls that ours makes, and what the stand-in's own listing takes. The stand-in is a process per call, as the runtime's command is.
// `make bench`.
func BenchmarkBesideDockerCompose(b *testing.B) {
	if lab.missing != "" {
		b.Skip(lab.missing)
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "command\tservices\tours ms\tDocker Compose ms\tours/theirs\tour calls\tone listing ms\t")
	for _, n := range []int{1, 10, 20} {
		b.Run(fmt.Sprintf("%d-services", n), func(b *testing.B) {
			pair := newPair(b, n)
			for _, row := range []struct {
				name          string
				before, timed []string
			}{
				{"config", nil, []string{"config"}},
				{"ps", []string{"up", "-d"}, []string{"ps"}},
				{"up, nothing to do", []string{"up", "-d"}, []string{"up", "-d"}},
				{"up", []string{"down"}, []string{"up", "-d"}},
				{"down", []string{"up", "-d"}, []string{"down"}},
			} {
				b.Run(row.name, func(b *testing.B) {
					m := pair.measure(b, row.before, row.timed)
					fmt.Fprintf(w, "%s\t%d\t%.0f\t%.0f\t%.2f\t%d\t%.0f\t\n",
						row.name, n, m.ours, m.theirs, m.ours/m.theirs, m.calls, m.listing)
				})
			}
		})
	}
	_ = w.Flush()
	fmt.Printf("\nmedians of one run, in turn, on the same engine; a listing is the stand-in's own cost of the smallest call\n%s\n", table.String())
}

// measured is one row: medians in milliseconds.
type measured struct {
	ours, theirs, listing float64
	calls                 int
}

// pair is one project under both tools.
type pair struct {
	ours, theirs tool
	record       string
}

type tool struct {
	dir     string
	argv    []string
	environ []string
}

func newPair(b *testing.B, n int) pair {
	b.Helper()
	needDockerCompose(b)
	mac, err := os.MkdirTemp("", "mac")
	if err != nil {
		b.Fatal(err)
	}
	environ := environment(mac, filepath.Join(b.TempDir(), "state"))
	p := pair{record: filepath.Join(mac, "calls.jsonl")}
	p.ours = tool{b.TempDir(), []string{filepath.Join(lab.bin, "hostwright"), "compose"}, environ}
	p.theirs = tool{b.TempDir(), []string{filepath.Join(lab.bin, "docker-compose")}, append(slices.Clone(environ), "DOCKER_CONFIG="+b.TempDir(), "DOCKER_BUILDKIT=0")}
	var file strings.Builder
	fmt.Fprintf(&file, "name: bench%d\nservices:\n", n)
	for i := range n {
		fmt.Fprintf(&file, "  s%d: {image: busybox, command: sleep 1000, stop_grace_period: 0s}\n", i)
	}
	b.Cleanup(func() { // whatever else fails
		for _, t := range []tool{p.ours, p.theirs} {
			if out, err := t.command("down", "--timeout", "0").CombinedOutput(); err != nil {
				b.Errorf("%v down: %v\n%s", t.argv, err, out)
			}
		}
		destroy(mac, environ)
	})
	for _, t := range []tool{p.ours, p.theirs} {
		if err := os.WriteFile(filepath.Join(t.dir, "compose.yaml"), []byte(file.String()), 0o644); err != nil {
			b.Fatal(err)
		}
		t.run(b, "up", "-d")
	}
	return p
}

func (t tool) command(args ...string) *exec.Cmd {
	cmd := exec.Command(t.argv[0], append(slices.Clone(t.argv[1:]), args...)...)
	cmd.Dir, cmd.Env = t.dir, t.environ
	return cmd
}

// run runs the tool and gives how long it took.
func (t tool) run(b *testing.B, args ...string) time.Duration {
	b.Helper()
	cmd := t.command(args...)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return time.Since(began)
}

func (p pair) measure(b *testing.B, before, timed []string) measured {
	var ours, theirs []time.Duration
	for b.Loop() {
		for _, side := range []struct {
			tool  tool
			times *[]time.Duration
		}{{p.ours, &ours}, {p.theirs, &theirs}} {
			if before != nil {
				side.tool.run(b, before...)
			}
			*side.times = append(*side.times, side.tool.run(b, timed...))
		}
	}
	if before != nil {
		p.ours.run(b, before...)
	}
	recorded := p.ours
	recorded.environ = append(slices.Clone(recorded.environ), "STANDIN_RECORD="+p.record)
	_ = os.Remove(p.record)
	recorded.run(b, timed...)
	calls, _ := os.ReadFile(p.record)
	b.ReportMetric(0, "ns/op") // a round of both says nothing
	m := measured{milliseconds(ours), milliseconds(theirs), milliseconds(p.listings(b)), bytes.Count(calls, []byte("\n"))}
	b.ReportMetric(m.ours, "ours-ms")
	b.ReportMetric(m.theirs, "docker-ms")
	b.ReportMetric(m.ours/m.theirs, "ours/docker")
	b.ReportMetric(float64(m.calls), "calls")
	b.ReportMetric(m.listing, "listing-ms")
	return m
}

// listings times the runtime's own listing, the call that no command can do without.
func (p pair) listings(b *testing.B) []time.Duration {
	t := tool{p.ours.dir, []string{filepath.Join(lab.bin, "standin", "container")}, p.ours.environ}
	var times []time.Duration
	for range 5 {
		times = append(times, t.run(b, "list", "--all", "--format", "json"))
	}
	return times
}

// milliseconds is the median.
func milliseconds(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2].Microseconds()) / 1000
}
