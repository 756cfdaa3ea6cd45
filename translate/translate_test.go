package translate

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/compose"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// one translates a service called web that has an image and these attributes.
func one(t *testing.T, attributes string) (declared.Service, finding.List) {
	t.Helper()
	p, err := loadText(t, "services:\n  web: {image: x, "+attributes+"}\n")
	assert.NilError(t, err)
	r := Translate(p, mac)
	s, ok := r.Project.Service("web")
	assert.Assert(t, ok)
	return *s, r.Findings
}

func TestFindings(t *testing.T) {
	long := strings.Repeat("n", 64)
	for _, c := range []struct {
		name, attributes string
		want             []string // severity, path and the beginning of the message
	}{
		{"nothing to say", "init: true", nil},
		{"a container_name that is too long", "container_name: " + long, []string{"error services.web.container_name \"" + long + "\" is no container name"}},
		{"a negative memory limit", "mem_limit: -5", []string{"error services.web.mem_limit a limit of -5 bytes makes no sense"}},
		{"an unknown restart policy", "restart: sometimes", []string{`error services.web.restart restart policy "sometimes" is not known`}},
		{"a count for always", "restart: \"always:3\"", []string{`error services.web.restart restart policy "always:3" makes no sense`}},
		{"a soft limit over the hard one", "ulimits: {nofile: {soft: 3, hard: 2}}", []string{"error services.web.ulimits.nofile a soft limit of 3"}},
		{"a probe without command", "healthcheck: {test: [CMD]}", []string{"error services.web.healthcheck.test the health check has no command"}},
		{"a probe too often", "healthcheck: {test: a, interval: 1us}", []string{"error services.web.healthcheck.interval 1µs is too short"}},
		{"two things at one place", "volumes: [\"/a:/x:ro\"], configs: [{source: c, target: /x}]}\nconfigs: {c: {content: a}", []string{"error services.web.volumes two things are mounted at /x"}},
		{"a relative mount point", "tmpfs: relative", []string{"error services.web.tmpfs[0] the mount's path in the container, \"relative\", is not absolute"}},
		{"a volume that the loader takes for a Windows path", "volumes: [\"v:/a\"]", []string{"error services.web.volumes[0] the mount's path in the container, \"v:/a\", is not absolute"}},
		{"a host name for an extra host", "extra_hosts: [\"a=b\"]", []string{`error services.web.extra_hosts.a "b" is no IP address`}},
		{"a build from a URL", "build: https://user:tok@example.com/x.git", []string{"error services.web.build.context the build context https://example.com/x.git is not"}},
		{"a key for the builder", "build: {context: /a, ssh: {x: /key}}", []string{"error services.web.build.ssh the builder forwards the agent only"}},
		{"a variable for a secret that is not set", "secrets: [s]}\nsecrets: {s: {environment: NO_SUCH}", []string{`error secrets.s.environment environment variable "NO_SUCH" required by file "translate_s" is not set`}},
		{"an external secret", "secrets: [s]}\nsecrets: {s: {external: true}", []string{"error secrets.s.external external secrets are Swarm's"}},
		{"a volume on a file server", "volumes: [\"vol:/a\"]}\nvolumes: {vol: {driver_opts: {type: nfs, o: addr=h, device: \":/x\"}}", []string{"error volumes.vol.driver_opts.type volumes of type nfs cannot be mounted"}},
		{"a volume of no size", "volumes: [\"vol:/a\"]}\nvolumes: {vol: {driver_opts: {size: big}}", []string{`error volumes.vol.driver_opts.size the volume's size "big" makes no sense`}},
		{"a network that is too small", "networks: [n]}\nnetworks: {n: {driver_opts: {com.docker.network.driver.mtu: 68}}", []string{`error networks.n.driver_opts.com.docker.network.driver.mtu an MTU of "68"`}},
		{"a subnet that is none", "networks: [n]}\nnetworks: {n: {ipam: {config: [{subnet: here}]}}", []string{`error networks.n.ipam.config[0].subnet "here" is no subnet`}},
		{"a name that the runtime cannot take", "networks: [n]}\nnetworks: {n: {name: \"a b\"}", []string{`error networks.n.name the runtime does not take the name "a b"`}},
		{"two networks of one name", "networks: [n, m]}\nnetworks: {n: {name: same}, m: {name: Same}", []string{"error networks.n networks.m and networks.n would both be called same", "note networks.m it is called same instead of Same"}},
		{"two services of one name but for capitals", "init: true}\n  Web: {image: x", []string{"error services.web containers of Web and web would both be called translate-web-1", "note services.Web its containers are called translate-web-1"}},
		{"a provider", "provider: {type: aws}", nil},
		{"an extension that is not known", "x-hostwright: {rehears: {}}", []string{"error services.web.x-hostwright.rehears x-hostwright does not know rehears"}},
		{"an extension with nonsense", "x-hostwright: {rehearse: {exit_code: 256, run_for: soon, other: 1}}", []string{
			"error services.web.x-hostwright.rehearse.exit_code exit_code: 256 makes no sense here", "error services.web.x-hostwright.rehearse.other other: 1",
			"error services.web.x-hostwright.rehearse.run_for run_for: soon"}},
		{"Windows", "platform: windows/amd64", []string{"error services.web.platform windows/amd64 cannot run"}},
		{"a hook before the start", "pre_start: [{command: x}]", []string{"error services.web.pre_start containers that run before the first start are not made yet"}},
		{"hooks", "post_start: [{command: x, user: a, working_dir: /b, environment: {C: d}, privileged: false}], pre_stop: [{command: [x, y]}]", nil},
		{"a hook without a command", "post_start: [{command: a}, {command: []}]", []string{"error services.web.post_start[1] the hook has no command"}},
		{"a privileged hook", "pre_stop: [{command: x, privileged: true}]", []string{"error services.web.pre_stop[0].privileged a process in a running container"}},
		{"a hook without a variable", "pre_stop: [{command: x, environment: {A: }}]", []string{"warning services.web.pre_stop[0].environment.A the hook sees A as the container has it"}},
		{"a hook in a relative directory", "post_start: [{command: x, working_dir: a/b}]", []string{`error services.web.post_start[0].working_dir the hook's working directory "a/b" is not absolute`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.HasPrefix(c.name, "a provider") {
				p, err := loadText(t, "services: {web: {"+c.attributes+"}}")
				assert.NilError(t, err)
				r := Translate(p, mac)
				assert.Equal(t, len(r.Project.Services), 0)
				assert.Equal(t, r.Findings[0].Path, "services.web.provider")
				return
			}
			_, got := one(t, c.attributes)
			assert.Equal(t, len(got), len(c.want), "%v", got)
			for i, f := range got {
				text := fmt.Sprintf("%s %s %s", f.Severity, f.Path, f.Message)
				assert.Check(t, strings.HasPrefix(text, c.want[i]), "%q does not begin with %q", text, c.want[i])
				assert.Check(t, f.Position.Line > 0, "%v has no place", f)
			}
		})
	}
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		name, attributes string
		got              func(declared.Service) any
		want             any
	}{
		{"a third of a CPU is a whole one", "cpus: 0.3", func(s declared.Service) any { return s.CPUs }, 1},
		{"float rounding costs no CPU", "cpus: \"2.0\"", func(s declared.Service) any { return s.CPUs }, 2},
		{"quota of the default period", "cpu_quota: 50000", func(s declared.Service) any { return s.CPUs }, 1},
		{"the least memory", "mem_limit: 6m", func(s declared.Service) any { return s.Memory }, 200 * declared.MiB},
		{"capabilities in one spelling", "cap_add: [cap_chown, CHOWN, all]", func(s declared.Service) any { return strings.Join(s.CapAdd, " ") }, "ALL CHOWN"},
		{"privileged", "privileged: true, cap_drop: [CHOWN]", func(s declared.Service) any { return fmt.Sprint(s.CapAdd, s.CapDrop) }, "[ALL] []"},
		{"restart counts", "restart: \"on-failure:3\"", func(s declared.Service) any { return s.Restart }, declared.Restart{Policy: "on-failure", MaxRetries: 3}},
		{"deploy wins over restart", "restart: always, deploy: {restart_policy: {condition: none}}", func(s declared.Service) any { return s.Restart.Policy }, "no"},
		{"deploy restarts always", "deploy: {restart_policy: {delay: 3s}}", func(s declared.Service) any { return s.Restart }, declared.Restart{Policy: "always", Delay: 3 * time.Second}},
		{"no grace", "stop_grace_period: 0s", func(s declared.Service) any { return s.Grace() }, time.Duration(0)},
		{"default grace", "init: true", func(s declared.Service) any { return s.Grace() }, 10 * time.Second},
		{"refresh without a period", "pull_policy: refresh", func(s declared.Service) any { return s.PullPolicy }, "always"},
		{"another spelling of a platform", "platform: linux/aarch64", func(s declared.Service) any { return s.Platform }, "linux/arm64"},
		{"an architecture alone", "platform: x86_64", func(s declared.Service) any { return s.Platform }, "linux/amd64"},
		{"a range", "ports: [\"8000-8010:80\"]", func(s declared.Service) any { return s.Ports[0] }, declared.Port{Target: 80, Protocol: "tcp", First: 8000, Last: 8010}},
		{"twice the same port", "ports: [\"127.0.0.1:80:80\", \"[::1]:80:80\"]", func(s declared.Service) any { return len(s.Ports) }, 1},
		{"a scale of none", "scale: 0", func(s declared.Service) any { return s.Scale }, 0},
		{"a mode of a secret", "secrets: [{source: s, mode: \"0440\"}]}\nsecrets: {s: {environment: PWD}", func(s declared.Service) any { return s.Mounts[0].Mode }, uint32(0o440)},
		{"the default mode", "secrets: [s]}\nsecrets: {s: {environment: PWD}", func(s declared.Service) any { return s.Mounts[0].Mode }, uint32(0o444)},
		{"rehearsal", "x-hostwright: {rehearse: {ready_after: 2s, run_for: 1m, exit_code: 3}}", func(s declared.Service) any { return *s.Rehearse },
			declared.Rehearsal{ReadyAfter: 2 * time.Second, RunFor: time.Minute, ExitCode: 3}},
		{"none is told from the image's probe", "healthcheck: {test: NONE}", func(s declared.Service) any { return s.Healthcheck.Disable }, false}, // a shell line
		{"a list of NONE", "healthcheck: {test: [NONE]}", func(s declared.Service) any { return s.Healthcheck.Disable }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := one(t, c.attributes)
			assert.DeepEqual(t, c.got(s), c.want)
		})
	}
}

