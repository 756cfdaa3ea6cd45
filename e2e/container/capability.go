//go:build linux

package main

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// capabilityNames are Linux's capabilities in the order of their numbers (linux/capability.h).
var capabilityNames = strings.Fields(`CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP
	LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
	SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE
	AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`)

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
