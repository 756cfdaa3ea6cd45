//go:build linux

package main

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	gocmp "github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
	"pgregory.net/rapid"
)

func prefixes(texts ...string) []netip.Prefix {
	var result []netip.Prefix
	for _, text := range texts {
		result = append(result, netip.MustParsePrefix(text))
	}
	return result
}

func TestChooseAddresses(t *testing.T) {
	for _, c := range []struct {
		name  string
		taken []netip.Prefix
		want  string
	}{
		{"nothing is taken", nil, "10.64.0.0/14"},
		{"a default route takes nothing", prefixes("0.0.0.0/0"), "10.64.0.0/14"},
		{"one host in the first range", prefixes("10.66.1.2/32"), "10.68.0.0/14"},
		{"ten is taken but for its low networks", prefixes("10.64.0.0/10", "10.128.0.0/9"), "172.16.0.0/14"},
		{"a route to all of ten", prefixes("10.0.0.0/8", "172.16.0.0/14"), "172.20.0.0/14"},
		{"only low networks are left", prefixes("10.64.0.0/10", "10.128.0.0/9", "172.16.0.0/12"), "10.0.0.0/14"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := chooseAddresses(c.taken)
			assert.NilError(t, err)
			assert.Equal(t, a.Range.String(), c.want)
		})
	}
	_, err := chooseAddresses(prefixes("10.0.0.0/8", "172.16.0.0/12"))
	assert.ErrorContains(t, err, "no free range")
}

func TestPartsOfTheRangeAreApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var taken []netip.Prefix
		for range rapid.IntRange(0, 20).Draw(t, "routes") {
			addr := netip.AddrFrom4([4]byte{10, rapid.Byte().Draw(t, "second"), rapid.Byte().Draw(t, "third"), 0})
			taken = append(taken, netip.PrefixFrom(addr, rapid.IntRange(10, 32).Draw(t, "bits")).Masked())
		}
		a, err := chooseAddresses(taken)
		if err != nil {
			return
		}
		parts := []netip.Prefix{a.bridge(), a.hostLink(), a.pool()}
		for i, p := range parts {
			if !a.Range.Contains(p.Addr()) || overlapsAny(p.Masked(), taken) {
				t.Fatalf("%v of range %v: outside, or taken by %v", p, a.Range, taken)
			}
			for _, other := range parts[i+1:] {
				if p.Masked().Overlaps(other.Masked()) {
					t.Fatalf("%v and %v overlap", p, other)
				}
			}
		}
		if a.hostLink().Masked() != a.engineLink().Masked() || a.hostLink() == a.engineLink() {
			t.Fatalf("%v and %v are not the ends of one link", a.hostLink(), a.engineLink())
		}
		if hundreds := 1 << (networkBits - a.pool().Bits()); hundreds < 500 {
			t.Fatalf("the pool has %d networks", hundreds)
		}
	})
}

func TestParseRoutes(t *testing.T) {
	routes, err := parseRoutes(strings.NewReader(`Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
`))
	assert.NilError(t, err)
	assert.DeepEqual(t, routes, []route{
		{"eth0", netip.MustParsePrefix("0.0.0.0/0")},
		{"eth0", netip.MustParsePrefix("192.0.2.0/24")},
	}, gocmp.AllowUnexported(route{}), gocmp.Comparer(func(a, b netip.Prefix) bool { return a == b }))
	_, err = parseRoutes(strings.NewReader("eth0	XX	0	0	0	0	0	00FFFFFF\n"))
	assert.ErrorContains(t, err, "not understood")
}

func TestEngineNameservers(t *testing.T) {
	addr := netip.MustParseAddr
	assert.Check(t, cmp.Len(engineNameservers([]netip.Addr{addr("127.0.0.53"), addr("192.0.2.1")}, []netip.Addr{addr("192.0.2.9")}), 0))
	assert.DeepEqual(t, engineNameservers([]netip.Addr{addr("127.0.0.53")}, []netip.Addr{addr("127.0.0.1"), addr("192.0.2.9")}), []string{"192.0.2.9"})
}