func TestDefaultPlatformFromTheEnvironment(t *testing.T) {
	p, err := loadText(t, "services: {web: {image: x}, own: {image: x, platform: linux/arm64}}", "DOCKER_DEFAULT_PLATFORM=linux/amd64")
	assert.NilError(t, err)
	r := Translate(p, mac)
	web, _ := r.Project.Service("web")
	own, _ := r.Project.Service("own")
	assert.Equal(t, web.Platform, "linux/amd64")
	assert.Equal(t, own.Platform, "linux/arm64")
}

func TestSecretsStayOutOfFindings(t *testing.T) {
	const planted = "planted-5ecret"
	p, err := loadText(t, `services:
  web:
    image: x
    environment: {PASSWORD: `+planted+`, URL: "postgres://u:`+planted+`@db"}
    secrets: [{source: s, uid: "5"}]
    configs: [c]
    labels: {a: "b=`+planted+`"}
    build: "https://u:`+planted+`@example.com/x"
secrets: {s: {environment: S}}
configs: {c: {content: "`+planted+`"}}
`, "S="+planted)
	assert.NilError(t, err)
	r := Translate(p, mac)
	assert.Assert(t, len(r.Findings) >= 3)
	for _, f := range r.Findings {
		assert.Check(t, !strings.Contains(f.String(), planted), "%v", f)
	}
	assert.Check(t, !strings.Contains(declaredText(t, r, "/none"), `"value": "`+planted), "the declared model shows it")
}

