//go:build linux

package main

import (
	"bytes"
	"errors"

	"golang.org/x/sys/unix"
)

// xattrs copies extended attributes: capabilities of files, access control lists, what users set. What the volume or
// the container's rights do not allow is left out, with a warning where it could matter.
func (c *copier) xattrs(source, target string) {
	names, err := listXattrs(source)
	if err != nil {
		c.warnings = append(c.warnings, source+": attributes were not read: "+err.Error())
		return
	}
	for _, name := range names {
		value, err := getXattr(source, name)
		if err == nil {
			err = unix.Lsetxattr(target, name, value, 0)
		}
		if err != nil && !errors.Is(err, unix.ENODATA) {
			c.warnings = append(c.warnings, source+": attribute "+name+" was not copied: "+err.Error())
		}
	}
}

// listXattrs gives the names, without those that the host's file systems keep for themselves.
func listXattrs(name string) ([]string, error) {
	buf := make([]byte, 1<<10)
	for {
		n, err := unix.Llistxattr(name, buf)
		switch {
		case errors.Is(err, unix.ERANGE):
			buf = make([]byte, 4*len(buf))
		case errors.Is(err, unix.ENOTSUP):
			return nil, nil
		case err != nil:
			return nil, err
		default:
			var out []string
			for _, b := range bytes.Split(buf[:n], []byte{0}) {
				if s := string(b); s != "" && s != "security.selinux" && !bytes.HasPrefix(b, []byte("trusted.")) {
					out = append(out, s)
				}
			}
			return out, nil
		}
	}
}

func getXattr(name, attribute string) ([]byte, error) {
	buf := make([]byte, 1<<10)
	for {
		n, err := unix.Lgetxattr(name, attribute, buf)
		if !errors.Is(err, unix.ERANGE) {
			return buf[:max(n, 0)], err
		}
		buf = make([]byte, 4*len(buf))
	}
}
