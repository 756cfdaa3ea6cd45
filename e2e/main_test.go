package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// lab is what the tests run on; engine is why there is none, or "".
var lab struct {
	bin     string // folder of hostwright and hostwrightd
	environ []string
	missing string
}

// skips counts the tests that found no engine.
var skips atomic.Int32

func TestMain(m *testing.M) {
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	code := m.Run()
	if n := skips.Load(); n > 0 {
		fmt.Printf("e2e: %d tests skipped: %s\n", n, lab.missing)
	}
	os.Exit(code)
}

// prepare builds the binaries as a user would, and finds the lab.
func prepare() error {
	root, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	lab.bin = filepath.Join(root, "bin")
	env := exec.Command("make", "-s", "lab-env")
	env.Dir, env.Stderr = root, os.Stderr
	lines, err := env.Output()
	if err != nil {
		return unavailable("`make lab-env` does not work here: " + err.Error())
	}
	for _, line := range strings.Split(string(lines), "\n") {
		// export NAME='value'; PATH is set by each script itself
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if ok && name != "PATH" && name != "STANDIN_ROOT" {
			lab.environ = append(lab.environ, name+"="+strings.Trim(value, "'"))
		}
	}
	if err := ping(); err != nil {
		return unavailable(err.Error() + "; bring up the lab with `make lab`")
	}
	build := exec.Command("make", "-s", "build")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("make build: %w\n%s", err, out)
	}
	return nil
}

// unavailable notes that there is no lab, which is an error where it is required.
func unavailable(why string) error {
	if os.Getenv("HOSTWRIGHT_E2E") == "required" {
		return fmt.Errorf("HOSTWRIGHT_E2E=required, and %s", why)
	}
	lab.missing = why
	return nil
}

// needDockerCompose builds the Docker Compose to compare with, where it is not there yet.
func needDockerCompose(t testing.TB) {
	t.Helper()
	build := exec.Command("make", "-s", "compare-tools")
	build.Dir = filepath.Dir(lab.bin)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("make compare-tools: %v\n%s", err, out)
	}
}

// needLab skips a test where there is no lab.
func needLab(t *testing.T) {
	t.Helper()
	if lab.missing != "" {
		skips.Add(1)
		t.Skip(lab.missing)
	}
}