const iptablesRules = `-P INPUT ACCEPT
-P FORWARD DROP
-N DOCKER
-N DOCKER-USER
-N MINE
-A FORWARD -o hwabch -m comment --comment hostwright-lab-abc -j ACCEPT
-A FORWARD -o other -m comment --comment "hostwright-lab" -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -i hwlab0 ! -o hwlab0 -j ACCEPT
-A FORWARD -i br-0123456789ab -o br-0123456789ab -j ACCEPT
-A FORWARD -i br-lan -j ACCEPT
-A POSTROUTING -s 10.66.0.0/24 ! -o elsewhere -j MASQUERADE
-A POSTROUTING -s 10.72.0.0/24 -j MASQUERADE
-A MINE -s 0.0.0.0/0 -j RETURN
`

func joined(calls [][]string) []string {
	var result []string
	for _, call := range calls {
		result = append(result, strings.Join(call, " "))
	}
	return result
}

func TestUndoRules(t *testing.T) {
	assert.Equal(t, forwardPolicy(iptablesRules), "DROP")
	assert.DeepEqual(t, joined(undoTaggedRules(iptablesRules, "hostwright-lab")), []string{
		"-D FORWARD -o other -m comment --comment hostwright-lab -j ACCEPT",
	})
	a := addresses{netip.MustParsePrefix("10.64.0.0/14")}
	assert.DeepEqual(t, joined(undoEngineRules(iptablesRules, "hwlab0", a)), []string{
		"-D FORWARD -j DOCKER-USER",
		"-D FORWARD -i hwlab0 ! -o hwlab0 -j ACCEPT",
		"-D FORWARD -i br-0123456789ab -o br-0123456789ab -j ACCEPT",
		"-D POSTROUTING -s 10.66.0.0/24 ! -o elsewhere -j MASQUERADE",
		"-X DOCKER",
		"-X DOCKER-USER",
	})
}

func TestOSRelease(t *testing.T) {
	values := osRelease("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID='12'\n")
	assert.DeepEqual(t, values, map[string]string{"PRETTY_NAME": "Debian GNU/Linux 12 (bookworm)", "ID": "debian", "VERSION_ID": "12"})
}

func TestSources(t *testing.T) {
	sources := parseIndexTargets(strings.Join([]string{
		"Debian|bookworm-security|http://archive.example/debian-security/|bookworm-security|main|$(SIGNED_BY)|Packages",
		"Debian|bookworm|http://archive.example/debian/|bookworm|main|/usr/share/keyrings/archive.gpg|Packages",
		"Debian|bookworm|http://archive.example/debian/|bookworm|contrib|/usr/share/keyrings/archive.gpg|Packages",
		"Debian|bookworm|http://archive.example/debian/|bookworm|main|/usr/share/keyrings/archive.gpg|DEP-11",
		"Debian|trixie|http://archive.example/debian/|trixie|main|$(SIGNED_BY)|Packages",
		"Somebody|bookworm|https://packages.example/|bookworm|main|$(SIGNED_BY)|Packages",
		"$(ORIGIN)|$(CODENAME)|http://archive.example/debian/|bookworm|main|$(SIGNED_BY)|Packages",
		"",
	}, "\n"))
	assert.Equal(t, sourcesList(sources), `deb http://archive.example/debian-security/ bookworm-security main
deb [signed-by=/usr/share/keyrings/archive.gpg] http://archive.example/debian/ bookworm contrib main
`)
	mirror, err := debianMirror(sources)
	assert.NilError(t, err)
	assert.Equal(t, mirror, "http://archive.example/debian/")

	list := filepath.Join(t.TempDir(), "debian.list")
	assert.NilError(t, os.WriteFile(list, []byte("http://first.example/debian\nhttp://second.example/debian\n"), 0o600))
	mirror, err = debianMirror([]source{{uri: "mirror+file:" + list + "/", suite: "bookworm"}})
	assert.NilError(t, err)
	assert.Equal(t, mirror, "http://first.example/debian")
}

