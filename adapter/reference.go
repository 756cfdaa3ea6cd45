package adapter

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Reference is an image reference in parts. Tag and Digest are never both set: a digest makes a tag meaningless, and
// runtimes drop it (Apple container 1.0.0 and later).
type Reference struct {
	Domain string // "docker.io", "localhost:5000"
	Path   string // "library/redis"
	Tag    string
	Digest string // "sha256:..."
}

// The default registry, the folder of its official images, and the default tag.
const (
	defaultDomain = "docker.io"
	officialPath  = "library/"
	defaultTag    = "latest"
	maxNameLength = 255
)

// The patterns are made at their first use: a recorder, of which there is one for each container, never needs them.
var (
	domainPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?$`)
	})
	componentPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$`) })
	tagPattern       = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`) })
	digestPattern    = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}$`)
	})
	imageIDPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-f]{64}$`) })
)

// ParseReference reads a reference and completes it: no domain is docker.io, docker.io without a slash is library/, no
// tag and no digest is :latest, a tag beside a digest is dropped. The first component is a domain when it begins with
// "localhost" or contains "." or ":". The path must be lower case. An image ID of 64 hexadecimal digits is no name.
func ParseReference(text string) (Reference, error) {
	if text == "" {
		return Reference{}, errors.New("the image reference is empty")
	}
	if imageIDPattern().MatchString(text) {
		return Reference{}, fmt.Errorf("image reference %q: an image is named by a reference, not by its ID", text)
	}
	var r Reference
	rest := text
	if name, digest, found := strings.Cut(text, "@"); found {
		if !digestPattern().MatchString(digest) {
			return Reference{}, fmt.Errorf("image reference %q: %q is no digest", text, digest)
		}
		r.Digest, rest = digest, name
	}
	if first, after, found := strings.Cut(rest, "/"); found && isDomain(first) {
		r.Domain, rest = first, after
	}
	if i := strings.LastIndexByte(rest, ':'); i >= 0 {
		r.Tag, rest = rest[i+1:], rest[:i]
		if !tagPattern().MatchString(r.Tag) {
			return Reference{}, fmt.Errorf("image reference %q: %q is no tag", text, r.Tag)
		}
	}
	r.Path = rest
	if err := r.check(text); err != nil {
		return Reference{}, err
	}
	return r.completed(), nil
}

func isDomain(component string) bool {
	return strings.HasPrefix(component, "localhost") || strings.ContainsAny(component, ".:")
}

func (r Reference) check(text string) error {
	if r.Domain != "" && !domainPattern().MatchString(r.Domain) {
		return fmt.Errorf("image reference %q: %q is no registry", text, r.Domain)
	}
	for component := range strings.SplitSeq(r.Path, "/") {
		switch {
		case componentPattern().MatchString(component):
		case componentPattern().MatchString(strings.ToLower(component)):
			return fmt.Errorf("image reference %q: %q must be lower case", text, component)
		default:
			return fmt.Errorf("image reference %q: %q is no image name", text, component)
		}
	}
	if len(r.Domain)+len(r.Path) > maxNameLength {
		return fmt.Errorf("image reference %q: the name is longer than %d characters", text, maxNameLength)
	}
	return nil
}

func (r Reference) completed() Reference {
	if r.Domain == "" {
		r.Domain = defaultDomain
	}
	if r.Domain == defaultDomain && !strings.Contains(r.Path, "/") {
		r.Path = officialPath + r.Path
	}
	switch {
	case r.Digest != "":
		r.Tag = ""
	case r.Tag == "":
		r.Tag = defaultTag
	}
	return r
}

// String gives the full reference, "docker.io/library/redis:7".
func (r Reference) String() string { return r.Domain + "/" + r.Path + r.suffix() }

// Familiar gives the shortest reference that means the same, "redis:7".
func (r Reference) Familiar() string {
	if r.Domain != defaultDomain {
		return r.String()
	}
	path := strings.TrimPrefix(r.Path, officialPath)
	if strings.Contains(path, "/") && path != r.Path {
		return r.Domain + "/" + r.Path + r.suffix() // library/a/b is not a/b
	}
	if first, _, found := strings.Cut(path, "/"); found && isDomain(first) {
		return r.String()
	}
	return path + r.suffix()
}

func (r Reference) suffix() string {
	if r.Digest != "" {
		return "@" + r.Digest
	}
	return ":" + r.Tag
}
