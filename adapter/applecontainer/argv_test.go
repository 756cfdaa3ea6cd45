package applecontainer

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/hostwright/compose/adapter"
)

// fullRequest sets everything that a container can have.
func fullRequest() adapter.CreateRequest {
	return adapter.CreateRequest{
		ID: "shop-web-1", Image: "docker.io/library/web:latest", Platform: "linux/arm64",
		Entrypoint: []string{"/bin/tini", "--", "app"}, Command: []string{"serve", "---", "--port=80", ""},
		Env: []adapter.EnvVar{
			{Key: "B", Value: "two words"}, {Key: "A", Value: "x=y"}, {Key: "EMPTY"},
			{Key: "PASSWORD", Value: " s3cret value ", Sensitive: true},
			{Key: "KEY", Value: "-----BEGIN\nabc\n-----END", Sensitive: true},
			{Key: "A", Value: "last wins"},
		},
		WorkingDir: "/srv", User: "-1", TTY: true, OpenStdin: true, Init: true, ReadOnly: true,
		CPUs: 2, Memory: 512 << 20, ShmSize: 1_000_000,
		Ulimits: []adapter.Ulimit{{Name: "nofile", Soft: 1024, Hard: -1}},
		CapAdd:  []string{"NET_ADMIN"}, CapDrop: []string{"ALL"},
		Mounts: []adapter.Mount{
			{Kind: adapter.MountBind, Source: "/src/hosts", Target: "/etc/hosts", ReadOnly: true},
			{Kind: adapter.MountBind, Source: "/with:colon", Target: "/data", ReadOnly: true},
			{Kind: adapter.MountVolume, Source: "shop_db", Target: "/var/lib/db"},
			{Kind: adapter.MountTmpfs, Target: "/tmp", Size: 1_500_000, Mode: 0o1777},
		},
		Networks: []adapter.NetworkAttachment{{Network: "shop_front"}, {Network: "shop_back", MAC: "02:42:ac:11:00:02", MTU: 1400}},
		Ports: []adapter.Port{
			{HostPort: 8080, ContainerPort: 80, Protocol: "tcp"},
			{HostIP: "127.0.0.1", HostPort: 9000, ContainerPort: 90, Protocol: "udp", Count: 3},
		},
		DNS: []string{"1.1.1.1"}, DNSSearch: []string{"shop.test"}, DNSOptions: []string{"ndots:2"},
		Labels:  map[string]string{"z": "", "com.docker.compose.project": "shop"},
		Rosetta: true, SSH: true,
	}
}

func TestCreateArgumentsOfEverything(t *testing.T) {
	r := fullRequest()
	env, err := newEnvironment(adapter.OpCreateContainer, r.ID, r.Env)
	assert.NilError(t, err)
	args, err := createArgs(r, env.options)
	assert.NilError(t, err)
	var text strings.Builder
	for _, a := range args {
		fmt.Fprintf(&text, "%q\n", a)
	}
	fmt.Fprintf(&text, "env-file:\n%s", env.file)
	fmt.Fprintf(&text, "environment: %q\n", env.child)
	golden.Assert(t, text.String(), "create-everything.golden")
}

func TestCreateArgumentsOfAlmostNothing(t *testing.T) {
	args, err := createArgs(adapter.CreateRequest{ID: "web", Image: "redis"}, nil)
	assert.NilError(t, err)
	assert.DeepEqual(t, args, []string{"create", "--name", "web", "--", "redis:latest"})
}

func TestCreateArgumentsAreTheSameEveryTime(t *testing.T) {
	r := fullRequest()
	for i := range 50 {
		r.Labels[fmt.Sprintf("l%d", i)] = "v"
	}
	first, err := createArgs(r, nil)
	assert.NilError(t, err)
	for range 20 {
		again, err := createArgs(r, nil)
		assert.NilError(t, err)
		assert.DeepEqual(t, again, first)
	}
}

