package adapter

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// OfCaller tells whether a variable of the environment is the caller's own wherever its command is carried out: where
// programs are, the SSH agent, proxies, and the runtime's own settings.
func OfCaller(key string) bool {
	switch strings.ToLower(key) {
	case "ssh_auth_sock", "http_proxy", "https_proxy", "no_proxy", "all_proxy":
		return true
	}
	return key == "PATH" || strings.HasPrefix(key, "CONTAINER_")
}

type environKey struct{}

// WithEnvironment marks the caller's variables for what is done with ctx, as "KEY=value". They stand in place of this
// process's: one that OfCaller calls the caller's and that is not among them is not set.
func WithEnvironment(ctx context.Context, environ []string) context.Context {
	return context.WithValue(ctx, environKey{}, environ)
}

// Environ gives the environment of a process that is started for ctx: base, with the caller's variables in place of its
// own where WithEnvironment gave them.
func Environ(ctx context.Context, base []string) []string {
	caller, marked := ctx.Value(environKey{}).([]string)
	if !marked {
		return base
	}
	own := slices.DeleteFunc(slices.Clone(base), func(entry string) bool {
		key, _, _ := strings.Cut(entry, "=")
		return OfCaller(key)
	})
	return append(own, caller...)
}

// SearchPath gives the PATH that WithEnvironment marked; without a mark, this process's.
func SearchPath(ctx context.Context) string {
	caller, marked := ctx.Value(environKey{}).([]string)
	if !marked {
		return os.Getenv("PATH")
	}
	path := ""
	for _, entry := range caller {
		if value, ok := strings.CutPrefix(entry, "PATH="); ok {
			path = value
		}
	}
	return path
}

// LookPath finds a program in a search path, as exec.LookPath does in PATH. A relative folder of it is left out: the
// caller's current directory is not this process's.
func LookPath(name, search string) (string, error) {
	var denied error
	for _, dir := range filepath.SplitList(search) {
		if !filepath.IsAbs(dir) {
			continue
		}
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		switch {
		case err != nil || info.IsDir():
		case info.Mode().Perm()&0o111 == 0:
			denied = &os.PathError{Op: "find", Path: path, Err: os.ErrPermission}
		default:
			return path, nil
		}
	}
	if denied != nil {
		return "", denied
	}
	return "", &os.PathError{Op: "find", Path: name, Err: os.ErrNotExist}
}
