package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// InRequest asks to copy a local file or directory, or a stream, into a container.
type InRequest struct {
	// Source is an absolute local path; Written is it as the user wrote it: a trailing "/." means the contents. Both are
	// empty for a stream.
	Source, Written string
	// Stream is a tar archive that is unpacked into the directory Destination.
	Stream io.Reader
	// Destination is a path in the container, absolute or relative to its root.
	Destination string
	// FollowLink copies what Source leads to, instead of the link.
	FollowLink bool
	// Archive gives what is copied to the container's user, as "docker cp --archive" does; otherwise owners stay.
	Archive bool
}

// Into copies into a container.
func Into(ctx context.Context, c Container, r InRequest) error {
	destination := rooted(r.Destination)
	at, err := c.stat(ctx, destination)
	if err != nil {
		return err
	}
	if at.target == special {
		return fmt.Errorf("destination \"%s:%s\" must be a directory or a regular file", c.ID, r.Destination)
	}
	var owner *identity
	if r.Archive {
		if owner, err = c.user(ctx); err != nil {
			return err
		}
	}
	if r.Stream != nil {
		if at.target != directory {
			return fmt.Errorf("destination \"%s:%s\" must be a directory", c.ID, r.Destination)
		}
		return c.unpack(ctx, destination, false, r.Stream)
	}
	info, err := os.Lstat(r.Source)
	if err == nil && (r.FollowLink || strings.HasSuffix(r.Written, "/")) {
		info, err = os.Stat(r.Source)
	}
	if err != nil {
		return err
	}
	s := newSource(r.Written, info.IsDir())
	s.base = filepath.Base(r.Source)
	if at.own == link && at.target == file && at.resolved != "" {
		destination = at.resolved // what a link leads to is replaced, not the link
	}
	p, err := place(s, destination, at.target != absent, at.target == directory, func(dir string) (bool, error) {
		parent, err := c.stat(ctx, dir)
		return parent.target == directory, err
	})
	var missing *parentError
	if errors.As(err, &missing) {
		return c.notFound(missing.dir)
	}
	if err != nil {
		return err
	}
	return c.send(ctx, p, packing{root: r.Source, info: info, name: p.name, owner: owner})
}

// send streams a packed tree into a container.
func (c Container) send(ctx context.Context, p placement, tree packing) error {
	read, write := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		err := tree.write(write)
		_ = write.CloseWithError(err)
		packed <- err
	}()
	err := c.unpack(ctx, p.dir, p.create, read)
	_ = read.CloseWithError(io.ErrClosedPipe)
	if perr := <-packed; perr != nil && !errors.Is(perr, io.ErrClosedPipe) {
		return perr // the cause: the other end only saw a broken archive
	}
	return err
}

const unpackScript = `
[ -z "$2" ] || mkdir "$1" || exit 1
command -v tar >/dev/null 2>&1 || { echo "tar: not found" >&2; exit 127; }
cd "$1" && exec tar -x -p -f -`

func (c Container) unpack(ctx context.Context, dir string, create bool, archive io.Reader) error {
	made := ""
	if create {
		made = "create"
	}
	return c.script(ctx, unpackScript, archive, io.Discard, dir, made)
}

// identity is a user of a container.
type identity struct{ uid, gid int }

// user gives the effective user of the container's own process configuration.
func (c Container) user(ctx context.Context) (*identity, error) {
	var out bytes.Buffer
	if err := c.scriptAs(ctx, "", "exec cat /proc/self/status", nil, &out); err != nil {
		return nil, err
	}
	id := identity{-1, -1}
	for _, line := range strings.Split(out.String(), "\n") {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		switch f[0] {
		case "Uid:":
			id.uid, _ = strconv.Atoi(f[2])
		case "Gid:":
			id.gid, _ = strconv.Atoi(f[2])
		}
	}
	if id.uid < 0 || id.gid < 0 {
		return nil, fmt.Errorf("container %s does not tell its user", c.ID)
	}
	return &id, nil
}

// rooted makes a container's path absolute, and keeps its last slash or dot.
func rooted(p string) string {
	clean := path.Clean("/" + p)
	switch {
	case clean == "/":
	case strings.HasSuffix(p, "/."):
		clean += "/."
	case strings.HasSuffix(p, "/"):
		clean += "/"
	}
	return clean
}
