//go:build linux

package main

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

const mebibyte = 1 << 20

// Defaults of a container, and the least memory that the server takes (reference 5.4).
const (
	defaultCPUs          = 4
	defaultMemory        = "1g"
	minimumMemory uint64 = 200 * mebibyte
)

var sizePattern = regexp.MustCompile(`^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([a-zA-Z]*)$`)

// parseSize reads a size in bytes: all units are binary, a bare number is bytes (reference 4.6).
func parseSize(text string) (uint64, error) {
	match := sizePattern.FindStringSubmatch(strings.TrimSpace(text))
	if match == nil {
		return 0, fail(codeInvalidArgument, "invalid size: %s", text)
	}
	number, err := strconv.ParseFloat(match[1], 64)
	if err != nil {
		return 0, fail(codeInvalidArgument, "invalid size: %s", text)
	}
	shift, known := unitShift(strings.ToLower(match[2]))
	if !known {
		return 0, fail(codeInvalidArgument, "invalid symbol: %s", match[2])
	}
	bytes := number * float64(uint64(1)<<shift)
	if bytes >= math.MaxInt64 {
		return 0, fail(codeInvalidArgument, "invalid size: %s", text)
	}
	return uint64(bytes), nil
}

func unitShift(unit string) (uint, bool) {
	if unit == "" || unit == "b" {
		return 0, true
	}
	prefix := unit[:1]
	if rest := unit[1:]; rest != "" && rest != "b" && rest != "ib" {
		return 0, false
	}
	position := strings.Index("kmgtp", prefix)
	if position < 0 {
		return 0, false
	}
	return uint(position+1) * 10, true
}

// parseMemory reads --memory: truncated to whole MiB.
func parseMemory(text string) (uint64, error) {
	bytes, err := parseSize(text)
	if err != nil {
		return 0, err
	}
	return bytes / mebibyte * mebibyte, nil
}