func TestAptSettings(t *testing.T) {
	assert.Equal(t, aptSettings(`APT "";
Acquire "";
Acquire::IndexTargets::deb::Packages::Optional "0";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::HTTPS::CAInfo "/etc/ssl/own.crt";
Acquire::Check-Valid-Until "false";
Acquire::http::Dl-Limit "";
DPkg::Post-Invoke:: "rm -rf /";
`), `Acquire::http::Proxy "http://proxy.example:3128";
Acquire::HTTPS::CAInfo "/etc/ssl/own.crt";
Acquire::Check-Valid-Until "false";
`)
}

func TestLayout(t *testing.T) {
	a, err := layoutFor("/srv/a")
	assert.NilError(t, err)
	b, err := layoutFor("/srv/b")
	assert.NilError(t, err)
	std, err := layoutFor("")
	assert.NilError(t, err)
	assert.Equal(t, std.dockerHost(), "unix:///run/hostwright-lab/docker.sock")
	for _, pair := range [][2]layout{{a, b}, {a, std}} {
		assert.Check(t, pair[0].name != pair[1].name && pair[0].link != pair[1].link && pair[0].socket() != pair[1].socket())
	}
	for _, l := range []layout{a, b, std} {
		assert.Check(t, len(l.bridge()) <= 15, "an interface's name has at most 15 bytes")
	}
	_, err = layoutFor("relative")
	assert.ErrorContains(t, err, "absolute")
	_, err = layoutFor("/" + strings.Repeat("x", 100))
	assert.ErrorContains(t, err, "too long")
}

// The lines must mean to a shell what they mean here, whatever is in the path.
func TestEnvLinesInAShell(t *testing.T) {
	l, err := layoutFor("/srv/it's a `lab` $HOME")
	assert.NilError(t, err)
	shell := exec.Command("sh", "-c", `eval "$LINES_TO_READ"; printf '%s\n' "$DOCKER_HOST" "$STANDIN_ROOT" "$PATH" "$HOSTWRIGHT_LAB_PASSWORD"`)
	shell.Env = []string{"PATH=/usr/bin:/bin", "LINES_TO_READ=" + envLines(l, "/srv/check out")}
	printed, err := shell.Output()
	assert.NilError(t, err)
	assert.Equal(t, string(printed), l.dockerHost()+"\n"+l.standinRoot()+"\n/srv/check out/bin/standin:/usr/bin:/bin\nlab-password\n")
}

func TestModuleRoot(t *testing.T) {
	root := t.TempDir()
	assert.NilError(t, os.WriteFile(filepath.Join(root, "go.mod"), nil, 0o600))
	assert.NilError(t, os.MkdirAll(filepath.Join(root, "a", "b"), 0o700))
	found, err := moduleRoot(filepath.Join(root, "a", "b"))
	assert.NilError(t, err)
	assert.Equal(t, found, root)
}

func TestLastLines(t *testing.T) {
	assert.Equal(t, lastLines("one\n\ntwo\r\nthree\n", 2), "\n  two\n  three")
	assert.Equal(t, lastLines("", 2), "")
	assert.Check(t, len(lastLines(strings.Repeat("x", 5000), 1)) < 250)
}

func TestProcesses(t *testing.T) {
	sleep := exec.Command("sleep", "1000")
	assert.NilError(t, sleep.Start())
	pid := sleep.Process.Pid
	assert.Check(t, alive(pid))
	assert.Check(t, slices.Contains(children(os.Getpid()), pid))
	assert.Check(t, hasArgument(pid, "1000"))
	assert.Check(t, !hasArgument(pid, "100"))
	assert.NilError(t, endProcess(t.Context(), pid, 0))
	assert.Check(t, !alive(pid), "a zombie does not live")
	assert.Check(t, sleep.Wait() != nil)
	assert.NilError(t, endProcess(t.Context(), pid, 0), "ending what has ended is no error")
}

