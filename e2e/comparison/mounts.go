package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"
)

// systemMounts are what each runtime mounts by itself.
var systemMounts = []string{"/dev", "/dev/pts", "/dev/mqueue", "/dev/console", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/sbin/docker-init"}

// mounts adds the mounts of the process: read-only or not, owner and mode of the target, options of a tmpfs, and what is
// in there.
func (s *side) mounts(seen fields, key, proc string) {
	data, err := os.ReadFile(filepath.Join(proc, "mountinfo"))
	if err != nil {
		return
	}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		left, right, _ := strings.Cut(line, " - ")
		l, r := strings.Fields(left), strings.Fields(right)
		if len(l) < 6 || len(r) < 3 {
			continue
		}
		target, options := l[4], strings.Split(l[5], ",")
		if target == "/" {
			seen[key+".root file system"] = options[0]
			continue
		}
		if slices.Contains(systemMounts, target) || strings.HasPrefix(target, "/proc") || strings.HasPrefix(target, "/sys") {
			continue
		}
		path := filepath.Join(proc, "root", target)
		value := options[0] + " " + described(path)
		if r[0] == "tmpfs" {
			value += " tmpfs " + strings.Join(tmpfsOptions(options, strings.Split(r[2], ",")), ",")
		}
		seen[key+".mount."+target] = value
		s.files(seen, key, path, target)
	}
}

// tmpfsOptions gives the options that a file can ask for, sorted.
func tmpfsOptions(mount, super []string) []string {
	var out []string
	for _, o := range append(mount[1:], super...) {
		name, _, _ := strings.Cut(o, "=")
		if slices.Contains([]string{"noexec", "nosuid", "nodev", "size", "mode", "uid", "gid"}, name) {
			out = append(out, o)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// described is a file's kind, owner and mode.
func described(path string) string {
	info, err := os.Lstat(path)
	if err != nil {
		return "unreadable"
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "unreadable"
	}
	kind := map[fs.FileMode]string{0: "file", fs.ModeDir: "folder", fs.ModeSymlink: "link"}[info.Mode().Type()]
	mode := info.Mode().Perm()
	text := fmt.Sprintf("%s %d:%d %04o", kind, stat.Uid, stat.Gid, mode)
	if info.Mode()&(fs.ModeSticky|fs.ModeSetuid|fs.ModeSetgid) != 0 {
		text += " " + info.Mode().String()[:3]
	}
	return text
}

const (
	mostFiles    = 60   // of one mount
	mostContents = 1024 // bytes of a file whose text is compared
)

// files adds what is below a mount: owner, mode, and the text of small files.
func (s *side) files(seen fields, key, root, target string) {
	count := 0
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == root && d.IsDir() {
			return nil
		}
		if count++; count > mostFiles {
			return fs.SkipAll
		}
		value := described(path)
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() && info.Size() <= mostContents {
			if text, err := os.ReadFile(path); err == nil && utf8.Valid(text) {
				value += "\n" + s.plain(string(text))
			}
		}
		seen[key+".file."+filepath.Join(target, strings.TrimPrefix(path, root))] = value
		return nil
	})
}
