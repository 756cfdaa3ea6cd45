//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
	"pgregory.net/rapid"
)

func TestParseVersion(t *testing.T) {
	t.Parallel()
	v, err := parseVersion("1.2.10")
	assert.NilError(t, err)
	assert.Assert(t, v.atLeast(1, 2, 9) && v.atLeast(1, 2, 10) && v.atLeast(0, 99, 0))
	assert.Assert(t, !v.atLeast(1, 2, 11) && !v.atLeast(1, 3, 0) && !v.atLeast(2, 0, 0))
	for _, bad := range []string{"", "1", "1.2", "1.2.3.4", "1.2.x", "1.-2.3", "v1.2.3"} {
		_, err := parseVersion(bad)
		assert.Assert(t, cmp.ErrorContains(err, "STANDIN_VERSION"), bad)
	}
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	sizes := map[string]uint64{
		"1024": 1024, "1b": 1, "1k": 1 << 10, "1K": 1 << 10, "1kb": 1 << 10, "1KiB": 1 << 10, "2m": 2 << 20, "1g": 1 << 30, "1gb": 1 << 30,
		"1GiB": 1 << 30, "1t": 1 << 40, "1p": 1 << 50, "0.5g": 1 << 29, "1.5k": 1536, "0": 0, " 5m ": 5 << 20,
	}
	for text, want := range sizes {
		got, err := parseSize(text)
		assert.NilError(t, err, text)
		assert.Equal(t, got, want, text)
	}
	for text, fragment := range map[string]string{
		"": "invalid size", "g": "invalid size", "-1g": "invalid size", "1e3": "invalid size", "1x": "invalid symbol", "1gg": "invalid symbol",
		"1bb": "invalid symbol", "1 2": "invalid size", "99999999p": "invalid size",
	} {
		_, err := parseSize(text)
		assert.Assert(t, cmp.ErrorContains(err, fragment), text)
	}
}

func TestParsePort(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]publishedPort{
		"8080:80":                   {"0.0.0.0", 8080, 80, "tcp", 1},
		"8080:80/UDP":               {"0.0.0.0", 8080, 80, "udp", 1},
		"127.0.0.1:8080:80/tcp":     {"127.0.0.1", 8080, 80, "tcp", 1},
		"[::1]:8080:80":             {"::1", 8080, 80, "tcp", 1},
		"[::]:5000-5009:8000-8009":  {"::", 5000, 8000, "tcp", 10},
		"2:65535":                   {"0.0.0.0", 2, 65535, "tcp", 1},
		"0.0.0.0:5000-5000:7-7/udp": {"0.0.0.0", 5000, 7, "udp", 1},
	} {
		got, err := parsePort(text)
		assert.NilError(t, err, text)
		assert.Equal(t, got, want, text)
	}
}

func FuzzParsePort(f *testing.F) {
	for _, seed := range []string{"80:80", "[::1]:1-2:3-4/udp", "1.2.3.4:80:80", ":::", "[", "]:", "0:0", "65536:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		port, err := parsePort(text)
		if err != nil {
			return
		}
		if port.Count == 0 || port.HostPort < 2 || port.ContainerPort < 2 {
			t.Errorf("%q: %+v", text, port)
		}
		if int(port.HostPort)+int(port.Count)-1 > 65535 || int(port.ContainerPort)+int(port.Count)-1 > 65535 {
			t.Errorf("%q runs over the last port: %+v", text, port)
		}
	})
}

func TestParseContainerLabels(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"k": {"k", ""}, "k=": {"k", ""}, "k=v": {"k", "v"}, "=v": {"v", ""}, "k==v": {"k", "v"}, "k=v=": {"k", "v"}, "a b=c,d": {"a b", "c,d"},
	} {
		got, err := parseContainerLabels([]string{text})
		assert.NilError(t, err, text)
		assert.DeepEqual(t, got, map[string]string{want[0]: want[1]})
	}
	for _, bad := range []string{"k=a=b", "k=v==", "a=b=c=d"} {
		_, err := parseContainerLabels([]string{bad})
		assert.Error(t, err, `invalidArgument: "invalid label format `+bad+`"`)
	}
	last, err := parseContainerLabels([]string{"k=1", "k=2"})
	assert.NilError(t, err)
	assert.Equal(t, last["k"], "2")
}

func TestNetworkLabels(t *testing.T) {
	t.Parallel()
	for key, good := range map[string]bool{
		"com.example.project": true, "a": true, "a-b.c1": true, "example.com/part/x": true, "com.docker.compose.project": true,
		"com.docker.compose.project.working_dir": false, "Com.x": false, "a.": false, ".a": false, "-a": false, "": false, "a b": false,
		strings.Repeat("a", 129): false, strings.Repeat("a", 128): true,
	} {
		err := checkNetworkLabels(map[string]string{key: "v"})
		assert.Equal(t, err == nil, good, key)
	}
	assert.ErrorContains(t, checkNetworkLabels(map[string]string{"a": strings.Repeat("x", 4096)}), "invalid_label_length")
}

func TestContainerLabelsWithoutEqualSignsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`[^=]{1,20}`).Draw(t, "key")
		value := rapid.StringMatching(`[^=]{1,20}`).Draw(t, "value")
		labels, err := parseContainerLabels([]string{key + "=" + value})
		if err != nil || labels[key] != value {
			t.Fatalf("%q=%q came to %q, %v", key, value, labels, err)
		}
	})
}

// parsing is a call for parsers: no store, no engine.
func parsing(t *testing.T, version string, environment map[string]string) *call {
	t.Helper()
	parsed, err := parseVersion(version)
	assert.NilError(t, err)
	return &call{version: parsed, cwd: t.TempDir(), lookup: func(name string) (string, bool) {
		value, set := environment[name]
		return value, set
	}}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	c := parsing(t, "1.4.1", map[string]string{"HOST": "from host", "BARE": "x"})
	file := filepath.Join(c.cwd, "env")
	assert.NilError(t, os.WriteFile(file, []byte("# comment\n\n  A=file # no comment  \nB=\"quoted\"\nHOST\nUNSET\nexport=1\n"), 0o600))
	got, err := c.environmentOf([]string{"A=image", "PATH=/bin", "BARE"}, []string{"env"}, []string{"C=x=y", "A=flag", "NONE", "D="})
	assert.NilError(t, err)
	slices.Sort(got)
	assert.DeepEqual(t, got, []string{"A=flag", "B=\"quoted\"", "C=x=y", "D=", "HOST=from host", "PATH=/bin", "export=1"})

	old := parsing(t, "1.1.0", map[string]string{"BARE": "x"})
	got, err = old.environmentOf([]string{"BARE"}, nil, nil)
	assert.NilError(t, err)
	assert.DeepEqual(t, got, []string{"BARE=x"})

	for text, fragment := range map[string]string{"A B=1": "contains whitespaces", "=1": "no variable name on line", "A=\xff": "contains invalid utf8 bytes"} {
		assert.NilError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := c.environmentOf(nil, []string{"env"}, nil)
		assert.ErrorContains(t, err, fragment)
	}
	_, err = c.environmentOf(nil, []string{"none"}, nil)
	assert.ErrorContains(t, err, "failed to read envfile at")
}

func TestParseRlimits(t *testing.T) {
	t.Parallel()
	got, err := parseRlimits([]string{"nofile=1024:2048", "core=unlimited", "nproc=-1", "stack=5"})
	assert.NilError(t, err)
	all := ^uint64(0)
	assert.DeepEqual(t, got, []rlimit{
		{"RLIMIT_NOFILE", 1024, 2048}, {"RLIMIT_CORE", all, all}, {"RLIMIT_NPROC", all, all}, {"RLIMIT_STACK", 5, 5},
	})
	for text, fragment := range map[string]string{
		"nofile": "invalid ulimit format", "nofile=": "invalid ulimit format", "files=1": "unsupported ulimit type", "nofile=x": "invalid ulimit value",
		"nofile=2:1": "cannot exceed hard limit", "nofile=-2": "invalid ulimit value", "nofile=unlimited:5": "cannot exceed hard limit",
	} {
		_, err := parseRlimits([]string{text})
		assert.ErrorContains(t, err, fragment, text)
	}
	_, err = parseRlimits([]string{"nofile=1", "nofile=2"})
	assert.ErrorContains(t, err, "duplicate ulimit type")
}

func TestParseCapabilities(t *testing.T) {
	t.Parallel()
	got, err := parseCapabilities([]string{"net_admin", "CAP_SYS_TIME", "all"})
	assert.NilError(t, err)
	assert.DeepEqual(t, got, []string{"CAP_NET_ADMIN", "CAP_SYS_TIME", "ALL"})
	_, err = parseCapabilities([]string{"FLY"})
	assert.ErrorContains(t, err, "invalid CapabilityName")
}

func TestParseSignal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]unix.Signal{"TERM": 15, "SIGTERM": 15, "term": 15, "15": 15, "usr1": 10, "SIGRTMIN+3": 37, "64": 64} {
		got, err := parseSignal(text)
		assert.NilError(t, err, text)
		assert.Equal(t, got, want, text)
	}
	for _, bad := range []string{"", "0", "65", "-1", "NOPE", "SIGRTMIN+99"} {
		_, err := parseSignal(bad)
		assert.ErrorContains(t, err, "invalid signal: "+bad)
	}
}

func TestLastLines(t *testing.T) {
	t.Parallel()
	text := "\na\n\nb\nc\n"
	assert.DeepEqual(t, lastLines(text, 2), []string{"b", "c"})
	assert.DeepEqual(t, lastLines(text, 9), []string{"a", "b", "c"})
	assert.Equal(t, len(lastLines(text, 0)), 0)
	assert.Equal(t, len(lastLines(text, -1)), 0)
}
