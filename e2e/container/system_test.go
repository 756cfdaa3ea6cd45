//go:build linux

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v4"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestSystemDF(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	read := func() diskUsage {
		text := m.ok("system", "df", "--format", "json")
		assert.Assert(t, strings.HasPrefix(text, "{\n  \"containers\" : {\n    \"active\" : "), text)
		var used diskUsage
		assert.NilError(t, json.Unmarshal([]byte(text), &used))
		return used
	}
	assert.DeepEqual(t, read(), diskUsage{})
	m.sleeper("web", "-v", "data:/data")
	m.ok("volume", "create", "idle")
	m.create("stopped", []string{"--network", "none"}, "true")
	before := read()
	m.ok("exec", "web", "sh", "-c", "dd if=/dev/zero of=/data/x bs=1M count=3 && dd if=/dev/zero of=/x bs=1M count=2")
	used := read()
	assert.DeepEqual(t, []int{used.Images.Total, used.Images.Active, used.Containers.Total, used.Containers.Active, used.Volumes.Total, used.Volumes.Active},
		[]int{1, 1, 2, 1, 2, 1})
	assert.Assert(t, used.Images.SizeInBytes > 1<<20 && used.Images.Reclaimable == 0)
	assert.Equal(t, used.Volumes.SizeInBytes-before.Volumes.SizeInBytes, uint64(3<<20))
	assert.Equal(t, used.Containers.SizeInBytes-before.Containers.SizeInBytes, uint64(2<<20))
	assert.Assert(t, used.Volumes.Reclaimable > 0 && used.Volumes.Reclaimable < used.Volumes.SizeInBytes)
	assert.Assert(t, cmp.Contains(m.ok("system", "df"), "TYPE           TOTAL  ACTIVE  SIZE"))
	m.ok("delete", "-f", "web", "stopped")
	assert.Equal(t, read().Images.Active, 0)
}

func TestSystemDNSList(t *testing.T) {
	t.Parallel()
	m := engineless(t)
	assert.Equal(t, m.ok("system", "dns", "list", "--format", "json"), "[]\n")
	assert.Equal(t, m.ok("system", "dns", "ls", "-q"), "")
	m.refused(1, []string{"Error: cannot create domain (try sudo?)\n"}, "system", "dns", "create", "test")
	m.refused(1, []string{"Error: cannot delete domain (try sudo?)\n"}, "system", "dns", "delete", "test")
	m.env = append(m.env, "STANDIN_DOWN=1")
	m.refused(1, []string{"XPC connection error"}, "system", "dns", "list")
}

func TestSystemProperties(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	m := newMac(t, "XDG_CONFIG_HOME="+home)
	read := func() systemConfig {
		var byTOML, byJSON systemConfig
		_, err := toml.Decode(m.ok("system", "property", "list"), &byTOML)
		assert.NilError(t, err)
		assert.NilError(t, json.Unmarshal([]byte(m.ok("system", "property", "ls", "--format", "json")), &byJSON))
		assert.DeepEqual(t, byTOML, byJSON)
		return byJSON
	}
	assert.DeepEqual(t, read(), defaultConfig())
	m.refused(64, nil, "system", "property", "set", "dns.domain", "test")
	file := filepath.Join(home, "container", "config.toml")
	assert.NilError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	assert.NilError(t, os.WriteFile(file, []byte("[container]\ncpus = 2\nmemory = \"512mb\"\n[dns]\ndomain = \"test\"\n[plugin.x]\na = 1\n"), 0o644))
	assert.DeepEqual(t, read(), defaultConfig()) // counts at the next start of the services
	m.ok("system", "stop")
	m.ok("system", "start")
	config := read()
	assert.Equal(t, config.DNS.Domain, "test")
	m.sleeper("web", "--network", "default")
	web := m.containers()["web"]
	assert.Equal(t, web.Configuration.Resources.CPUs, int64(2))
	assert.Equal(t, web.Configuration.Resources.MemoryInBytes, uint64(512<<20))
	assert.Equal(t, web.Status.Networks[0].Hostname, "web.test.")
	assert.Assert(t, cmp.Contains(m.ok("exec", "web", "cat", "/etc/resolv.conf"), "\ndomain test\n"))
	assert.NilError(t, os.WriteFile(file, []byte("[container"), 0o644))
	m.ok("system", "stop")
	m.refused(1, []string{file}, "system", "start")
}

func TestFragmentHostnames(t *testing.T) {
	t.Parallel()
	m := newMac(t, "XDG_CONFIG_HOME="+t.TempDir())
	file := filepath.Join(strings.TrimPrefix(m.env[0], "XDG_CONFIG_HOME="), "container", "config.toml")
	assert.NilError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	assert.NilError(t, os.WriteFile(file, []byte("[dns]\ndomain = \"test\"\n"), 0o644))
	m.ok("system", "stop")
	m.ok("system", "start")
	m.create("web.test", nil, "true")
	m.refused(1, []string{`Error: hostname(s) already exist: ["web.test."]`}, "create", "--name", "web", busybox)
	m.create("other", nil, "true")
}

func TestFormats(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web", "-l", "a.b=c/d", "--ulimit", "nofile=1024:2048")
	m.ok("volume", "create", "vol1")
	for _, args := range [][]string{{"list"}, {"network", "list"}, {"volume", "list"}, {"image", "list"}, {"system", "version"}, {"registry", "list"}} {
		var byJSON, byYAML []any
		assert.NilError(t, json.Unmarshal([]byte(m.ok(append(args, "--format", "json")...)), &byJSON))
		text := m.ok(append(args, "--format", "yaml")...)
		assert.NilError(t, yaml.Unmarshal([]byte(text), &byYAML), text)
		var byTOML struct{ Items []any }
		_, err := toml.Decode(m.ok(append(args, "--format", "toml")...), &byTOML)
		assert.NilError(t, err, "%v", args)
		for _, other := range [][]any{byYAML, byTOML.Items} {
			assert.Equal(t, sameTree(t, other), sameTree(t, byJSON), "%v", args)
		}
	}
	var status map[string]any
	assert.NilError(t, yaml.Unmarshal([]byte(m.ok("system", "status", "--format", "yaml")), &status))
	assert.Equal(t, status["status"], "running")
}

// sameTree writes a tree of any format as JSON.
func sameTree(t *testing.T, tree []any) string {
	t.Helper()
	if tree == nil {
		tree = []any{}
	}
	data, err := encodeJSON(tree, false, false)
	assert.NilError(t, err)
	return string(data)
}

func TestClean(t *testing.T) {
	t.Parallel()
	m := newMac(t)
	m.sleeper("web")
	m.create("stopped", []string{"--network", "none"}, "true")
	assert.Equal(t, m.ok("clean", "web"), "web\n")
	assert.Equal(t, m.ok("clean"), "web\n")
	got := m.refused(1, []string{"container stopped is not running", "container with ID none not found"}, "clean", "stopped", "web", "none")
	assert.Equal(t, got.stdout, "web\n")
	m.env = []string{"STANDIN_VERSION=1.3.1"}
	m.refused(64, []string{"Plugin 'container-clean' not found"}, "clean", "web") // no such command before 1.4.1
}
