//go:build linux

package main

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

var architectureNames = map[string]string{
	"arm64": "arm64", "aarch64": "arm64", "amd64": "amd64", "x86_64": "amd64", "x86-64": "amd64", "arm": "arm", "armhf": "arm",
	"armel": "arm", "386": "386", "i386": "386", "ppc64le": "ppc64le", "riscv64": "riscv64",
}

// parsePlatform reads os/arch[/variant] (reference 4.9).
func parsePlatform(text string) (platform, error) {
	parts := strings.Split(text, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return platform{}, fail(codeInvalidArgument, "unsupported platform %s", text)
	}
	architecture, known := architectureNames[parts[1]]
	if !known || !slices.Contains([]string{"linux", "windows", "darwin"}, parts[0]) {
		return platform{}, fail(codeInvalidArgument, "unsupported platform %s", text)
	}
	parsed := platform{OS: parts[0], Architecture: architecture}
	if len(parts) == 3 {
		parsed.Variant = parts[2]
	}
	return parsed, nil
}

// wantedPlatform is what --platform, else CONTAINER_DEFAULT_PLATFORM, else --os and --arch ask for.
func (c *call) wantedPlatform(asked, system, architecture string) (platform, error) {
	if asked != "" {
		return parsePlatform(asked)
	}
	if own := c.environment("CONTAINER_DEFAULT_PLATFORM"); own != "" && architecture == "" && system == "" {
		c.log("warning: using platform %s from CONTAINER_DEFAULT_PLATFORM", own)
		return parsePlatform(own)
	}
	if architecture == "" {
		facts, err := c.host()
		if err != nil {
			return platform{}, err
		}
		architecture = facts.Architecture
	}
	if system == "" {
		system = "linux"
	}
	return parsePlatform(system + "/" + architecture)
}

// capabilityNames are in the order of their numbers (linux/capability.h).
var capabilityNames = []string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
	"NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO",
	"SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME",
	"SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
	"WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
}

// parseCapabilities reads --cap-add or --cap-drop: with or without CAP_, any case, or ALL.
func parseCapabilities(values []string) ([]string, error) {
	parsed := []string{}
	for _, value := range values {
		name := strings.TrimPrefix(strings.ToUpper(value), "CAP_")
		if name == "ALL" {
			parsed = append(parsed, name)
			continue
		}
		if !slices.Contains(capabilityNames, name) {
			return nil, fail(codeInvalidArgument, "invalid CapabilityName: invalid name `%s`", value)
		}
		parsed = append(parsed, "CAP_"+name)
	}
	return parsed, nil
}

// parseSignal reads a Linux signal name, with or without SIG, or a number, and gives Docker's spelling of it: a number.
func parseSignal(text string) (unix.Signal, error) {
	if number, err := strconv.Atoi(text); err == nil {
		if number < 1 || number > 64 {
			return 0, fail(codeInvalidArgument, "invalid signal: %s", text)
		}
		return unix.Signal(number), nil
	}
	name := strings.ToUpper(text)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if number := unix.SignalNum(name); number != 0 {
		return number, nil
	}
	if offset, found := strings.CutPrefix(name, "SIGRTMIN"); found {
		if offset == "" {
			return unix.Signal(34), nil
		}
		if plus, err := strconv.Atoi(strings.TrimPrefix(offset, "+")); err == nil && plus >= 0 && plus <= 30 {
			return unix.Signal(34 + plus), nil
		}
	}
	return 0, fail(codeInvalidArgument, "invalid signal: %s", text)
}

// needsRosetta says whether a platform is translated: x86-64 on an Apple processor (reference 2.1).
func (c *call) needsRosetta(wanted platform) bool {
	facts, err := c.host()
	return err == nil && facts.Architecture == "arm64" && wanted.Architecture == "amd64"
}