func TestCreateRefusesWhatTheRuntimeCannotKeep(t *testing.T) {
	base := adapter.CreateRequest{ID: "web", Image: "redis"}
	tests := []struct {
		name   string
		change func(*adapter.CreateRequest)
		kind   adapter.Kind
		words  string
	}{
		{"no name", func(r *adapter.CreateRequest) { r.ID = "" }, adapter.Refused, "not a valid container name"},
		{"a label value with =", func(r *adapter.CreateRequest) { r.Labels = map[string]string{"k": "a=b"} }, adapter.Refused, `label "k"`},
		{"a label key with =", func(r *adapter.CreateRequest) { r.Labels = map[string]string{"k=": "a"} }, adapter.Refused, "label"},
		{"an empty entrypoint", func(r *adapter.CreateRequest) { r.Entrypoint = []string{} }, adapter.Unsupported, "empty entrypoint"},
		{"an entrypoint of an empty word", func(r *adapter.CreateRequest) { r.Entrypoint = []string{""} }, adapter.Refused, "first word"},
		{"an empty command", func(r *adapter.CreateRequest) { r.Command = []string{} }, adapter.Unsupported, "empty command"},
		{"networks and none", func(r *adapter.CreateRequest) {
			r.NoNetwork, r.Networks = true, []adapter.NetworkAttachment{{Network: "a"}}
		}, adapter.Refused, "no network"},
		{"a port without host port", func(r *adapter.CreateRequest) {
			r.Ports = []adapter.Port{{ContainerPort: 80, Protocol: "tcp"}}
		}, adapter.Refused, "cannot be published"},
		{"a range beyond the last port", func(r *adapter.CreateRequest) {
			r.Ports = []adapter.Port{{HostPort: 65535, ContainerPort: 80, Count: 2, Protocol: "tcp"}}
		}, adapter.Refused, "cannot be published"},
		{"another protocol", func(r *adapter.CreateRequest) {
			r.Ports = []adapter.Port{{HostPort: 80, ContainerPort: 80, Protocol: "sctp"}}
		}, adapter.Refused, "sctp"},
		{"a relative target", func(r *adapter.CreateRequest) {
			r.Mounts = []adapter.Mount{{Kind: adapter.MountTmpfs, Target: "tmp"}}
		}, adapter.Refused, "absolute"},
		{"a relative source", func(r *adapter.CreateRequest) {
			r.Mounts = []adapter.Mount{{Kind: adapter.MountBind, Source: "./a", Target: "/a"}}
		}, adapter.Refused, "absolute"},
		{"a volume that would be a path", func(r *adapter.CreateRequest) {
			r.Mounts = []adapter.Mount{{Kind: adapter.MountVolume, Source: "a/b", Target: "/a"}}
		}, adapter.Refused, "name of a volume"},
		{"a volume without a name", func(r *adapter.CreateRequest) {
			r.Mounts = []adapter.Mount{{Kind: adapter.MountVolume, Target: "/a"}}
		}, adapter.Refused, "name of a volume"},
		{"a path that neither form holds", func(r *adapter.CreateRequest) {
			r.Mounts = []adapter.Mount{{Kind: adapter.MountBind, Source: "/a:b,c", Target: "/a"}}
		}, adapter.Refused, "cannot be expressed"},
		{"a tmpfs path with a comma", func(r *adapter.CreateRequest) {
			r.Mounts = []adapter.Mount{{Kind: adapter.MountTmpfs, Target: "/a,b"}}
		}, adapter.Refused, "cannot be expressed"},
		{"a tmpfs path with a colon, with options", func(r *adapter.CreateRequest) {
			r.Mounts = []adapter.Mount{{Kind: adapter.MountTmpfs, Target: "/a:b", Options: []string{"uid=1"}}}
		}, adapter.Refused, "cannot have options"},
		{"an unknown kind of mount", func(r *adapter.CreateRequest) {
			r.Mounts = []adapter.Mount{{Kind: "image", Source: "x", Target: "/a"}}
		}, adapter.Refused, "kind"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := base
			test.change(&r)
			_, err := createArgs(r, nil)
			assert.Equal(t, adapter.KindOf(err), test.kind)
			assert.ErrorContains(t, err, test.words)
		})
	}
}

func TestProcessWordsFollowTheEntrypoint(t *testing.T) {
	args, err := createArgs(adapter.CreateRequest{
		ID: "web", Image: "redis", Entrypoint: []string{"sh", "-c", "echo"}, Command: []string{"--help"},
	}, nil)
	assert.NilError(t, err)
	assert.DeepEqual(t, args, []string{"create", "--name", "web", "--entrypoint", "sh", "--", "redis:latest", "-c", "echo", "--help"})
}

