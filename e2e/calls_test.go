package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCallsOfUp counts the runtime calls of an up of new containers of known images: 2N + 8 for N services on one
// network, and one more for each further level of depends_on. How many listings it takes depends on how even the boots
// are, so that on a machine that is busy with something else one of a few tries has to keep the bound.
func TestCallsOfUp(t *testing.T) {
	needLab(t)
	for _, c := range []struct{ services, levels int }{{1, 1}, {3, 3}, {10, 1}, {12, 3}, {20, 1}} {
		t.Run(fmt.Sprintf("%d services on %d levels", c.services, c.levels), func(t *testing.T) {
			p := newCounted(t, c.services, c.levels)
			p.compose("up", "-d") // makes the image known
			bound := 2*c.services + 8 + c.levels - 1
			var made []int
			for range 3 {
				p.compose("down")
				p.forget()
				p.compose("up", "-d")
				n := p.calls("start")
				if n != c.services {
					t.Fatalf("%d starts of %d services", n, c.services)
				}
				if n = p.calls(""); n <= bound {
					return
				}
				made = append(made, n)
			}
			t.Errorf("%v calls, at most %d are allowed", made, bound)
		})
	}
}

// TestAnUpWithNothingToDoAsksOnce counts the calls of an up that finds everything as declared: containers and images.
func TestAnUpWithNothingToDoAsksOnce(t *testing.T) {
	needLab(t)
	p := newCounted(t, 3, 1)
	p.compose("up", "-d")
	p.forget()
	p.compose("up", "-d")
	if n := p.calls(""); n > 2 {
		t.Errorf("%d calls", n)
	}
}

// counted is a project whose calls of the runtime are recorded.
type counted struct {
	t       *testing.T
	dir     string
	record  string
	environ []string
}

func newCounted(t *testing.T, services, levels int) *counted {
	mac, err := os.MkdirTemp("", "mac")
	if err != nil {
		t.Fatal(err)
	}
	p := &counted{t: t, dir: t.TempDir(), record: filepath.Join(mac, "calls.jsonl")}
	p.environ = append(environment(mac, filepath.Join(t.TempDir(), "state")), "STANDIN_RECORD="+p.record)
	t.Cleanup(func() { destroy(mac, p.environ) })
	var file strings.Builder
	file.WriteString("name: counted\nservices:\n")
	wide := services / levels
	for i := range services {
		fmt.Fprintf(&file, "  s%d:\n    image: busybox\n    command: sleep 1000\n    stop_grace_period: 0s\n", i)
		if i >= wide {
			fmt.Fprintf(&file, "    depends_on: [s%d]\n", i-wide)
		}
	}
	if err := os.WriteFile(filepath.Join(p.dir, "compose.yaml"), []byte(file.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *counted) compose(args ...string) {
	p.t.Helper()
	cmd := exec.Command(filepath.Join(lab.bin, "hostwright"), append([]string{"compose"}, args...)...)
	cmd.Dir, cmd.Env = p.dir, p.environ
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

func (p *counted) forget() { _ = os.Remove(p.record) }

// calls counts the recorded calls that begin with a word, or all.
func (p *counted) calls(word string) int {
	p.t.Helper()
	data, err := os.ReadFile(p.record)
	if err != nil {
		p.t.Fatal(err)
	}
	if word == "" {
		return bytes.Count(data, []byte("\n"))
	}
	return bytes.Count(data, []byte(`{"argv":["`+word+`"`))
}
