//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// environmentOf merges the variables of a process: the image's, each env-file's, each -e, deduplicated by key (reference
// 4.4). The order of the result is random, as a Swift dictionary's is.
func (c *call) environmentOf(image, files, flags []string) ([]string, error) {
	values := map[string]string{}
	for _, entry := range image {
		if key, value, found := strings.Cut(entry, "="); found {
			values[key] = value
		} else if own, set := c.lookup(entry); set && !c.version.atLeast(1, 2, 0) {
			values[entry] = own
		}
	}
	extra, err := c.environmentFlags(files, flags)
	if err != nil {
		return nil, err
	}
	for _, entry := range extra {
		key, value, _ := strings.Cut(entry, "=")
		values[key] = value
	}
	merged := make([]string, 0, len(values))
	for key, value := range values {
		merged = append(merged, key+"="+value)
	}
	rand.Shuffle(len(merged), func(i, j int) { merged[i], merged[j] = merged[j], merged[i] })
	return merged, nil
}

// environmentFlags gives the entries of env-files and -e in order; a bare key has the caller's value, or is dropped.
func (c *call) environmentFlags(files, flags []string) ([]string, error) {
	var entries []string
	for _, file := range files {
		fromFile, err := readEnvFile(c.absolute(file))
		if err != nil {
			return nil, err
		}
		entries = append(entries, fromFile...)
	}
	entries = append(entries, flags...)
	var resolved []string
	for _, entry := range entries {
		if strings.Contains(entry, "=") {
			resolved = append(resolved, entry)
		} else if value, set := c.lookup(entry); set {
			resolved = append(resolved, entry+"="+value)
		}
	}
	return resolved, nil
}

// readEnvFile reads KEY=value and KEY lines; a value goes verbatim to the end of its line.
func readEnvFile(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fail(codeInvalidArgument, "failed to read envfile at %s", path).because(err)
	}
	if !utf8.Valid(data) {
		return nil, fail(codeInvalidArgument, "env file %s contains invalid utf8 bytes", path)
	}
	var entries []string
	for line := range strings.SplitSeq(string(data), "\n") {
		line = strings.TrimLeftFunc(line, unicode.IsSpace)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, _, _ := strings.Cut(line, "=")
		if name == "" {
			return nil, fail(codeInvalidArgument, "no variable name on line '%s'", line)
		}
		if strings.ContainsFunc(name, unicode.IsSpace) {
			return nil, fail(codeInvalidArgument, "variable '%s' contains whitespaces", name)
		}
		entries = append(entries, line)
	}
	return entries, nil
}

// parseRlimits reads --ulimit type=soft[:hard] (reference 4.7).
func parseRlimits(values []string) ([]rlimit, error) {
	limits := []rlimit{}
	seen := map[string]bool{}
	for _, value := range values {
		name, bounds, found := strings.Cut(value, "=")
		if !found || name == "" || bounds == "" {
			return nil, fail(codeInvalidArgument, "invalid ulimit format: %s", value)
		}
		name = strings.ToLower(name)
		if !rlimitNames[name] {
			return nil, fail(codeInvalidArgument, "unsupported ulimit type: %s", name)
		}
		if seen[name] {
			return nil, fail(codeInvalidArgument, "duplicate ulimit type: %s", name)
		}
		seen[name] = true
		limit := rlimit{Limit: "RLIMIT_" + strings.ToUpper(name)}
		softText, hardText, hasHard := strings.Cut(bounds, ":")
		if !hasHard {
			hardText = softText
		}
		var err error
		if limit.Soft, err = parseRlimit(softText); err != nil {
			return nil, err
		}
		if limit.Hard, err = parseRlimit(hardText); err != nil {
			return nil, err
		}
		if limit.Soft > limit.Hard {
			return nil, fail(codeInvalidArgument, "ulimit %s: soft limit (%d) cannot exceed hard limit (%d)", name, limit.Soft, limit.Hard)
		}
		limits = append(limits, limit)
	}
	return limits, nil
}

var rlimitNames = map[string]bool{
	"core": true, "cpu": true, "data": true, "fsize": true, "locks": true, "memlock": true, "msgqueue": true, "nice": true,
	"nofile": true, "nproc": true, "rss": true, "rtprio": true, "rttime": true, "sigpending": true, "stack": true,
}

func parseRlimit(text string) (uint64, error) {
	if text == "unlimited" || text == "-1" {
		return ^uint64(0), nil
	}
	var value uint64
	if _, err := fmt.Sscanf(text+"\n", "%d\n", &value); err != nil || strings.HasPrefix(text, "+") {
		return 0, fail(codeInvalidArgument, "invalid ulimit value: %s", text)
	}
	return value, nil
}