func TestArgumentsOfTheOtherCalls(t *testing.T) {
	reference, err := adapter.ParseReference("localhost:5000/a")
	assert.NilError(t, err)
	pull := pullArgs(adapter.PullRequest{Reference: "localhost:5000/a", Platform: "linux/arm64/v8"}, reference)
	build, buildEnv, err := buildArgs(adapter.BuildRequest{
		Context: "/src", Dockerfile: "/src/Dockerfile.dev", Tags: []string{"docker.io/library/web:latest", "ghcr.io/a/b:1"},
		Args: []adapter.EnvVar{{Key: "V", Value: "1=2"}}, Target: "dev", Labels: map[string]string{"b": "2", "a": "1=1"},
		Platforms: []string{"linux/arm64"}, NoCache: true, Pull: true, SSH: true,
		Secrets: []adapter.BuildSecret{{ID: "npm", File: "/home/npmrc"}, {ID: "token", Value: "t0ken"}},
	})
	assert.NilError(t, err)
	inline, _, err := buildArgs(adapter.BuildRequest{Context: "/src", Inline: "FROM redis", Tags: []string{"web"}})
	assert.NilError(t, err)
	calls := []struct {
		name string
		args []string
	}{
		{"start", startArgs(adapter.StartRequest{ID: "web"})},
		{"start interactive", startArgs(adapter.StartRequest{ID: "web", Stdin: strings.NewReader("")})},
		{"stop", stopArgs("web", "", 1500*time.Millisecond)},
		{"stop at once with a signal", stopArgs("web", "SIGINT", 0)},
		{"stop without end", stopArgs("web", "", 1<<62)},
		{"kill", killArgs("web", "")},
		{"kill with a signal", killArgs("web", "HUP")},
		{"delete", deleteContainerArgs("web", false)},
		{"delete by force", deleteContainerArgs("web", true)},
		{"inspect", inspectArgs("web")},
		{"exec", execArgs(adapter.ExecRequest{ID: "web", Command: []string{"ls", "--", "-l"}}, nil)},
		{"exec with everything", execArgs(adapter.ExecRequest{
			ID: "web", Command: []string{"ls"}, User: "www", WorkingDir: "/tmp", TTY: true, Interactive: true,
		}, []string{"--env", "A=b"})},
		{"exec detached", execArgs(adapter.ExecRequest{ID: "web", Command: []string{"ls"}, Detach: true, Interactive: true, TTY: true}, nil)},
		{"pull from this machine", pull},
		{"save", saveArgs("docker.io/library/redis:7", "linux/arm64", "/tmp/x/image.tar")},
		{"tag", tagArgs("docker.io/library/web:latest", "docker.io/library/web:old")},
		{"delete image", deleteImageArgs("docker.io/grafana/loki:2")},
		{"build", build},
		{"build inline", inline},
		{"network create", createNetworkArgs(adapter.NetworkRequest{
			Name: "shop_back", Internal: true, Subnet: "10.1.0.0/24", SubnetV6: "fd00::/64", Labels: map[string]string{"b": "x=y", "a": ""},
		})},
		{"network delete", deleteNetworkArgs("shop_back")},
		{"volume create", createVolumeArgs(adapter.VolumeRequest{Name: "shop_db", Size: 10 << 30, Labels: map[string]string{"a": "b"}})},
		{"volume delete", deleteVolumeArgs("shop_db")},
		{"list", listContainersArgs},
		{"image list", listImagesArgs},
		{"network list", listNetworksArgs},
		{"volume list", listVolumesArgs},
		{"version", versionArgs},
		{"status", statusArgs},
	}
	var text strings.Builder
	for _, c := range calls {
		fmt.Fprintf(&text, "%s:\n    %q\n", c.name, c.args)
	}
	golden.Assert(t, text.String(), "calls.golden")
	assert.DeepEqual(t, buildEnv, []string{"HOSTWRIGHT_BUILD_SECRET_1=t0ken"})
}

func TestPullNamesAPlatformAndSpeaksHTTPToThisMachineOnly(t *testing.T) {
	tests := []struct {
		registry string
		local    bool
	}{
		{"docker.io", false}, {"localhost", true}, {"localhost:5000", true}, {"127.0.0.1:5000", true}, {"127.8.9.1", true},
		{"[::1]:5000", true}, {"[::1]", true}, {"10.0.0.1:5000", false}, {"localhost.example.com", false}, {"[fe80::1]:5000", false},
	}
	for _, test := range tests {
		t.Run(test.registry, func(t *testing.T) {
			args := strings.Join(pullArgs(adapter.PullRequest{}, adapter.Reference{Domain: test.registry, Path: "a", Tag: "b"}), " ")
			assert.Equal(t, strings.Contains(args, "--scheme http "), test.local)
			assert.Assert(t, strings.Contains(args, "--platform "+hostPlatform()+" "))
		})
	}
}

func TestBuildRefusesWhatItCannotExpress(t *testing.T) {
	tests := []struct {
		name string
		r    adapter.BuildRequest
		kind adapter.Kind
	}{
		{"a relative context", adapter.BuildRequest{Context: "."}, adapter.Refused},
		{"an argument without a name", adapter.BuildRequest{Context: "/", Args: []adapter.EnvVar{{Value: "x"}}}, adapter.Refused},
		{"a sensitive argument", adapter.BuildRequest{Context: "/", Args: []adapter.EnvVar{{Key: "A", Sensitive: true}}}, adapter.Unsupported},
		{"a secret with a comma", adapter.BuildRequest{Context: "/", Secrets: []adapter.BuildSecret{{ID: "a,b"}}}, adapter.Refused},
		{"a secret without a name", adapter.BuildRequest{Context: "/", Secrets: []adapter.BuildSecret{{File: "/a"}}}, adapter.Refused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := buildArgs(test.r)
			assert.Equal(t, adapter.KindOf(err), test.kind)
		})
	}
}

func TestTmpfsOptionsAreOneArgument(t *testing.T) {
	name, value, err := mountOption("web", adapter.Mount{Kind: adapter.MountTmpfs, Target: "/run/app", Size: 1 << 20, Mode: 0o750, ReadOnly: true, Options: []string{"uid=1000", "gid=5"}})
	assert.NilError(t, err)
	assert.Equal(t, name+" "+value, "tmpfs /run/app:uid=1000,gid=5,size=1048576,mode=750,ro")
}
