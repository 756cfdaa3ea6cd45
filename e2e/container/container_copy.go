//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hostwright/compose/e2e/container/argv"
)

func (c *call) copyCommand() *argv.Command {
	return &argv.Command{
		Name: "copy", Aliases: []string{"cp"}, Abstract: "Copy files/folders between a container and the local filesystem",
		Options: []argv.Option{debugOption()},
		Args:    []argv.Arg{{Name: "source", Help: "Source path"}, {Name: "destination", Help: "Destination path"}},
		Run:     c.withServices(func(in *argv.Invocation) error { return c.copy(in.Arg("source"), in.Arg("destination")) }),
	}
}

// guestPath is one side of a copy: in a container when it has an ID.
type guestPath struct{ id, path string }

// parseCopyPath reads a local path, or id:/absolute/path. No other colon is allowed.
func parseCopyPath(text string) (guestPath, error) {
	id, path, inside := strings.Cut(text, ":")
	switch {
	case !inside:
		return guestPath{path: text}, nil
	case id == "" || !strings.HasPrefix(path, "/") || strings.Contains(path, ":"):
		return guestPath{}, fail(codeInvalidArgument, "invalid path given: %s", text)
	}
	return guestPath{id, path}, nil
}

// copy copies into or out of a running container. It works on the root file system, beneath the mounts, as the VM's agent
// does (reference 2.13): what goes into a mounted volume is not seen there.
func (c *call) copy(source, destination string) error {
	from, err := parseCopyPath(source)
	if err != nil {
		return err
	}
	to, err := parseCopyPath(destination)
	if err != nil {
		return err
	}
	if (from.id == "") == (to.id == "") {
		return fail(codeInvalidArgument, "invalid path given: exactly one of source and destination must be a container path")
	}
	id := from.id + to.id
	record, root, err := c.rootOf(id)
	if err != nil {
		return err
	}
	if c.day.has(troubleCopyHangs) {
		return c.hang(record)
	}
	if c.server.atLeast(1, 4, 0) && !record.Agent.atLeast(1, 4, 0) {
		return c.copyByOldAgent(from, to)
	}
	var result string
	if to.id != "" {
		result, err = c.copyIn(record, root, c.absolute(from.path), to.path)
		result = id + ":" + result
	} else {
		result, err = c.copyOut(record, root, from.path, to.path)
	}
	if err != nil {
		return err
	}
	if c.version.atLeast(1, 1, 0) {
		c.print(result)
	}
	return nil
}

// copyByOldAgent is what a container from before an upgrade to 1.4.1 makes of a copy: into it, a success that writes nothing; out
// of it, no path is found (observed, section 3.5).
func (c *call) copyByOldAgent(from, to guestPath) error {
	if from.id != "" {
		return fail(codeNotFound, "copy: path not found %s", from.path)
	}
	if _, err := os.Stat(c.absolute(from.path)); err != nil {
		return fail(codeNotFound, "source path does not exist: %s", from.path)
	}
	c.print(to.id + ":" + filepath.Clean(to.path))
	return nil
}

// rootOf gives the folder that is a running container's root file system, without its mounts.
func (c *call) rootOf(id string) (*containerRecord, string, error) {
	record, running, err := c.known(id)
	if err != nil {
		return nil, "", err
	}
	if record == nil {
		return nil, "", fail(codeNotFound, "get failed: container %s not found", id)
	}
	if !running {
		return nil, "", fail(codeInvalidState, "container %s is not running", id)
	}
	found, err := c.docker.ContainerInspect(c.ctx, record.DockerID)
	if err != nil {
		return nil, "", c.engineError(err)
	}
	root := found.GraphDriver.Data["MergedDir"]
	if root == "" {
		return nil, "", fmt.Errorf("copy: the engine's storage driver %s does not tell where a container's files are", found.GraphDriver.Name)
	}
	return record, root, nil
}

