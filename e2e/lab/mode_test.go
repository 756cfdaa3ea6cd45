//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// stepVariable makes the test's executable take one step on a lab, in the
// network namespace that it was started in, instead of running tests.
const stepVariable = "HOSTWRIGHT_LAB_TEST_STEP"

func TestMain(m *testing.M) {
	step := os.Getenv(stepVariable)
	if step == "" {
		os.Exit(m.Run())
	}
	l, err := layoutFor(os.Getenv("HOSTWRIGHT_LAB_DIR"))
	if err == nil {
		ctx, p := context.Background(), newProgress(os.Stderr)
		err = withLock(l, os.Stderr, func() error {
			if step == "down" {
				return down(ctx, l, false, p)
			}
			return up(ctx, l, nil, p)
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// emptyLab is a second lab: an engine and registries without images. It gets
// busybox from the first. step runs "up" or "down" in the namespace that inside leads to.
func emptyLab(t *testing.T, first layout, inside ...string) (l layout, step func(string)) {
	t.Helper()
	// Not t.TempDir: its path is too long for the engine's sockets.
	dir, err := os.MkdirTemp("", "lab")
	assert.NilError(t, err)
	l, err = layoutFor(dir)
	assert.NilError(t, err)
	filled := false
	step = func(name string) {
		t.Helper()
		argv := append(inside, "/proc/self/exe")
		cmd := exec.Command(argv[0], argv[1:]...)
		if len(inside) > 0 {
			self, err := os.Executable()
			assert.NilError(t, err)
			cmd.Args[len(cmd.Args)-1] = self
		}
		cmd.Env = append(os.Environ(), stepVariable+"="+name, "HOSTWRIGHT_LAB_DIR="+dir, "HOSTWRIGHT_LAB_NETNS=")
		printed, err := cmd.CombinedOutput()
		assert.NilError(t, err, "%s: %s", name, printed)
		if name == "up" && !filled {
			filled = true
			l.takeBusybox(t, first)
		}
	}
	t.Cleanup(func() {
		step("down")
		assert.NilError(t, os.RemoveAll(dir))
	})
	return l, step
}

// takeBusybox copies busybox from the first lab's engine into l's registry.
func (l layout) takeBusybox(t *testing.T, first layout) {
	t.Helper()
	must(t, first, "pull", "busybox")
	archive := filepath.Join(l.data, "busybox.tar")
	must(t, first, "save", "--output", archive, "busybox")
	must(t, l, "load", "--input", archive)
	must(t, l, "tag", "busybox", mirrorAddress+"/library/busybox:latest")
	must(t, l, "push", mirrorAddress+"/library/busybox:latest")
	must(t, l, "image", "rm", "busybox", mirrorAddress+"/library/busybox:latest")
}

// serve publishes a page at 127.0.0.1:28099 of the engine's namespace.
func serve(t *testing.T, l layout) {
	t.Helper()
	must(t, l, "run", "--detach", "--name", "page", "--publish", "127.0.0.1:28099:80", "busybox", "sh", "-c", "echo hello >/tmp/index.html; exec httpd -f -h /tmp")
}

func page(inside ...string) string {
	argv := append(inside, "busybox", "wget", "-q", "-O-", "http://127.0.0.1:28099/")
	printed, _ := exec.Command(argv[0], argv[1:]...).Output()
	return string(printed)
}

func firewall(t *testing.T, inside ...string) string {
	t.Helper()
	var b bytes.Buffer
	for _, table := range []string{"filter", "nat"} {
		argv := append(inside, "iptables", "-w", "-t", table, "-S")
		printed, err := exec.Command(argv[0], argv[1:]...).Output()
		assert.NilError(t, err)
		b.Write(printed)
	}
	return b.String()
}

// killEngine is what a crash of everything at once looks like.
func killEngine(t *testing.T, l layout) {
	t.Helper()
	for _, d := range l.daemons() {
		pid := l.pid(d)
		assert.Assert(t, pid != 0, d.name)
		assert.NilError(t, syscall.Kill(pid, syscall.SIGKILL))
		eventually(t, d.name+" is gone", func() bool { return !alive(pid) })
	}
}

func assertNothingLeft(t *testing.T, l layout) {
	t.Helper()
	assert.Check(t, !isFile(l.data) && !isFile(l.socket()) && !isFile(l.netnsPath()))
	links, err := filepath.Glob("/sys/class/net/" + l.link + "*")
	assert.NilError(t, err)
	assert.Check(t, cmp.Len(links, 0))
	mounts, err := os.ReadFile("/proc/self/mounts")
	assert.NilError(t, err)
	assert.Check(t, !strings.Contains(string(mounts), filepath.Dir(l.run)+"/"))
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	assert.NilError(t, err)
	for _, path := range processes {
		cmdline, _ := os.ReadFile(path)
		assert.Check(t, !bytes.Contains(cmdline, []byte(l.run)), "%s: %q", path, cmdline)
	}
}

// The first lab's engine is the other engine that this lab has to stay clear of.
func TestLiveBesideAnotherEngine(t *testing.T) {
	first := liveLab(t)
	if first.inNetns() {
		t.Skip("the first lab is in a namespace of its own: no other engine here")
	}
	l, step := emptyLab(t, first)
	step("up")
	assert.Check(t, cmp.Contains(firewall(t), l.name))
	text, err := os.ReadFile(l.netnsFile())
	assert.NilError(t, err)
	assert.Equal(t, strings.TrimSpace(string(text)), l.netnsPath())
	inside := []string{"nsenter", "--net=" + l.netnsPath(), "--"}

	serve(t, l)
	eventually(t, "the page, from inside", func() bool { return page(inside...) == "hello\n" })
	assert.Equal(t, page(), "", "the page, from outside")
	must(t, l, "run", "--rm", "busybox", "wget", "-q", "-O", "/dev/null", archiveURL(t, l))

	killEngine(t, l)
	step("up")
	must(t, l, "start", "page")
	eventually(t, "the page, after a crash", func() bool { return page(inside...) == "hello\n" })
	killEngine(t, l)
	step("down")
	assertNothingLeft(t, l)
	// The first lab changes the rest of the rules meanwhile, as networks come and go.
	assert.Check(t, !strings.Contains(firewall(t), l.name))
}

// archiveURL is a page outside of this machine that every lab can reach: it
// was built from there.
func archiveURL(t *testing.T, l layout) string {
	t.Helper()
	sources, err := l.debianSources(t.Context())
	assert.NilError(t, err)
	mirror, err := debianMirror(sources)
	assert.NilError(t, err)
	return strings.TrimSuffix(mirror, "/") + "/dists/" + debianSuite + "/Release"
}

// In a namespace without another engine the lab is as on a machine without one.
func TestLiveAloneLeavesTheFirewallAsItWas(t *testing.T) {
	first := liveLab(t)
	name := "labtest-" + strings.ToLower(rand.Text()[:8])
	_, err := output(t.Context(), "ip", "netns", "add", name)
	assert.NilError(t, err)
	t.Cleanup(func() {
		_, err := output(context.Background(), "ip", "netns", "delete", name)
		assert.Check(t, err)
	})
	inside := []string{"nsenter", "--net=/run/netns/" + name, "--"}
	for _, command := range []string{"ip link set lo up", "sysctl -q -w net.ipv4.ip_forward=0", "iptables -N MINE", "iptables -A INPUT -j MINE", "iptables -t nat -A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE"} {
		_, err := output(t.Context(), inside[0], append(inside[1:], strings.Fields(command)...)...)
		assert.NilError(t, err)
	}
	before := firewall(t, inside...)
	for _, crash := range []bool{false, true} {
		t.Run(fmt.Sprintf("crash %v", crash), func(t *testing.T) {
			l, step := emptyLab(t, first, inside...)
			step("up")
			assert.Check(t, !l.inNetns())
			serve(t, l)
			eventually(t, "the page", func() bool { return page(inside...) == "hello\n" })
			if crash {
				killEngine(t, l)
			}
			step("down")
			assertNothingLeft(t, l)
			assert.Equal(t, firewall(t, inside...), before)
			forwarding, err := output(t.Context(), inside[0], append(inside[1:], "cat", forwardingSwitch)...)
			assert.NilError(t, err)
			assert.Equal(t, forwarding, "0\n")
			links, err := output(t.Context(), inside[0], append(inside[1:], "ip", "-brief", "link", "show", "type", "bridge")...)
			assert.NilError(t, err)
			assert.Equal(t, links, "")
		})
	}
}
