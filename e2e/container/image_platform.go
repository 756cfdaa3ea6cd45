//go:build linux

package main

import "strings"

// Architectures and the names that the runtime takes for them (reference 4.9).
var architectures = map[string]platform{
	"arm": {Architecture: "arm", Variant: "v7"}, "armhf": {Architecture: "arm", Variant: "v7"}, "armel": {Architecture: "arm", Variant: "v7"},
	"arm64": {Architecture: "arm64", Variant: "v8"}, "aarch64": {Architecture: "arm64", Variant: "v8"},
	"amd64": {Architecture: "amd64"}, "x86_64": {Architecture: "amd64"}, "x86-64": {Architecture: "amd64"},
}

// Variants that may be named, by architecture as it was written.
var namedVariants = map[string]map[string]string{
	"arm":   {"v5": "v5", "v6": "v6", "v7": "v7", "v8": "v8"},
	"armhf": {"v7": "v7"}, "armel": {"v6": "v6"},
	"arm64": {"v8": "v8", "8": "v8"}, "aarch64": {"v8": "v8", "8": "v8"},
	"amd64": {"v1": ""}, "x86_64": {"v1": ""}, "x86-64": {"v1": ""},
}

// parseImagePlatform reads os/arch[/variant] as the image commands do.
func parseImagePlatform(text string) (platform, error) {
	var parts []string
	for _, part := range strings.SplitN(text, "/", 2) {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return platform{}, fail(codeInvalidArgument, "missing OS in %s", text)
	}
	if os := parts[0]; os != "linux" && os != "windows" && os != "darwin" {
		return platform{}, fail(codeInvalidArgument, "unknown OS in %s", os)
	}
	if len(parts) < 2 {
		return platform{}, fail(codeInvalidArgument, "missing architecture in %s", text)
	}
	name, variant, named := strings.Cut(parts[1], "/")
	found, known := architectures[name]
	if !known {
		found = platform{Architecture: name}
	}
	found.OS = parts[0]
	if named {
		accepted, ok := namedVariants[name][variant]
		if !ok {
			return platform{}, fail(codeInvalidArgument, "invalid variant %s", variant)
		}
		found.Variant = accepted
	}
	return found, nil
}

// text is the platform as messages show it; the only variant of arm64 is left out.
func (p platform) text() string {
	if p.Variant == "" || p.Architecture == "arm64" && p.Variant == "v8" {
		return p.OS + "/" + p.Architecture
	}
	return p.OS + "/" + p.Architecture + "/" + p.Variant
}

// same compares platforms as the runtime does: arm64 with and without v8 are one.
func (p platform) same(other platform) bool { return p.text() == other.text() }

// askedPlatform is what --platform, --os and --arch of pull, push and save say, in that order of weight, then the
// environment; nil means every platform.
func (c *call) askedPlatform(text, os, arch string) (*platform, error) {
	switch {
	case text != "":
	case arch != "":
		if os == "" {
			os = "linux"
		}
		text = os + "/" + arch
	case os != "":
		host, err := c.host()
		if err != nil {
			return nil, err
		}
		text = os + "/" + host.Architecture
	default:
		return c.platformFromEnvironment()
	}
	p, err := parseImagePlatform(text)
	return &p, err
}

// platformFromEnvironment reads CONTAINER_DEFAULT_PLATFORM, and says on stderr that it does.
func (c *call) platformFromEnvironment() (*platform, error) {
	const variable = "CONTAINER_DEFAULT_PLATFORM"
	text := c.environment(variable)
	if text == "" {
		return nil, nil
	}
	p, err := parseImagePlatform(text)
	if err != nil {
		return nil, fail(codeInvalidArgument, "invalid platform \"%s\" in %s environment variable", text, variable).because(err)
	}
	c.log(`using platform from environment variable: ["platform": %s, "variable": %s]`, p.text(), variable)
	return &p, nil
}