func TestEstimate(t *testing.T) {
	p, err := loadText(t, "services: {a: {image: x, scale: 3}, b: {build: /b, mem_limit: 512m, mem_reservation: 100m}, c: {image: x, scale: 0}}")
	assert.NilError(t, err)
	e := Translate(p, mac).Memory
	assert.DeepEqual(t, e, Estimate{
		Rows: []EstimateRow{
			{"a", 3, declared.GiB, 128 * declared.MiB, 21 * declared.MiB, "runtime default"},
			{"b", 1, 512 * declared.MiB, 128 * declared.MiB, 100 * declared.MiB, "mem_limit"},
			{"c", 0, declared.GiB, 128 * declared.MiB, 21 * declared.MiB, "runtime default"},
			{BuilderRow, 1, 2 * declared.GiB, 128 * declared.MiB, 21 * declared.MiB, "builder"},
		},
		Ceiling: 3*1152*declared.MiB + 640*declared.MiB + 2176*declared.MiB,
		Floor:   (3*21 + 100 + 21) * declared.MiB,
		Host:    16 * declared.GiB,
	})
	small := mac
	small.HostMemory = 4 * declared.GiB
	r := Translate(p, small)
	assert.Equal(t, len(r.Findings), 1)
	assert.Equal(t, r.Findings[0].Message, "the project's VMs may take up to 6.125GiB of memory together, of the 4GiB that this machine has (idle they take about 184MiB)")
	small.HostMemory = 0
	assert.Equal(t, len(Translate(p, small).Findings), 0)
}