func TestHashes(t *testing.T) {
	files := fstest.MapFS{
		"images/one/Dockerfile": {Data: []byte("FROM scratch")},
		"images/two/Dockerfile": {Data: []byte("FROM one")},
	}
	list := []recipe{{"one", "", nil}, {"two", "one", nil}}
	of := func(machine string) map[string]string {
		result, err := hashes(files, list, machine)
		assert.NilError(t, err)
		return result
	}
	before := of("m")
	assert.DeepEqual(t, of("m"), before)
	files["images/two/Dockerfile"].Data = []byte("FROM one # changed")
	changed := of("m")
	assert.Check(t, changed["one"] == before["one"] && changed["two"] != before["two"])
	other := of("another")
	assert.Check(t, other["one"] != changed["one"] && other["two"] != changed["two"], "a new base is a new image")
	_, err := hashes(files, []recipe{{"two", "one", nil}}, "m")
	assert.ErrorContains(t, err, "not before it")
}

func TestRecipesAreWellFormed(t *testing.T) {
	_, err := hashes(images, recipes, "")
	assert.NilError(t, err)
	seen := map[string]bool{}
	for _, r := range recipes {
		for _, name := range r.names {
			assert.Check(t, !seen[name], "two recipes make %s", name)
			seen[name] = true
			assert.Check(t, strings.Contains(name, ":"), "%s has no tag", name)
		}
		if r.base == "" {
			continue
		}
		dir := t.TempDir()
		assert.NilError(t, unpack(images, r.name, dir))
		text, err := os.ReadFile(filepath.Join(dir, "Dockerfile"))
		assert.NilError(t, err)
		assert.Check(t, strings.Contains(string(text), "FROM ${BASE}"), "%s does not build on its base", r.name)
	}
	entries, err := images.ReadDir("images")
	assert.NilError(t, err)
	assert.Equal(t, len(entries), len(recipes), "a folder without a recipe")
	for _, name := range []string{"busybox:latest", "alpine:latest", "nginx:latest", "nginx:alpine", "redis:7", "postgres:15", "python:3.11", "python:3.11-slim"} {
		assert.Check(t, seen[name], "nothing makes %s", name)
	}
}

func TestUnpackMakesScriptsExecutable(t *testing.T) {
	dir := t.TempDir()
	assert.NilError(t, unpack(images, "nginx", dir))
	for name, want := range map[string]os.FileMode{"docker-entrypoint.sh": 0o755, "conf/nginx.conf": 0o644} {
		stat, err := os.Stat(filepath.Join(dir, name))
		assert.NilError(t, err)
		assert.Equal(t, stat.Mode().Perm(), want, name)
	}
}

func TestCopyTree(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	assert.NilError(t, os.MkdirAll(filepath.Join(from, "d"), 0o700))
	assert.NilError(t, os.WriteFile(filepath.Join(from, "d", "secret"), []byte("s"), 0o600))
	assert.NilError(t, os.Symlink("secret", filepath.Join(from, "d", "link")))
	assert.NilError(t, copyTree(from, to))
	assert.NilError(t, copyTree(filepath.Join(from, "missing"), to))
	assert.NilError(t, copyTree(filepath.Join(from, "d", "secret"), filepath.Join(to, "single")))
	for name, mode := range map[string]os.FileMode{"d/secret": 0o600, "d/link": 0o600, "single": 0o600} {
		stat, err := os.Lstat(filepath.Join(to, name))
		assert.NilError(t, err)
		assert.Equal(t, stat.Mode(), mode, name)
	}
}
