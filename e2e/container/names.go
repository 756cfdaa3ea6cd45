//go:build linux

package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// Name rules of reference 4.1.
var (
	containerName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)
	networkName   = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$`)
	volumeName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
)

// checkContainerName refuses what the runtime does not take as an ID. The upper bound of 63 came with 1.2.0.
func checkContainerName(name string, version runtimeVersion) error {
	if !version.atLeast(1, 2, 0) {
		if !containerName.MatchString(name) {
			return fail(codeInvalidArgument, "invalid entity name %s", name)
		}
		return nil
	}
	if !containerName.MatchString(name) || len(name) > 63 {
		return fail(codeInvalidArgument, "%s is not a valid container ID", name)
	}
	return nil
}

// checkNetworkName refuses capitals, "none" and what the pattern does not allow.
func checkNetworkName(name string) error {
	if name == noNetwork {
		return fail(codeUnsupported, "network %s is reserved and cannot be created", name)
	}
	if !networkName.MatchString(name) {
		return fail(codeInvalidArgument, "invalid network name: %s", name)
	}
	return nil
}

// checkVolumeName refuses what the pattern does not allow, and more than 255 characters.
func checkVolumeName(name string) error {
	if !volumeName.MatchString(name) || len(name) > 255 {
		return fail(codeInvalidArgument, "invalid volume name '%s': must match %s", name, volumeName)
	}
	return nil
}

// hostnameOf is the guest's hostname: the ID up to its first dot (reference 5.5).
func hostnameOf(id string) string {
	name, _, _ := strings.Cut(id, ".")
	return name
}

// attachmentHostname is the name that an address is registered under: on the first network an ID with a dot gets a final
// dot, and one without is followed by the domain of config.toml, if there is one; else it is the bare ID.
func attachmentHostname(id, domain string, first bool) string {
	switch {
	case first && strings.Contains(id, "."):
		return id + "."
	case first && domain != "":
		return id + "." + domain + "."
	}
	return id
}

// newUUID gives a random lower-case UUID, the ID of a container without --name and of an anonymous volume.
func newUUID() string {
	raw := randomBytes(16)
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:])
}

// opaqueName gives a Docker name that says nothing about what it stands for.
func opaqueName() string { return "standin-" + hex.EncodeToString(randomBytes(8)) }

func randomBytes(n int) []byte {
	raw := make([]byte, n)
	// crypto/rand never fails on Linux; since Go 1.24 it ends the process rather than return an error.
	_, _ = rand.Read(raw)
	return raw
}
