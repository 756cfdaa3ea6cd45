package translate

import (
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// scope is one service while it is translated; its say methods take paths below the service.
type scope struct {
	*translator
	name string
	from types.ServiceConfig
}

func (s *scope) path(attribute string) string { return "services." + s.name + "." + attribute }

func (s *scope) note(attribute, hint, format string, args ...any) {
	s.say(finding.Note, s.path(attribute), hint, format, args...)
}

func (s *scope) warn(attribute, hint, format string, args ...any) {
	s.say(finding.Warning, s.path(attribute), hint, format, args...)
}

func (s *scope) refuse(attribute, hint, format string, args ...any) {
	s.say(finding.Error, s.path(attribute), hint, format, args...)
}

func (t *translator) service(name string) declared.Service {
	s := &scope{translator: t, name: name, from: t.from.Services[name]}
	out := declared.Service{
		Name:          name,
		Image:         s.from.Image,
		Build:         s.build(),
		PullPolicy:    s.pullPolicy(),
		Platform:      s.platform(),
		Scale:         s.from.GetScale(),
		ContainerName: s.from.ContainerName,
		Profiles:      sorted(s.from.Profiles),
		NoAttach:      s.from.Attach != nil && !*s.from.Attach,
		Labels:        s.labels(),
		Mounts:        s.mounts(),
		Ports:         s.ports(),
		ExtraHosts:    s.extraHosts(),
		Links:         s.links(),
		Hostname:      s.from.Hostname,
		DNS:           list(s.from.DNS),
		DNSSearch:     list(s.from.DNSSearch),
		DNSOptions:    list(s.from.DNSOpts),
		DependsOn:     s.dependsOn(),
		Healthcheck:   s.healthcheck(),
		Restart:       s.restart(),
		PostStart:     s.hooks("post_start", s.from.PostStart),
		PreStop:       s.hooks("pre_stop", s.from.PreStop),
		Rehearse:      s.rehearsal(),
	}
	out.OldNames = t.target.OldNames
	if out.Image == "" {
		out.Image = declared.ImageName(t.from.Name, name, t.target.OldNames)
	}
	s.process(&out)
	s.resources(&out)
	s.attach(&out)
	return out
}

// pullPolicy gives the policy in the declared model's words. compose-go's schema has checked it.
func (s *scope) pullPolicy() string {
	switch s.from.PullPolicy {
	case types.PullPolicyIfNotPresent:
		return types.PullPolicyMissing
	case types.PullPolicyRefresh: // without a period every look is due
		return types.PullPolicyAlways
	}
	return s.from.PullPolicy
}

// platform checks that the runtime's VMs can run the platform: the host's own, and amd64 on arm64 through Rosetta.
func (s *scope) platform() string {
	given := s.from.Platform
	if given == "" {
		given = s.translator.from.Environment["DOCKER_DEFAULT_PLATFORM"]
	}
	if given == "" {
		return ""
	}
	os, arch, _ := strings.Cut(strings.ToLower(given), "/")
	if arch == "" { // only one word, an architecture or an operating system
		if os == "linux" {
			return ""
		}
		os, arch = "linux", os
	}
	name, variant, _ := strings.Cut(arch, "/")
	if canonical, ok := architectures[name]; ok {
		name = canonical
	}
	_, host, _ := strings.Cut(s.target.HostPlatform, "/")
	switch {
	case os != "linux":
		s.refuse("platform", "choose an image for linux", "%s cannot run: the containers are Linux VMs", given)
	case name == host, host == "":
	case name == "amd64" && host == "arm64":
		s.note("platform", "use an image for linux/arm64 where there is one", "%s runs translated by Rosetta, slower than a native image", given)
	default:
		s.refuse("platform", "choose an image for "+s.target.HostPlatform, "%s cannot run on this host (%s)", given, s.target.HostPlatform)
	}
	if variant != "" && !(name == "arm64" && variant == "v8") {
		name += "/" + variant
	}
	return os + "/" + name
}

// architectures maps other spellings to the usual one (OCI image specification, platform).
var architectures = map[string]string{"aarch64": "arm64", "x86_64": "amd64", "x86-64": "amd64", "armhf": "arm", "armel": "arm", "i386": "386"}

// ownLabels are prefixes whose labels Hostwright sets itself.
var ownLabels = []string{"dev.hostwright.compose.", "com.docker.compose."}

func (s *scope) labels() []declared.KeyVal {
	kept := types.Labels{}
	for key, value := range s.from.Labels {
		own := slices.ContainsFunc(ownLabels, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
		switch {
		case own:
			s.warn("labels."+key, "remove the label", "%s is set by Hostwright itself; this value is not used", key)
		case strings.Contains(value, "=") && !s.target.LabelValueEquals:
			s.warn("labels."+key, "encode the value without \"=\", for example in base64url", "the runtime cannot store a label whose value contains \"=\"; the container goes without it")
		default:
			kept[key] = value
		}
	}
	return sortedPairs(kept)
}
