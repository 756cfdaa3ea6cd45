//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// proxyVariables are the variables that tell programs how to reach the network.
var proxyVariables = []string{"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"}

// source is one Debian archive, as this machine reaches it.
type source struct {
	uri        string
	suite      string
	components []string
	signedBy   string // a keyring's path, or empty
}

// debianSources asks apt where this machine gets Debian from. Whatever else
// the machine installs from is left out.
func (l layout) debianSources(ctx context.Context) ([]source, error) {
	const format = "$(ORIGIN)|$(CODENAME)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SIGNED_BY)|$(CREATED_BY)"
	for attempt := 0; ; attempt++ {
		printed, err := output(ctx, "apt-get", "indextargets", "--format", format)
		if err != nil {
			return nil, err
		}
		if sources := parseIndexTargets(printed); slices.ContainsFunc(sources, func(s source) bool { return s.suite == debianSuite }) {
			return sources, nil
		}
		if attempt > 0 {
			return nil, fmt.Errorf("apt on this machine has no source for Debian %s: check /etc/apt/sources.list and sources.list.d", debianSuite)
		}
		// Origins are known only after an update.
		if err := l.logged(ctx, "apt-update", exec.CommandContext(ctx, "apt-get", "-q", "update")); err != nil {
			return nil, err
		}
	}
}

// parseIndexTargets reads the lines of debianSources' format. apt prints a
// variable that has no value as its name.
func parseIndexTargets(printed string) []source {
	var sources []source
	for line := range strings.Lines(printed) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 7 || f[0] != "Debian" || f[6] != "Packages" || !strings.HasPrefix(f[1], debianSuite) {
			continue
		}
		signedBy := ""
		if strings.HasPrefix(f[5], "/") {
			signedBy = f[5]
		}
		i := slices.IndexFunc(sources, func(s source) bool { return s.uri == f[2] && s.suite == f[3] })
		if i < 0 {
			sources = append(sources, source{uri: f[2], suite: f[3], components: []string{f[4]}, signedBy: signedBy})
		} else if !slices.Contains(sources[i].components, f[4]) {
			sources[i].components = append(sources[i].components, f[4])
		}
	}
	slices.SortFunc(sources, func(a, b source) int { return strings.Compare(a.suite+a.uri, b.suite+b.uri) })
	return sources
}

// sourcesList is the sources as apt reads them in an image.
func sourcesList(sources []source) string {
	var b strings.Builder
	for _, s := range sources {
		option := ""
		if s.signedBy != "" {
			option = "[signed-by=" + s.signedBy + "] "
		}
		slices.Sort(s.components)
		fmt.Fprintf(&b, "deb %s%s %s %s\n", option, s.uri, s.suite, strings.Join(s.components, " "))
	}
	return b.String()
}

// aptSettings picks, from what `apt-config dump` prints, the settings that
// say how to reach an archive.
func aptSettings(dump string) string {
	var b strings.Builder
	for line := range strings.Lines(dump) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if value == `"";` {
			continue
		}
		lower := strings.ToLower(name)
		for _, prefix := range []string{"acquire::http", "acquire::ftp", "acquire::check-", "acquire::retries", "acquire::force", "acquire::allow", "acquire::by-hash", "acquire::queue-mode"} {
			if strings.HasPrefix(lower, prefix) {
				b.WriteString(strings.TrimSpace(line) + "\n")
				break
			}
		}
	}
	return b.String()
}

// debianMirror is the plain address of the main archive, for debootstrap.
func debianMirror(sources []source) (string, error) {
	for _, s := range sources {
		if s.suite != debianSuite {
			continue
		}
		list, ok := strings.CutPrefix(s.uri, "mirror+file:")
		if !ok {
			return strings.TrimPrefix(s.uri, "mirror+"), nil
		}
		text, err := os.ReadFile(strings.TrimSuffix(list, "/"))
		if err != nil {
			return "", err
		}
		first := strings.Fields(string(text))
		if len(first) == 0 {
			return "", fmt.Errorf("%s: no mirror in it", list)
		}
		return first[0], nil
	}
	return "", errors.New("no source for " + debianSuite)
}

// writeAptInto makes apt under root reach the archives as this machine does:
// sources, settings, credentials, keyrings, and certificates that the machine's
// administrator added.
func writeAptInto(ctx context.Context, root string, sources []source) error {
	dump, err := output(ctx, "apt-config", "dump")
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(root, "etc/apt/sources.list"), []byte(sourcesList(sources))); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(root, "etc/apt/apt.conf.d/50machine"), []byte(aptSettings(dump))); err != nil {
		return err
	}
	paths := []string{"/etc/apt/auth.conf", "/etc/apt/auth.conf.d", "/etc/apt/keyrings", "/etc/apt/trusted.gpg.d", "/etc/apt/mirrors", "/usr/local/share/ca-certificates"}
	for _, s := range sources {
		if s.signedBy != "" {
			paths = append(paths, s.signedBy)
		}
	}
	for _, path := range paths {
		if err := copyTree(path, filepath.Join(root, path)); err != nil {
			return fmt.Errorf("copy %s: %w", path, err)
		}
	}
	_, err = output(ctx, "chroot", root, "update-ca-certificates")
	return err
}

// copyTree copies a file, or the regular files of a folder, with their modes.
// A missing one is nothing to copy.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == from {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		stat, err := os.Stat(path) // the target, when it is a link
		if err != nil || !stat.Mode().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, text, stat.Mode().Perm())
	})
}
