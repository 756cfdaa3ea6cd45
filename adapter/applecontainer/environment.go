package applecontainer

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hostwright/compose/adapter"
)

// environment says how variables reach a container: plain ones as arguments, sensitive ones as lines of an env-file,
// those that such a file cannot hold (4.4 of the runtime's rules: one line each, leading blanks and "#" mean
// something) as a bare name whose value the command takes from its own environment.
type environment struct {
	options []string // arguments
	file    string   // content of the env-file
	child   []string // additions to the command's environment
}

// newEnvironment splits variables, each name once: the last value wins. It refuses what no way can carry.
func newEnvironment(op, resource string, vars []adapter.EnvVar) (environment, error) {
	last := map[string]adapter.EnvVar{}
	for _, v := range vars {
		last[v.Key] = v
	}
	var env environment
	var file strings.Builder
	for _, key := range sortedKeys(last) {
		v := last[key]
		if reason := unrepresentable(v); reason != "" {
			return environment{}, refused(op, resource, "environment variable %q: %s", key, reason)
		}
		switch {
		case !v.Sensitive:
			env.options = append(env.options, option("env", key+"="+v.Value)...)
		case fitsFile(v):
			fmt.Fprintf(&file, "%s=%s\n", key, v.Value)
		case steers(key):
			e := refused(op, resource, "environment variable %q: a sensitive value that does not fit a line of an env-file cannot be passed under this name", key)
			e.Hint = "the name governs Apple's container command itself: give the value as a file (secrets:), or rename the variable"
			return environment{}, e
		default:
			env.options = append(env.options, option("env", key)...)
			env.child = append(env.child, key+"="+v.Value)
		}
	}
	env.file = file.String()
	return env, nil
}

// unrepresentable says why a variable cannot be passed at all, "" when it can.
func unrepresentable(v adapter.EnvVar) string {
	switch {
	case v.Key == "":
		return "it has no name"
	case strings.ContainsAny(v.Key, "=\n\x00"):
		return "its name holds a character that no name may have"
	case strings.ContainsRune(v.Value, 0):
		return "its value holds a NUL byte"
	case !utf8.ValidString(v.Key) || !utf8.ValidString(v.Value):
		return "it is not valid UTF-8"
	}
	return ""
}

// fitsFile tells whether a line of an env-file gives exactly this variable. The characters are all that Swift may take
// for the end of a line.
func fitsFile(v adapter.EnvVar) bool {
	return !strings.ContainsAny(v.Value, "\n\r\v\f\u0085\u2028\u2029") &&
		!strings.HasPrefix(v.Key, "#") && !strings.ContainsFunc(v.Key, unicode.IsSpace)
}

// steering are names, lower case, that govern the command or the programs that it starts; a trailing or leading "*"
// stands for anything.
var steering = []string{
	"home", "path", "user", "logname", "shell", "tmpdir", "pwd", "term", "no_color", "buildkit_colors", "ssh_auth_sock",
	"container_*", "dyld_*", "ld_*", "xdg_*", "swift_*", "malloc*", "__*", "*_proxy", "lc_*", "lang", "standin_*", "docker_host",
}

func steers(key string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc(steering, func(pattern string) bool {
		if prefix, found := strings.CutSuffix(pattern, "*"); found {
			return strings.HasPrefix(key, prefix)
		}
		if suffix, found := strings.CutPrefix(pattern, "*"); found {
			return strings.HasSuffix(key, suffix)
		}
		return key == pattern
	})
}

// privatePrefix begins the names of private temporary folders; staleAge is how old one is that no call of ours can be
// using any more: its process was killed.
const (
	privatePrefix = "hostwright-private-"
	staleAge      = time.Hour
)

// withFile gives the arguments with the env-file in them; done removes the file.
func (e environment) withFile(tempDir string) (options []string, done func(), err error) {
	if e.file == "" {
		return e.options, func() {}, nil
	}
	dir, done, err := privateDir(tempDir)
	if err != nil {
		return nil, nil, err
	}
	path := filepath.Join(dir, "env")
	if err := os.WriteFile(path, []byte(e.file), 0o600); err != nil {
		done()
		return nil, nil, fmt.Errorf("write environment file: %w", err)
	}
	return append(option("env-file", path), e.options...), done, nil
}

// privateDir makes a folder that only this user can look into; done removes it. What killed processes left is removed,
// too.
func privateDir(tempDir string) (dir string, done func(), err error) {
	if tempDir == "" {
		tempDir = os.TempDir()
	}
	removeStale(tempDir)
	dir, err = os.MkdirTemp(tempDir, privatePrefix)
	if err != nil {
		return "", nil, fmt.Errorf("make private folder: %w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

func removeStale(tempDir string) {
	entries, err := filepath.Glob(filepath.Join(tempDir, privatePrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range entries {
		info, err := os.Lstat(path)
		if err == nil && info.IsDir() && ownedByMe(info) && time.Since(info.ModTime()) > staleAge {
			_ = os.RemoveAll(path)
		}
	}
}
