package applecontainer

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/hostwright/compose/adapter"
)

// checkDecoded compares what a decoder makes of a runtime's answer, as it is and with plain slashes (1.4.1).
func checkDecoded[T any](t *testing.T, name string, decode func([]byte) ([]T, error), extra func(T) any) {
	t.Helper()
	answer, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	assert.NilError(t, err)
	for _, output := range [][]byte{answer, bytes.ReplaceAll(answer, []byte(`\/`), []byte(`/`))} {
		list, err := decode(output)
		assert.NilError(t, err)
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetIndent("", "  ")
		for _, element := range list {
			assert.NilError(t, encoder.Encode(element))
			if extra != nil {
				assert.NilError(t, encoder.Encode(extra(element)))
			}
		}
		golden.Assert(t, text.String(), name+".golden")
	}
}

func TestDecodeContainers(t *testing.T) {
	checkDecoded(t, "containers", decodeContainers, func(c adapter.Container) any { return c.Env })
}
func TestDecodeImages(t *testing.T)   { checkDecoded(t, "images", decodeImages, nil) }
func TestDecodeNetworks(t *testing.T) { checkDecoded(t, "networks", decodeNetworks, nil) }
func TestDecodeVolumes(t *testing.T)  { checkDecoded(t, "volumes", decodeVolumes, nil) }
func TestDecodeStats(t *testing.T)    { checkDecoded(t, "stats", decodeStats, nil) }

func TestAReadingNamesItsContainer(t *testing.T) {
	for _, output := range []string{"", "{}", `[{}]`, `[{"cpuUsageUsec":1}]`, `[{"id":"a","cpuUsageUsec":-1}]`} {
		_, err := decodeStats([]byte(output))
		assert.Assert(t, err != nil, output)
	}
	list, err := decodeStats([]byte(`[{"id":"a","cpuUsageUsec":18446744073709551615}]`))
	assert.NilError(t, err)
	assert.Assert(t, list[0].CPU > 0)
}

func TestDecodeTakesAnEmptyListAndNothingElseForEmpty(t *testing.T) {
	list, err := decodeContainers([]byte("[]\n"))
	assert.NilError(t, err)
	assert.Assert(t, list != nil && len(list) == 0)
	for _, output := range []string{
		"", "\n", "null", "{}", `{"containers":[]}`, "[", "[1]", "[{}]", `[{"configuration":{}}]`, "Error: x", `[null]`,
		`[{"configuration":{"id":"a"}}]`,                                                            // no state
		`[{"status":"running","configuration":{"id":"a"}}]`,                                         // 0.12's flat shape
		`[{"configuration":{"id":"a","mounts":[{"type":{}}]},"status":{"state":"running"}}]`,        // no kind
		`[{"configuration":{"id":"a"},"status":{"state":"running","startedDate":"yesterday"}}]`,     // no date
		`[{"configuration":{"id":"a"},"status":{"state":"x","networks":[{"ipv4Address":"a.b"}]}}]`,  // no address
		`[{"configuration":{"id":"a","mounts":[{"type":{"volume":{}}}]},"status":{"state":"run"}}]`, // no name
	} {
		_, err := decodeContainers([]byte(output))
		assert.Assert(t, err != nil, output)
	}
	for _, output := range []string{"[{}]", `[{"reference":"a","fullSize":1}]`, `[{"configuration":{"name":"a"}}]`} {
		_, err := decodeImages([]byte(output))
		assert.Assert(t, err != nil, output)
	}
	_, err = decodeNetworks([]byte(`[{"id":"a"}]`))
	assert.Assert(t, err != nil)
	_, err = decodeNetworks([]byte(`[{"configuration":{"name":"a","ipv4Subnet":"x"}}]`))
	assert.Assert(t, err != nil)
	_, err = decodeVolumes([]byte(`[{"name":"a"}]`))
	assert.Assert(t, err != nil)
}

func TestDecodeDates(t *testing.T) {
	tests := []struct{ in, want string }{
		{`"2026-08-07T22:17:54Z"`, "2026-08-07T22:17:54Z"},
		{`"2026-08-07T22:17:54.25+02:00"`, "2026-08-07T20:17:54Z"},
		{`"1970-01-01T00:00:00Z"`, "0001-01-01T00:00:00Z"},
		{`""`, "0001-01-01T00:00:00Z"},
		{`86400.5`, "2001-01-02T00:00:00Z"},
	}
	for _, test := range tests {
		var s stamp
		assert.NilError(t, json.Unmarshal([]byte(test.in), &s), test.in)
		assert.Equal(t, s.Format("2006-01-02T15:04:05Z"), test.want)
	}
	for _, in := range []string{`"soon"`, `1e300`, `true`} {
		var s stamp
		assert.Assert(t, json.Unmarshal([]byte(in), &s) != nil, in)
	}
}

