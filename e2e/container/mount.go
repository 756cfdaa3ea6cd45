//go:build linux

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// wantedMount is a mount as the flags ask for it; a volume without a name is an anonymous one.
type wantedMount struct {
	filesystem
	volume    bool
	anonymous bool
	name      string
}

// parseMounts reads --tmpfs, -v and --mount in the runtime's order. --tmpfs and --mount drop exact duplicates, -v does not
// (reference 4.5).
func (c *call) parseMounts(tmpfs, volumes, mounts []string) ([]wantedMount, error) {
	var wanted []wantedMount
	seen := map[string]bool{}
	for _, value := range tmpfs {
		mount, err := parseTmpfs(value, c.version)
		if err != nil {
			return nil, err
		}
		if !seen[mount.Destination] {
			seen[mount.Destination] = true
			wanted = append(wanted, mount)
		}
	}
	for _, value := range volumes {
		mount, err := c.parseVolume(value)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, mount)
	}
	for i, value := range mounts {
		if slices.Contains(mounts[:i], value) {
			continue
		}
		mount, err := c.parseMount(value)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, mount)
	}
	return wanted, nil
}

// parseTmpfs reads --tmpfs: a path only up to 1.2.2, path:options from 1.3.0.
func parseTmpfs(value string, version runtimeVersion) (wantedMount, error) {
	mount := wantedMount{filesystem: filesystem{Type: filesystemType{Tmpfs: &struct{}{}}, Source: "tmpfs", Options: []string{}}}
	mount.Destination = value
	if !version.atLeast(1, 3, 0) {
		return mount, nil
	}
	path, options, _ := strings.Cut(value, ":")
	if path == "" {
		return mount, fail(codeInvalidArgument, "mount destination cannot be empty")
	}
	if !strings.HasPrefix(path, "/") {
		return mount, fail(codeInvalidArgument, "%s is not an absolute path", path)
	}
	mount.Destination = cleanDestination(path)
	for option := range strings.SplitSeq(options, ",") {
		if option != "" {
			mount.Options = append(mount.Options, option)
		}
	}
	return mount, nil
}

// cleanDestination drops a trailing slash and doubled ones.
func cleanDestination(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return path
}

// parseVolume reads -v a[:b[:opts]], split at every ":" with empty parts dropped.
func (c *call) parseVolume(value string) (wantedMount, error) {
	var parts []string
	for part := range strings.SplitSeq(value, ":") {
		if part != "" {
			parts = append(parts, part)
		}
	}
	switch len(parts) {
	case 1:
		return volumeMount("", parts[0], nil), nil
	case 2, 3:
	default:
		return wantedMount{}, fail(codeInvalidArgument, "invalid volume format %s", value)
	}
	options := []string{}
	if len(parts) == 3 {
		options = strings.Split(parts[2], ",")
	}
	source, destination := parts[0], parts[1]
	if !strings.Contains(source, "/") && source != "." && source != ".." {
		if err := checkVolumeName(source); err != nil {
			return wantedMount{}, err
		}
		return volumeMount(source, destination, options), nil
	}
	path := c.absolute(source)
	if _, err := os.Stat(path); err != nil {
		return wantedMount{}, fail(codeInvalidArgument, "path '%s' does not exist", source)
	}
	return bindMount(path, destination, options), nil
}

func bindMount(source, destination string, options []string) wantedMount {
	return wantedMount{filesystem: filesystem{
		Type: filesystemType{Virtiofs: &struct{}{}}, Source: source, Destination: destination, Options: notNil(options),
	}}
}

// volumeMount is a mount of a volume; its source is filled in when the volume exists.
func volumeMount(name, destination string, options []string) wantedMount {
	return wantedMount{
		filesystem: filesystem{Destination: destination, Options: notNil(options)},
		volume:     true, anonymous: name == "", name: name,
	}
}

func notNil(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}

// parseMount reads --mount key=value,...
func (c *call) parseMount(value string) (wantedMount, error) {
	kind, source, destination := "virtiofs", "", ""
	options, sized := []string{}, []string{}
	hasSource := false
	for directive := range strings.SplitSeq(value, ",") {
		key, text, hasValue := strings.Cut(directive, "=")
		if key == "readonly" || key == "ro" {
			options = append(options, "ro")
			continue
		}
		if !hasValue || text == "" || strings.Contains(text, "=") {
			return wantedMount{}, fail(codeInvalidArgument, "invalid directive format missing value %s in %s", directive, value)
		}
		switch key {
		case "type":
			kind = text
			if text == "bind" {
				kind = "virtiofs"
			}
		case "source", "src":
			source, hasSource = text, true
		case "destination", "dst", "target":
			destination = text
		case "size":
			bytes, err := parseSize(text)
			if err != nil {
				return wantedMount{}, err
			}
			sized = append(sized, fmt.Sprintf("size=%d", bytes/mebibyte*mebibyte))
		case "mode":
			sized = append(sized, "mode="+text)
		default:
			return wantedMount{}, fail(codeInvalidArgument, "unknown directive %s when parsing mount %s", key, value)
		}
	}
	if len(sized) > 0 && kind != "tmpfs" {
		return wantedMount{}, fail(codeInvalidArgument, "unsupported option %s for mount type %s", sized[0], kind)
	}
	return c.typedMount(kind, source, destination, hasSource, append(options, sized...))
}

func (c *call) typedMount(kind, source, destination string, hasSource bool, options []string) (wantedMount, error) {
	switch kind {
	case "virtiofs":
		path := c.absolute(source)
		found, err := os.Stat(path)
		if err != nil || !hasSource {
			return wantedMount{}, fail(codeInvalidArgument, "path '%s' does not exist", source)
		}
		if !found.IsDir() {
			return wantedMount{}, fail(codeInvalidArgument, "path '%s' is not a directory", source)
		}
		return bindMount(path, destination, options), nil
	case "tmpfs":
		if hasSource {
			return wantedMount{}, fail(codeInvalidArgument, "cannot specify source for tmpfs mount")
		}
		if c.version.atLeast(1, 3, 1) {
			source = "tmpfs"
		}
		return wantedMount{filesystem: filesystem{
			Type: filesystemType{Tmpfs: &struct{}{}}, Source: source, Destination: destination, Options: options,
		}}, nil
	case "volume":
		if hasSource {
			if err := checkVolumeName(source); err != nil {
				return wantedMount{}, err
			}
		}
		return volumeMount(source, destination, options), nil
	}
	return wantedMount{}, fail(codeInvalidArgument, "unsupported mount type %s", kind)
}
