//go:build linux

package main

import (
	"os"
	"strconv"
	"strings"
)

// mountPoints gives the paths on which something is mounted: what lies there is not the image's (resolv.conf, the
// helper itself). Unreadable means none: the copy then has a little too much.
func mountPoints() map[string]bool {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	points := map[string]bool{}
	for _, line := range strings.Split(string(data), "\n") {
		// The fifth field is the mount point (proc_pid_mountinfo(5)).
		if f := strings.Fields(line); len(f) > 4 {
			points[unescape(f[4])] = true
		}
	}
	return points
}

// unescape undoes the octal escapes of blanks and backslashes.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