// TestOtherRuntime wants what depends on the runtime to come from Target alone.
func TestOtherRuntime(t *testing.T) {
	p, err := loadText(t, "services: {web: {image: x, mem_limit: 10m, labels: {a: b=c}, platform: linux/amd64}}")
	assert.NilError(t, err)
	r := Translate(p, Target{HostPlatform: "linux/amd64", LabelValueEquals: true, DefaultMemory: declared.GiB})
	assert.Equal(t, len(r.Findings), 0, "%v", r.Findings)
	assert.Equal(t, r.Project.Services[0].Memory, 10*declared.MiB)
	assert.DeepEqual(t, r.Project.Services[0].Labels, []declared.KeyVal{{Key: "a", Value: "b=c"}})
}

func FuzzHostPorts(f *testing.F) {
	for _, s := range []string{"", "0", "80", "8000-8010", "65536", "9-8", "-", "a", "080", "+8", "1-65535"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first, last, err := hostPorts(s)
		if err != nil {
			return
		}
		if first > last || (first == 0) != (last == 0) {
			t.Fatalf("%q gives %d to %d", s, first, last)
		}
		if a, b, err := hostPorts(fmt.Sprintf("%d-%d", first, last)); first > 0 && (err != nil || a != first || b != last) {
			t.Fatalf("%q is %d-%d, which reads as %d-%d, %v", s, first, last, a, b, err)
		}
	})
}

func FuzzTmpfsOptions(f *testing.F) {
	f.Add("size=64m,mode=1777,ro,uid=3")
	f.Fuzz(func(t *testing.T, s string) {
		m, rest := tmpfsOptions(strings.Split(s, ","))
		if m.Size < 0 || m.Mode > 0o7777 || m.Kind != declared.MountTmpfs {
			t.Fatalf("%q gives %+v", s, m)
		}
		for _, r := range rest {
			if !strings.Contains(s, r) {
				t.Fatalf("%q comes out of %q", r, s)
			}
		}
	})
}

// FuzzTranslate wants every file that loads to translate without a panic and the same way twice.
func FuzzTranslate(f *testing.F) {
	for _, s := range samples {
		f.Add("services: {web: {image: x, " + s.a + "}}\n" + s.rest)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "include") || strings.Contains(text, "file") || len(text) > 4096 {
			return // no files of this machine
		}
		p, err := loadText(t, text)
		if err != nil {
			if e := new(compose.Error); !errors.As(err, &e) {
				t.Fatalf("%q: an error without a place: %v", text, err)
			}
			return
		}
		a, b := Translate(p, mac), Translate(p, mac)
		key := []byte("k")
		for i := range a.Project.Services {
			if declared.Flatten(a.Project.Services[i], key).Hash() != declared.Flatten(b.Project.Services[i], key).Hash() {
				t.Fatalf("two translations of %q", text)
			}
		}
	})
}
