//go:build linux

package main

import (
	"regexp"
	"strings"
)

// Hosts and names with a special meaning in references (containerization, ContainerizationOCI/Reference.swift).
const (
	dockerHub        = "docker.io"
	dockerHubServer  = "registry-1.docker.io"
	dockerHubLibrary = "library/"
	defaultTag       = "latest"

	maxName      = 255
	maxReference = maxName + 1 + 128
)

var (
	hexID         = regexp.MustCompile(`^[a-f0-9]{64}$`)
	domainPattern = regexp.MustCompile(`^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$`)
	pathPattern   = regexp.MustCompile(`^((?:[a-z0-9]+(?:[._]|__|-|/)?)*[a-z0-9]+)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-fA-F]{64}))?$`)
)

// imageReference is a parsed image name. A reference with a digest has no tag: the runtime drops it.
type imageReference struct {
	domain string
	path   string
	tag    string
	digest string
}

// parseReference reads a name; IDs are no names (reference 2.16).
func parseReference(text string) (imageReference, error) {
	if len([]rune(text)) > maxReference {
		return imageReference{}, fail(codeInvalidArgument, "reference length %d greater than %d", len([]rune(text)), maxReference)
	}
	if hexID.MatchString(text) {
		return imageReference{}, fail(codeInvalidArgument, "cannot specify 64 byte hex string as reference")
	}
	domain, rest := splitDomain(text)
	if domain != "" && !domainPattern.MatchString(domain) {
		return imageReference{}, fail(codeInvalidArgument, "invalid domain %s for reference %s", domain, text)
	}
	fields := pathPattern.FindStringSubmatch(rest)
	if fields == nil {
		// The runtime's text for a name that does not match; a name without a path has the other one below.
		if rest == "" {
			return imageReference{}, fail(codeInvalidArgument, "cannot parse path for reference %s", text)
		}
		return imageReference{}, fail(codeInvalidArgument, "invalid format for image reference").
			because(fail(codeInvalidArgument, "cannot parse path for reference %s", text))
	}
	ref := imageReference{domain: domain, path: fields[1], tag: fields[2], digest: fields[3]}
	if ref.digest != "" {
		ref.tag = ""
	}
	if n := len(ref.name()); n > maxName {
		return imageReference{}, fail(codeInvalidArgument, "repo length %d greater than %d", n, maxName)
	}
	return ref, nil
}

// splitDomain takes the first component for a domain if it begins with localhost or has a dot or a colon.
func splitDomain(text string) (domain, rest string) {
	first, after, found := strings.Cut(strings.TrimLeft(text, "/"), "/")
	if !found {
		if strings.HasPrefix(text, "localhost") {
			return text, ""
		}
		return "", text
	}
	if strings.HasPrefix(first, "localhost") || strings.ContainsAny(first, ".:") {
		return first, after
	}
	return "", text
}

// name is the reference without tag and digest.
func (r imageReference) name() string {
	if r.domain == "" {
		return r.path
	}
	return r.domain + "/" + r.path
}

// String is the reference as the runtime stores it.
func (r imageReference) String() string {
	switch {
	case r.tag != "":
		return r.name() + ":" + r.tag
	case r.digest != "":
		return r.name() + "@" + r.digest
	}
	return r.name()
}

// withDefaults adds the tag latest, and library/ for names of Docker Hub without a slash. It adds no domain: names of builds
// are stored without.
func (r imageReference) withDefaults() imageReference {
	if (r.domain == dockerHub || r.domain == dockerHubServer) && !strings.Contains(r.path, "/") {
		r.path = dockerHubLibrary + r.path
	}
	if r.tag == "" && r.digest == "" {
		r.tag = defaultTag
	}
	return r
}

// identifier is what a registry is asked for: the tag or the digest.
func (r imageReference) identifier() string {
	if r.tag != "" {
		return r.tag
	}
	return r.digest
}

// server is the host that serves the domain.
func (r imageReference) server() string {
	if r.domain == dockerHub {
		return dockerHubServer
	}
	return r.domain
}

// normalizeReference gives the name under which a pulled image is stored: with domain, library/ and tag.
func normalizeReference(text string) (imageReference, error) {
	ref, err := parseReference(text)
	if err != nil {
		return ref, err
	}
	if ref.domain == "" {
		if ref, err = parseReference(dockerHub + "/" + text); err != nil {
			return ref, err
		}
	}
	return ref.withDefaults(), nil
}

// displayReference is the name in tables: without docker.io/library/.
func displayReference(text string) string {
	ref, err := parseReference(text)
	if err != nil || ref.domain != dockerHub {
		return text
	}
	ref.domain = ""
	return strings.TrimPrefix(ref.String(), dockerHubLibrary)
}
