package applecontainer

import (
	"math"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
)

// The listings. Each is one call for everything there is.
var (
	listContainersArgs = []string{"list", "--all", "--format", "json"}
	listImagesArgs     = []string{"image", "list", "--format", "json"}
	listNetworksArgs   = []string{"network", "list", "--format", "json"}
	listVolumesArgs    = []string{"volume", "list", "--format", "json"}
	versionArgs        = []string{"system", "version", "--format", "json"}
	statusArgs         = []string{"system", "status", "--format", "json"}
)

func inspectArgs(id string) []string { return []string{"inspect", "--", id} }

func startArgs(r adapter.StartRequest) []string {
	a := argv{"start", "--attach"}
	a.flag("interactive", r.Stdin != nil)
	return append(a, "--", r.ID)
}

// stopArgs always names the grace period, in whole seconds, rounded up: the runtime's own default is 5 s.
func stopArgs(id, signal string, grace time.Duration) []string {
	a := argv{"stop", "--time", strconv.FormatInt(wholeSeconds(grace), 10)}
	a.text("signal", signal)
	return append(a, "--", id)
}

func wholeSeconds(d time.Duration) int64 {
	return min(int64(math.Ceil(max(d, 0).Seconds())), math.MaxInt32)
}

func killArgs(id, signal string) []string {
	if signal == "" {
		signal = "KILL"
	}
	a := argv{"kill"}
	a.text("signal", signal)
	return append(a, "--", id)
}

func deleteContainerArgs(id string, force bool) []string {
	a := argv{"delete"}
	a.flag("force", force)
	return append(a, "--", id)
}

func execArgs(r adapter.ExecRequest, env []string) []string {
	a := argv{"exec"}
	a.flag("detach", r.Detach)
	a.flag("interactive", r.Interactive && !r.Detach)
	a.flag("tty", r.TTY && !r.Detach)
	a = append(a, env...)
	a.text("user", r.User)
	a.text("workdir", r.WorkingDir)
	a = append(a, "--", r.ID)
	return append(a, r.Command...)
}

// pullArgs names the platform, since without one every platform of the image would be fetched, and the full reference,
// since a default registry can be configured. Progress is plain: its lines are the pull's signs of life.
func pullArgs(r adapter.PullRequest, reference adapter.Reference) []string {
	platform := r.Platform
	if platform == "" {
		platform = hostPlatform()
	}
	a := argv{"image", "pull", "--progress", "plain", "--platform", platform}
	if loopback(reference.Domain) {
		a.text("scheme", "http")
	}
	return append(a, "--", reference.String())
}

// pushArgs names the image as it is listed: one that was built here under a short name has it still.
func pushArgs(r adapter.PushRequest, reference adapter.Reference) []string {
	a := argv{"image", "push", "--progress", "plain"}
	a.text("platform", r.Platform)
	if loopback(reference.Domain) {
		a.text("scheme", "http")
	}
	return append(a, "--", imageArgument(r.Reference))
}

// statsArgs asks for one reading.
func statsArgs(ids []string) []string {
	return append([]string{"stats", "--no-stream", "--format", "json", "--"}, ids...)
}

// loopback tells whether a registry is on this machine, where plain HTTP is what Docker speaks, too.
func loopback(registry string) bool {
	host := registry
	if address, err := netip.ParseAddrPort(registry); err == nil {
		return address.Addr().IsLoopback()
	}
	if name, _, found := strings.Cut(registry, ":"); found && !strings.HasPrefix(registry, "[") {
		host = name
	}
	if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return address.IsLoopback()
	}
	return host == "localhost"
}

func saveArgs(reference, platform, file string) []string {
	a := argv{"image", "save"}
	a.text("platform", platform)
	a.text("output", file)
	return append(a, "--", imageArgument(reference))
}

func tagArgs(source, target string) []string {
	return []string{"image", "tag", "--", imageArgument(source), imageArgument(target)}
}

func deleteImageArgs(reference string) []string {
	return []string{"image", "delete", "--", imageArgument(reference)}
}

// buildSecretVariable is the variable of the command's environment in which the n-th secret value travels.
func buildSecretVariable(n int) string { return "HOSTWRIGHT_BUILD_SECRET_" + strconv.Itoa(n) }

// buildArgs gives the arguments of a build and the additions to the command's environment. CPUs and memory are always
// the same: the builder is made anew, without its cache, when a build asks for others (1.2.1 and later).
func buildArgs(r adapter.BuildRequest) (args, env []string, err error) {
	if err := checkBuild(r); err != nil {
		return nil, nil, err
	}
	a := argv{
		"build", "--progress", "plain",
		"--cpus", strconv.Itoa(builderCPUs), "--memory", size(builderMemory),
	}
	for _, tag := range r.Tags {
		a.text("tag", imageArgument(tag))
	}
	switch {
	case r.Inline != "":
		a = append(a, "--file=-")
	default:
		a.text("file", r.Dockerfile)
	}
	for _, arg := range r.Args {
		a.text("build-arg", arg.Key+"="+arg.Value)
	}
	a.text("target", r.Target)
	a.pairs("label", r.Labels)
	a.each("platform", r.Platforms)
	a.flag("no-cache", r.NoCache)
	a.flag("pull", r.Pull)
	if r.SSH {
		a.text("ssh", "default")
	}
	for n, secret := range r.Secrets {
		if secret.File != "" {
			a.text("secret", "id="+secret.ID+",src="+secret.File)
			continue
		}
		a.text("secret", "id="+secret.ID+",env="+buildSecretVariable(n))
		env = append(env, buildSecretVariable(n)+"="+secret.Value)
	}
	return append(a, "--", r.Context), env, nil
}

func checkBuild(r adapter.BuildRequest) error {
	const op = adapter.OpBuildImage
	resource := ""
	if len(r.Tags) > 0 {
		resource = r.Tags[0]
	}
	if !filepath.IsAbs(r.Context) {
		return refused(op, resource, "build context %q is not an absolute directory", r.Context)
	}
	for _, arg := range r.Args {
		switch {
		case arg.Key == "" || strings.Contains(arg.Key, "="):
			return refused(op, resource, "build argument %q has no valid name", arg.Key)
		case arg.Sensitive:
			return &adapter.Error{
				Kind: adapter.Unsupported, Op: op, Resource: resource, ExitCode: -1,
				Words: "build argument " + arg.Key + " is sensitive and cannot be passed unseen", Hint: "use build secrets",
			}
		}
	}
	for _, secret := range r.Secrets {
		if secret.ID == "" || strings.ContainsAny(secret.ID+secret.File, ",=\"") || strings.ContainsRune(secret.Value, 0) {
			return refused(op, resource, "build secret %q: its id or path holds a character that cannot be expressed", secret.ID)
		}
	}
	return nil
}

func createNetworkArgs(r adapter.NetworkRequest) []string {
	a := argv{"network", "create"}
	a.flag("internal", r.Internal)
	a.text("subnet", r.Subnet)
	a.text("subnet-v6", r.SubnetV6)
	a.pairs("label", r.Labels)
	return append(a, "--", r.Name)
}

func deleteNetworkArgs(name string) []string { return []string{"network", "delete", "--", name} }

func createVolumeArgs(r adapter.VolumeRequest) []string {
	a := argv{"volume", "create"}
	a.pairs("label", r.Labels)
	if r.Size > 0 {
		a = append(a, "-s", size(r.Size)) // it has no long form
	}
	return append(a, "--", r.Name)
}

func deleteVolumeArgs(name string) []string { return []string{"volume", "delete", "--", name} }