func TestDecodeVersionsOfAllShapes(t *testing.T) {
	tests := []struct {
		name, output string
		want         adapter.Version
	}{
		{"a sentence for the server, to 1.3.1", `[{"appName":"container","version":"1.2.2"},{"appName":"container-apiserver","version":"container-apiserver version 1.2.1 (build: release, commit: 1234567)"}]`, adapter.Version{Client: "1.2.2", Server: "1.2.1"}},
		{"bare versions, from 1.4.1", `[{"appName":"container","version":"1.4.1"},{"appName":"container-apiserver","version":"1.4.1"}]`, adapter.Version{Client: "1.4.1", Server: "1.4.1"}},
		{"a server that does not answer", `[{"appName":"container","version":"1.4.1"}]`, adapter.Version{Client: "1.4.1"}},
		{"a pre-release", `[{"appName":"container","version":"1.5.0-beta.1"}]`, adapter.Version{Client: "1.5.0-beta.1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v, err := decodeVersion([]byte(test.output))
			assert.NilError(t, err)
			assert.DeepEqual(t, v, test.want)
		})
	}
	for _, output := range []string{"", "{}", "[]", `[{"appName":"container","version":"unspecified"}]`, `[{"appName":"other","version":"1.0.0"}]`} {
		_, err := decodeVersion([]byte(output))
		assert.Assert(t, err != nil, output)
	}
}

func TestOlder(t *testing.T) {
	for version, want := range map[string]bool{
		"0.12.3": true, "0.1.0": true, "1.0.0": false, "1.0.0-rc1": false, "1.10.2": false, "2.0.0": false, "0.0.0": false, "0.9.99": true,
	} {
		assert.Equal(t, older(version, oldest), want, version)
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"containers", "images", "networks", "volumes"} {
		answer, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(answer)
	}
	f.Add([]byte(`[{"configuration":{"id":"a","creationDate":-9e9},"status":{"state":"stopped"}}]`))
	f.Fuzz(func(t *testing.T, output []byte) {
		if list, err := decodeContainers(output); err == nil {
			for i, c := range list {
				if c.ID == "" || c.State == "" || i > 0 && list[i-1].ID > c.ID {
					t.Fatalf("accepted and unsorted, or without ID or state: %q", output)
				}
				if c.Memory < 0 {
					t.Fatalf("negative memory: %q", output)
				}
				stable(t, c)
			}
		}
		if list, err := decodeImages(output); err == nil {
			for i, image := range list {
				if image.Reference == "" || image.Digest == "" || i > 0 && list[i-1].Reference >= image.Reference {
					t.Fatalf("accepted and unsorted, twice, or without name or digest: %q", output)
				}
				stable(t, image)
			}
		}
		if list, err := decodeNetworks(output); err == nil {
			for _, n := range list {
				stable(t, n)
			}
		}
		if list, err := decodeVolumes(output); err == nil {
			for _, v := range list {
				stable(t, v)
			}
		}
	})
}

// stable checks that a decoded value survives Hostwright's own JSON, in which it crosses to hostwrightd.
func stable[T any](t *testing.T, value T) {
	first, err := json.Marshal(value)
	if err != nil {
		if strings.Contains(err.Error(), "year outside of range") {
			return // no date of this runtime; the encoder says so
		}
		t.Fatalf("%+v: %v", value, err)
	}
	var again T
	if err := json.Unmarshal(first, &again); err != nil {
		t.Fatalf("%s: %v", first, err)
	}
	second, err := json.Marshal(again)
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("%s became %s (%v)", first, second, err)
	}
}

func TestDecodeLogins(t *testing.T) {
	got, err := decodeLogins([]byte(`[{"creationDate":"2026-01-01T00:00:00Z","id":"registry-1.docker.io","labels":{},"name":"registry-1.docker.io","username":"me"},{"id":"127.0.0.1:5001","name":"127.0.0.1:5001","username":"lab"}]`))
	assert.NilError(t, err)
	assert.DeepEqual(t, got, []adapter.Login{{Host: "127.0.0.1:5001", User: "lab"}, {Host: "docker.io", User: "me"}})
	none, err := decodeLogins([]byte(`[]`))
	assert.NilError(t, err)
	assert.Equal(t, len(none), 0)
	_, err = decodeLogins([]byte(`nonsense`))
	assert.Assert(t, err != nil)
}

func TestLoginArgsHaveNoPassword(t *testing.T) {
	for host, want := range map[string]string{
		"registry.example.com": "registry login --password-stdin --username me -- registry.example.com",
		"127.0.0.1:5001":       "registry login --password-stdin --scheme http --username me -- 127.0.0.1:5001",
	} {
		got := strings.Join(loginArgs(adapter.LoginRequest{Host: host, User: "me", Password: "s3cret"}), " ")
		assert.Equal(t, got, want)
	}
}