// copyIn writes a file or a folder. Parents are made; into an existing folder goes the source's base name.
func (c *call) copyIn(record *containerRecord, root, source, destination string) (string, error) {
	info, err := os.Stat(source)
	if err != nil {
		return "", fail(codeNotFound, "source path does not exist: %s", source)
	}
	shown := filepath.Clean(destination)
	target, err := c.insideRoot(record, root, destination)
	if err != nil {
		return "", err
	}
	existing, statErr := os.Stat(target)
	switch {
	case statErr == nil && existing.IsDir():
		shown = filepath.Join(shown, filepath.Base(source))
		if target, err = c.insideRoot(record, root, shown); err != nil {
			return "", err
		}
	case statErr == nil && info.IsDir():
		return "", fail(codeInvalidArgument, "cannot copy a directory onto a file: %s", destination)
	case statErr != nil && !info.IsDir() && strings.HasSuffix(destination, "/"):
		return "", fail(codeNotFound, "destination directory does not exist: %s", destination)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return "", fail(codeInternalError, "copy failed").because(err)
	}
	if info.IsDir() {
		err = copyTree(source, target)
	} else {
		err = copyFile(source, target, 0o644)
	}
	if err != nil {
		return "", fail(codeInternalError, "copy failed").because(err)
	}
	return shown, nil
}

// copyOut is like cp -R. A source that does not exist hangs, as it does with the runtime (observed on 1.x): test the path
// with exec first, and set a deadline.
func (c *call) copyOut(record *containerRecord, root, source, destination string) (string, error) {
	from, err := c.insideRoot(record, root, source)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(from)
	if err != nil {
		return "", c.hang(record)
	}
	target := c.absolute(destination)
	if existing, err := os.Stat(target); err == nil && existing.IsDir() {
		target = filepath.Join(target, filepath.Base(filepath.Clean(source)))
	} else if err != nil && strings.HasSuffix(destination, "/") && !info.IsDir() {
		return "", fail(codeNotFound, "destination directory does not exist: %s", destination)
	}
	if info.IsDir() {
		err = copyTree(from, target)
	} else {
		err = copyFile(from, target, info.Mode().Perm())
	}
	if err != nil {
		return "", fail(codeInternalError, "copy failed").because(err)
	}
	return target, nil
}

// insideRoot gives the host's path of a path in a container, symbolic links followed inside of it. The files that are part
// of the runtime's root file system but mounted here are found where they are.
func (c *call) insideRoot(record *containerRecord, root, path string) (string, error) {
	for _, name := range []string{hostsName, resolverName} {
		mounted := false
		for _, each := range record.Configuration.Mounts {
			mounted = mounted || filepath.Clean(each.Destination) == "/etc/"+name
		}
		if filepath.Clean(path) == "/etc/"+name && !mounted {
			return c.ownFile(record, name), nil
		}
	}
	return joinInside(root, path)
}

// joinInside resolves a path under a root as a process with that root would; what does not exist is joined as it is.
func joinInside(root, path string) (string, error) {
	resolved := "/"
	left := path
	for links := 0; left != ""; {
		part, rest, _ := strings.Cut(left, "/")
		left = rest
		next := filepath.Join(resolved, part) // ".." of the root is the root
		target, err := os.Readlink(filepath.Join(root, next))
		if err != nil {
			resolved = next
			continue
		}
		if links++; links > 40 {
			return "", fail(codeInvalidArgument, "too many symbolic links: %s", path)
		}
		if filepath.IsAbs(target) {
			resolved = "/"
		}
		left = target + "/" + left
	}
	return filepath.Join(root, resolved), nil
}

// copyFile writes in place: a file that exists keeps its mode and its inode.
func copyFile(source, target string, mode fs.FileMode) error {
	from, err := os.Open(source)
	if err != nil {
		return err
	}
	defer from.Close()
	_, statErr := os.Stat(target)
	to, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if statErr != nil && err == nil {
		err = to.Chmod(mode) // whatever the umask is
	}
	return errors.Join(err, to.Close())
}

// copyTree copies a folder with its modes and symbolic links; other kinds of files are left out.
func copyTree(source, target string) error {
	return filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		to := filepath.Join(target, relative)
		info, err := entry.Info()
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir():
			return os.MkdirAll(to, info.Mode().Perm())
		case entry.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return errors.Join(removeIfThere(to), os.Symlink(link, to))
		case entry.Type().IsRegular():
			return copyFile(path, to, info.Mode().Perm())
		}
		return nil
	})
}
