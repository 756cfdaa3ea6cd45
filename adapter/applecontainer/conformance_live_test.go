package applecontainer

import (
	"os"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
)

// TestConformanceOfTheInstalledRuntime runs the suite on the `container` in PATH, a Mac's own. It makes and removes
// containers, networks, volumes and images that are called hwtest-..., so it runs only when it is asked for.
func TestConformanceOfTheInstalledRuntime(t *testing.T) {
	if os.Getenv("HOSTWRIGHT_CONFORMANCE") != "installed" {
		t.Skip("1 test skipped (conformance of the installed runtime): HOSTWRIGHT_CONFORMANCE=installed runs it")
	}
	adaptertest.Run(t, adaptertest.Factory{
		New: func(t *testing.T) adapter.RuntimeAdapter {
			a := New(Options{})
			assert.NilError(t, a.PullImage(t.Context(), adapter.PullRequest{Reference: "busybox"}))
			return a
		},
		Image: "busybox", Pullable: "busybox", Absent: "ghcr.io/hostwright/hwtest-absent:1", LinuxProcesses: true,
	})
}
