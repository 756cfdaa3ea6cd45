package applecontainer

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
)

// The stand-in is one binary; its source is no part of the adapter, so that misreading Apple's interface takes two
// mistakes.
const standInPackage = "github.com/hostwright/compose/e2e/container"

func TestConformanceThroughTheStandIn(t *testing.T) {
	command := standIn(t)
	for _, version := range []string{"1.4.1", "1.2.2", "1.0.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel() // a call mostly waits for the engine
			adaptertest.Run(t, adaptertest.Factory{
				New:   func(t *testing.T) adapter.RuntimeAdapter { return pretendMac(t, command, version) },
				Image: "busybox", Pullable: "busybox", Absent: "127.0.0.1:5000/hwtest/absent:1", Pushable: "127.0.0.1:5000/hwtest/pushed:1",
				LinuxProcesses: true,
			})
		})
	}
}

// standIn builds the stand-in. Without an engine the test is skipped, or fails where it is required.
func standIn(t *testing.T) string {
	t.Helper()
	if err := pingEngine(); err != nil {
		if os.Getenv("HOSTWRIGHT_E2E") == "required" {
			t.Fatalf("HOSTWRIGHT_E2E=required, but no Docker engine answers: %v", err)
		}
		t.Skipf("1 test skipped (conformance through the stand-in, 3 versions): no Docker engine answers, `make lab` brings one up: %v", err)
	}
	binary := filepath.Join(t.TempDir(), "container")
	output, err := exec.Command("go", "build", "-o", binary, standInPackage).CombinedOutput()
	assert.NilError(t, err, "%s", output)
	return binary
}

func pingEngine() error {
	socket, found := strings.CutPrefix(os.Getenv("DOCKER_HOST"), "unix://")
	if !found {
		return fmt.Errorf("DOCKER_HOST is %q", os.Getenv("DOCKER_HOST"))
	}
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	response, err := client.Get("http://engine/_ping")
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// pretendMac is a stand-in's runtime of its own, with one image, which is destroyed at the end.
func pretendMac(t *testing.T, command, version string) adapter.RuntimeAdapter {
	t.Helper()
	env := append(os.Environ(), "STANDIN_ROOT="+filepath.Join(t.TempDir(), "root"), "STANDIN_VERSION="+version, "STANDIN_FAULT=", "STANDIN_RECORD=")
	t.Cleanup(func() {
		destroy := exec.Command(command, "--standin-destroy")
		destroy.Env = env
		output, err := destroy.CombinedOutput()
		assert.Check(t, err, "%s", output)
	})
	a := New(Options{Command: command, Environ: env, TempDir: t.TempDir()})
	v, err := a.Version(t.Context())
	assert.NilError(t, err)
	assert.Equal(t, v.Client, version)
	assert.NilError(t, a.PullImage(t.Context(), adapter.PullRequest{Reference: "busybox"}))
	return a
}
