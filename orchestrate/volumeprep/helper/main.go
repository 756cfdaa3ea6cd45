//go:build linux

// Command helper prepares a volume from inside a container: it is the process of a one-off of a service's image, with
// the volume at a side path, and copies what the image has at the mount point. It removes nothing but an empty
// lost+found, and leaves a volume that holds anything else alone, unless it is told that this is its own unfinished
// work. It is static and imports as little as it can, since it is embedded for every architecture.
package main

import (
	"errors"
	"os"
	"path"
	"strconv"

	"golang.org/x/sys/unix"
)

// Exit codes. 1 is not among them: the runtime uses it for what it could not start.
const (
	exitFailed = 3  // an I/O error; the volume may be filled in part
	exitAlien  = 4  // the volume holds something that the copy would have to replace
	exitUsage  = 64 // wrong arguments
)

type arguments struct {
	resume bool
	noCopy bool
	folder bool // a folder of the host, where owners and modes may not be changed
	volume string
	target string
}

func main() {
	a, ok := parse(os.Args[1:])
	if !ok {
		os.Stderr.WriteString("usage: prepare [-resume] [-nocopy] [-folder] VOLUME TARGET\n")
		os.Exit(exitUsage)
	}
	done, err := prepare(a)
	if err != nil {
		os.Stderr.WriteString("prepare volume for " + a.target + ": " + err.Error() + "\n")
		if errors.Is(err, errAlien) {
			os.Exit(exitAlien)
		}
		os.Exit(exitFailed)
	}
	os.Stdout.WriteString(done + "\n")
}

func parse(args []string) (a arguments, ok bool) {
	for len(args) > 0 && args[0] != "" && args[0][0] == '-' {
		switch args[0] {
		case "-resume":
			a.resume = true
		case "-nocopy":
			a.noCopy = true
		case "-folder":
			a.folder = true
		default:
			return a, false
		}
		args = args[1:]
	}
	if len(args) != 2 || !path.IsAbs(args[0]) || !path.IsAbs(args[1]) {
		return a, false
	}
	a.volume, a.target = args[0], args[1]
	return a, true
}

// prepare does the work and says in a line what was done.
func prepare(a arguments) (string, error) {
	empty, err := emptied(a.volume)
	if err != nil {
		return "", err
	}
	if !empty && !a.resume {
		return "left alone: the volume is not empty", nil
	}
	if a.noCopy {
		return "empty: nothing is to be copied", flush(a.volume)
	}
	source, err := os.Stat(a.target)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENOTDIR) || err == nil && !source.IsDir() {
		return "empty: the image has no folder at the mount point", flush(a.volume)
	}
	if err != nil {
		return "", err
	}
	c := &copier{links: map[inode]string{}, mounts: mountPoints(), shared: a.folder, kept: map[string]bool{}}
	if err := c.root(a.target, a.volume); err != nil {
		return "", err
	}
	if len(c.kept) > 0 {
		c.warnings = append(c.warnings, "owner or mode of "+strconv.Itoa(len(c.kept))+" entries could not be set")
	}
	for _, w := range c.warnings {
		os.Stderr.WriteString("warning: " + w + "\n")
	}
	return "copied " + strconv.Itoa(c.count) + " entries", flush(a.volume)
}

// emptied removes an empty lost+found, and tells whether the volume then holds nothing.
func emptied(volume string) (bool, error) {
	entries, err := os.ReadDir(volume)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if e.Name() != lostFound {
			return false, nil
		}
	}
	if len(entries) == 0 {
		return true, nil
	}
	// rmdir takes an empty folder only: what a file system check has saved stays.
	err = unix.Rmdir(path.Join(volume, lostFound))
	switch {
	case errors.Is(err, unix.ENOTEMPTY), errors.Is(err, unix.EEXIST), errors.Is(err, unix.ENOTDIR):
		return false, nil
	case err != nil:
		return false, &os.PathError{Op: "rmdir", Path: path.Join(volume, lostFound), Err: err}
	}
	return true, nil
}

// lostFound is what a new ext4 file system holds.
const lostFound = "lost+found"

// flush waits until the volume's disk has everything: the machine is switched off when this process ends.
func flush(volume string) error {
	f, err := os.Open(volume)
	if err != nil {
		return err
	}
	defer f.Close()
	return call("syncfs", volume, unix.Syncfs(int(f.Fd())))
}
