package translate

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/hostwright/compose/translate/declared"
)

// build gives how the service's image is built. What the builder cannot do has rows.
func (s *scope) build() *declared.Build {
	b := s.from.Build
	if b == nil {
		return nil
	}
	out := &declared.Build{
		Context:   b.Context,
		Inline:    b.DockerfileInline,
		Target:    b.Target,
		Labels:    sortedPairs(b.Labels),
		Tags:      list(b.Tags),
		Platforms: list(b.Platforms),
		NoCache:   b.NoCache || len(b.NoCacheFilter) > 0,
		Pull:      b.Pull,
		Secrets:   s.buildSecrets(b),
	}
	args := map[string]string{}
	for key, value := range b.Args {
		if value != nil { // a null value that the caller does not have either is left out, as by Docker Compose
			args[key] = *value
		}
	}
	out.Args = sortedPairs(args)
	if b.Context != "" && !filepath.IsAbs(b.Context) {
		s.refuse("build.context", "clone or unpack it first and name the directory", "the build context %s is not a directory of this machine", redactURL(b.Context))
	}
	if b.Dockerfile != "" && b.DockerfileInline == "" {
		out.Dockerfile = b.Dockerfile
		if !filepath.IsAbs(out.Dockerfile) {
			out.Dockerfile = filepath.Join(b.Context, out.Dockerfile)
		}
	}
	for _, key := range b.SSH {
		if key.Path != "" {
			s.refuse("build.ssh", "load the key into your SSH agent and write default", "the builder forwards the agent only, not the key %s", key.ID)
			continue
		}
		out.SSH = true
	}
	return out
}

// redactURL drops what stands before the host of a URL.
func redactURL(u string) string {
	scheme, rest, found := strings.Cut(u, "://")
	if !found {
		return u
	}
	host, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndex(host, "@"); at >= 0 {
		host = host[at+1:]
	}
	return scheme + "://" + host + "/" + path
}

// buildSecrets gives what RUN --mount=type=secret sees, by id.
func (s *scope) buildSecrets(b *types.BuildConfig) []declared.BuildSecret {
	var out []declared.BuildSecret
	for _, use := range b.Secrets {
		object, ok := s.translator.from.Secrets[use.Source]
		if !ok {
			continue
		}
		secret := declared.BuildSecret{ID: use.Source, File: object.File}
		if use.Target != "" {
			secret.ID = use.Target
		}
		if secret.File == "" {
			value, ok := s.content(fileUse{kind: "secret", key: use.Source, object: types.FileObjectConfig(object)})
			if !ok {
				continue
			}
			secret.Value = declared.NewSensitive(value)
		}
		out = append(out, secret)
	}
	slices.SortFunc(out, func(a, b declared.BuildSecret) int { return strings.Compare(a.ID, b.ID) })
	return out
}
