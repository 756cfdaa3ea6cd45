//go:build linux

package main

import (
	"errors"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// errAlien says that the volume holds something of another kind than what belongs there.
var errAlien = errors.New("the volume holds something else under this name")

type inode struct{ dev, ino uint64 }

// copier copies a tree. All it does may be repeated on its own unfinished work.
type copier struct {
	links    map[inode]string // files with several names: the copy of the first
	mounts   map[string]bool  // not the image's own: left out
	count    int
	warnings []string
	// shared says that target is a folder of the host, where a Mac may refuse to change owners, modes and times: what it
	// refuses stays as it is. Otherwise that is an error.
	shared bool
	kept   map[string]bool // entries of which something stayed as it is
}

// root copies what the folder source holds into the folder target, and gives that the owner, mode and times of source.
func (c *copier) root(source, target string) error {
	var st unix.Stat_t
	if err := call("stat", source, unix.Stat(source, &st)); err != nil {
		return err
	}
	if err := c.children(source, target); err != nil {
		return err
	}
	return c.attributes(source+"/.", target, &st)
}

func (c *copier) children(source, target string) error {
	entries, err := os.ReadDir(source)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := c.entry(path.Join(source, e.Name()), path.Join(target, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// entry copies one thing of any kind, with all below it.
func (c *copier) entry(source, target string) error {
	var st unix.Stat_t
	if err := call("lstat", source, unix.Lstat(source, &st)); err != nil {
		return err
	}
	kind := st.Mode & unix.S_IFMT
	mounted := c.mounts[source]
	if mounted && kind != unix.S_IFDIR {
		return nil
	}
	c.count++
	switch kind {
	case unix.S_IFDIR:
		return c.folder(source, target, &st, mounted)
	case unix.S_IFLNK:
		if err := c.symlink(source, target); err != nil {
			return err
		}
	case unix.S_IFREG:
		if linked, err := c.hardLink(target, &st); linked || err != nil {
			return err
		}
		if err := c.file(source, target, &st); err != nil {
			return err
		}
	default:
		if made, err := c.special(source, target, &st); !made || err != nil {
			return err
		}
	}
	return c.attributes(source, target, &st)
}

// folder copies a folder. Of one that something is mounted on, only the folder itself is the image's.
func (c *copier) folder(source, target string, st *unix.Stat_t, mounted bool) error {
	err := unix.Mkdir(target, c.initial(0o700, st))
	if errors.Is(err, unix.EEXIST) {
		err = sameKind(target, unix.S_IFDIR)
	}
	if err != nil {
		return call("mkdir", target, err)
	}
	if !mounted {
		if err := c.children(source, target); err != nil {
			return err
		}
	}
	return c.attributes(source, target, st)
}

func (c *copier) symlink(source, target string) error {
	to, err := os.Readlink(source)
	if err != nil {
		return err
	}
	err = unix.Symlink(to, target)
	if errors.Is(err, unix.EEXIST) {
		if err = sameKind(target, unix.S_IFLNK); err == nil {
			if old, e := os.Readlink(target); e != nil || old != to {
				err = errAlien
			}
		}
	}
	return call("symlink", target, err)
}

// hardLink makes target another name of a file that is copied already; linked is false when this is the first.
func (c *copier) hardLink(target string, st *unix.Stat_t) (linked bool, err error) {
	if st.Nlink < 2 {
		return false, nil
	}
	key := inode{uint64(st.Dev), st.Ino}
	first, ok := c.links[key]
	if !ok {
		c.links[key] = target
		return false, nil
	}
	err = unix.Link(first, target)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, unix.EEXIST):
		if sameFile(first, target) {
			return true, nil
		}
		return false, nil // written as a file of its own by an earlier attempt
	case errors.Is(err, unix.EMLINK), errors.Is(err, unix.EPERM), errors.Is(err, unix.ENOTSUP):
		return false, nil // the content matters more than the link
	}
	return false, call("link", target, err)
}

// file copies a regular file. One that has size and time already is complete, since the time is set last.
func (c *copier) file(source, target string, st *unix.Stat_t) error {
	var old unix.Stat_t
	err := unix.Lstat(target, &old)
	switch {
	case errors.Is(err, unix.ENOENT):
	case err != nil:
		return call("lstat", target, err)
	case old.Mode&unix.S_IFMT != unix.S_IFREG:
		return call("write", target, errAlien)
	case old.Size == st.Size && old.Mtim == st.Mtim:
		return nil
	}
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, os.FileMode(c.initial(0o600, st)))
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if e := out.Close(); err == nil {
		err = e
	}
	return err
}

// special makes a FIFO, a socket or a device. What a container may not make is left out, with a warning.
func (c *copier) special(source, target string, st *unix.Stat_t) (made bool, err error) {
	err = unix.Mknod(target, st.Mode, int(st.Rdev))
	if errors.Is(err, unix.EEXIST) {
		err = sameKind(target, st.Mode&unix.S_IFMT)
	}
	if errors.Is(err, unix.EPERM) {
		c.warnings = append(c.warnings, source+" was not copied: "+err.Error())
		return false, nil
	}
	return true, call("mknod", target, err)
}

// attributes gives target the owner, extended attributes, mode and times of source. The order matters: a change of
// owner clears set-user-ID bits and capabilities, and everything changes times.
func (c *copier) attributes(source, target string, st *unix.Stat_t) error {
	if err := c.change("chown", target, unix.Lchown(target, int(st.Uid), int(st.Gid))); err != nil {
		return err
	}
	c.xattrs(source, target)
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		if err := c.change("chmod", target, unix.Chmod(target, st.Mode&0o7777)); err != nil {
			return err
		}
	}
	times := []unix.Timespec{st.Atim, st.Mtim}
	return c.change("set times of", target, unix.UtimesNanoAt(unix.AT_FDCWD, target, times, unix.AT_SYMLINK_NOFOLLOW))
}

// change judges the change of an attribute.
func (c *copier) change(op, target string, err error) error {
	if err != nil && c.shared && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.ENOTSUP)) {
		c.kept[target] = true
		return nil
	}
	return call(op, target, err)
}

// initial is the mode of something new. Where modes may be refused later it is the image's from the start.
func (c *copier) initial(least uint32, st *unix.Stat_t) uint32 {
	if c.shared {
		return least | st.Mode&0o777
	}
	return least
}

func sameKind(name string, kind uint32) error {
	var st unix.Stat_t
	if err := unix.Lstat(name, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != kind {
		return errAlien
	}
	return nil
}

func sameFile(a, b string) bool {
	var x, y unix.Stat_t
	return unix.Lstat(a, &x) == nil && unix.Lstat(b, &y) == nil && x.Dev == y.Dev && x.Ino == y.Ino
}

// call names the operation and the file of an error.
func call(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &os.PathError{Op: op, Path: name, Err: err}
}
