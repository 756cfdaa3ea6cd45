//go:build linux

package main

import (
	"encoding/json"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	"pgregory.net/rapid"
)

// sample is a container with every optional field set.
func sample() managedContainer {
	date := swiftDate{time.Date(2026, 8, 7, 22, 17, 54, 0, time.UTC)}
	size, overhead := uint64(67108864), 1
	config := containerConfiguration{
		ID: "web", CreationDate: date, Labels: map[string]string{"b": "\"quoted\"\t<&>", "a": "größe"},
		Image: imageDescription{"docker.io/library/alpine:latest", descriptor{MediaType: "application/vnd.oci.image.index.v1+json", Digest: "sha256:00", Size: 9218}},
		InitProcess: processConfig{
			Executable: "nginx", Arguments: []string{"-g", "daemon off;"}, Environment: []string{"PATH=/usr/bin:/bin"}, WorkingDirectory: "/",
			User: processUser{Raw: &rawUser{"www:www"}}, SupplementalGroups: []uint32{5}, Rlimits: []rlimit{{"RLIMIT_NOFILE", 1024, ^uint64(0)}},
		},
		Mounts: []filesystem{
			bindMount("/src", "/src", []string{"ro"}).filesystem,
			{Type: filesystemType{Tmpfs: &struct{}{}}, Source: "tmpfs", Destination: "/tmp", Options: []string{}},
			{Type: filesystemType{Volume: &volumeTarget{Name: "data", Format: "ext4"}}, Source: "/v/data/volume.img", Destination: "/data", Options: []string{}},
		},
		PublishedPorts:   []publishedPort{{"0.0.0.0", 8080, 80, "tcp", 1}},
		PublishedSockets: []publishedSocket{{"/run/app.sock", "/me/app.sock"}},
		Networks:         []wantedAttachment{{"default", attachmentOptions{Hostname: "web", MTU: 1280}}},
		DNS:              &dnsConfig{Nameservers: []string{}, Domain: "test", SearchDomains: []string{}, Options: []string{}},
		Platform:         platform{OS: "linux", Architecture: "arm64"},
		Resources:        resources{CPUs: 4, MemoryInBytes: 1073741824, CPUOverhead: &overhead},
		RuntimeHandler:   "container-runtime-linux", CapAdd: []string{"CAP_NET_ADMIN"}, CapDrop: []string{}, Sysctls: map[string]string{},
		ShmSize: &size, StopSignal: "SIGQUIT", MaskedPaths: &[]string{}, ReadonlyPaths: &[]string{"/proc"},
	}
	return managedContainer{ID: "web", Configuration: config, Status: containerStatus{
		State: "running", StartedDate: &date, Networks: []attachment{{
			Network: "default", Hostname: "web", IPv4Address: "192.168.64.3/24", IPv4Gateway: "192.168.64.1", MACAddress: "f2:1a:0b:3c:9d:4e",
			MTU: 1280, Variant: "reserved",
		}},
	}}
}

func TestEncodeContainer(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		file                  string
		pretty, escapeSlashes bool
	}{{"container-line.json", false, false}, {"container-pretty.json", true, false}, {"container-escaped.json", false, true}} {
		data, err := encodeJSON([]managedContainer{sample()}, each.pretty, each.escapeSlashes)
		assert.NilError(t, err)
		golden.Assert(t, string(data)+"\n", each.file)
	}
}

func TestEncodeDecodesToTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tree := rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.String())).Draw(t, "tree")
		data, err := encodeJSON(tree, rapid.Bool().Draw(t, "pretty"), rapid.Bool().Draw(t, "escape"))
		if err != nil {
			t.Fatal(err)
		}
		var back map[string][]string
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		want, _ := json.Marshal(tree)
		got, _ := json.Marshal(back)
		if string(want) != string(got) {
			t.Fatalf("%s came back as %s", want, got)
		}
	})
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	missing := fail(codeNotFound, "container with ID x not found")
	stop := fail(codeInternalError, "failed to stop container").because(missing)
	for want, err := range map[string]error{
		`container with ID x not found`: missing,
		`failed to stop container (cause: "notFound: "container with ID x not found"")`:                                                                                          stop,
		`internalError: "failed to stop container" (cause: "notFound: "container with ID x not found"")`:                                                                         failures{stop},
		`internalError: "failed to stop container" (cause: "notFound: "container with ID x not found"")` + "\n" + `notFound: "container with ID x not found"`:                    failures{stop, missing},
		"interrupted: \"XPC connection error: Connection invalid\"\nEnsure container system service has been started with `container system start`.":                             errDaemonDown,
		"failed to list (cause: \"interrupted: \"XPC connection error: Connection invalid\"\")\nEnsure container system service has been started with `container system start`.": fail(codeInternalError, "failed to list").because(errDaemonDown),
	} {
		assert.Equal(t, errorText(err), want)
	}
	assert.NilError(t, failures(nil).err())
}
