//go:build linux

package main

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestImagePush(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	host := labRegistry(t)
	name := host + "/standin-test/" + nonce() + ":1"
	m.write("Dockerfile", "FROM busybox\nRUN echo "+nonce()+" > /text\nCMD [\"cat\", \"/text\"]\n")
	m.ok("build", "-q", "-t", name, ".")
	text, id := m.outputOf(name), m.image(name).ID
	assert.Equal(t, m.run("image", "push", name).code, 1, "https by default")
	assert.Equal(t, m.ok("image", "push", "--scheme", "http", name), name+"\n")
	assert.Equal(t, m.ok("image", "push", "--scheme", "http", name), name+"\n")
	other := newMac(t)
	assert.Equal(t, other.pulled(name, "--scheme", "http").ID, id)
	assert.Equal(t, other.outputOf(name), text)
	m.refused(1, []string{"Error: image with reference no-such\n"}, "image", "push", "no-such")
	m.ok("build", "-q", "-t", "plain", ".")
	m.refused(1, []string{"could not extract host from reference plain:latest"}, "image", "push", "plain")
}

// labRegistry is the lab's open registry, which takes what is pushed.
func labRegistry(t *testing.T) string {
	t.Helper()
	const host = "127.0.0.1:5000"
	response, err := http.Get("http://" + host + "/v2/")
	if err != nil {
		if os.Getenv("HOSTWRIGHT_E2E") == "required" {
			t.Fatalf("HOSTWRIGHT_E2E=required, but the lab's registry does not answer: %v", err)
		}
		skipped.Add(1)
		t.Skipf("the lab's registry does not answer (make lab brings one up): %v", err)
	}
	assert.NilError(t, response.Body.Close())
	return host
}

func TestImagePrune(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	r := newTestRegistry(t)
	d := r.manifest(engineArchitecture(m))
	r.tag("app:1", d)
	tagged, dangling := r.host()+"/app:1", r.host()+"/app@"+d.Digest
	m.ok("image", "pull", "--scheme", "http", tagged)
	m.ok("image", "pull", "--scheme", "http", dangling)
	got := m.run("image", "prune")
	assert.Equal(t, got.stdout, "untagged "+dangling+"\n", "what a tag still names is not deleted")
	assert.Equal(t, got.stderr, "Reclaimed Zero KB in disk space\n")
	m.create("user", []string{"--network", "none"}, "true")
	got = m.run("image", "prune", "--all")
	assert.Assert(t, strings.HasPrefix(got.stdout, "untagged "+tagged+"\ndeleted "), got.stdout)
	assert.Equal(t, strings.Count(got.stdout, "deleted "), 4, "index, manifest, configuration and layer: %s", got.stdout)
	assert.DeepEqual(t, m.images(), []string{"docker.io/library/busybox:latest"})
	assert.Equal(t, m.run("image", "prune", "-a").stdout, "")
}
