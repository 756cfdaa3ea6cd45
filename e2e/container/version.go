//go:build linux

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// defaultVersion is the runtime played when STANDIN_VERSION is not set.
const defaultVersion = "1.4.1"

// buildCommit is the commit that the stand-in reports for client and server; a fixed, obviously made-up value.
const buildCommit = "5747d1a0000000000000000000000000deadbeef"

// runtimeVersion is a released version of the runtime, as three numbers.
type runtimeVersion [3]int

// parseVersion reads "1.4.1". Any well-formed version is accepted, so that a front end's lower bound can be tested.
func parseVersion(text string) (runtimeVersion, error) {
	var version runtimeVersion
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return version, fmt.Errorf("STANDIN_VERSION, STANDIN_SERVER_VERSION: %q is not of the form 1.4.1", text)
	}
	for i, part := range parts {
		number, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return version, fmt.Errorf("STANDIN_VERSION, STANDIN_SERVER_VERSION: %q is not of the form 1.4.1", text)
		}
		version[i] = int(number)
	}
	return version, nil
}

// atLeast reports whether the version is the given one or newer.
func (v runtimeVersion) atLeast(major, minor, patch int) bool {
	for i, want := range [3]int{major, minor, patch} {
		if v[i] != want {
			return v[i] > want
		}
	}
	return true
}

// String gives the bare version, "1.4.1".
func (v runtimeVersion) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

// escapesSlashes says whether JSON writes "/" as "\/", as it did up to 1.3.1.
func (v runtimeVersion) escapesSlashes() bool { return !v.atLeast(1, 4, 0) }

// serverSentence is the apiserver's version: a whole sentence up to 1.3.1, the bare version from 1.4.1.
func (v runtimeVersion) serverSentence() string {
	if v.atLeast(1, 4, 0) {
		return v.String()
	}
	return fmt.Sprintf("container-apiserver version %s (build: release, commit: %s)", v, buildCommit[:7])
}
