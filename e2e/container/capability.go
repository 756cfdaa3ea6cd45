//go:build linux

package main

import (
	"slices"

	"golang.org/x/sys/unix"
)

// unavailableCapabilities gives what a container with ALL has to do without here: a VM has every capability, a machine
// that is itself confined cannot hand on what it lacks.
func unavailableCapabilities(added []string) []string {
	if !slices.Contains(added, "ALL") {
		return nil
	}
	var out []string
	for number, name := range capabilityNames {
		held, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(number), 0, 0, 0)
		if err == nil && held == 0 {
			out = append(out, name)
		}
	}
	return out
}
