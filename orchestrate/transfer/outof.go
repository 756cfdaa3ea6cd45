package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// OutRequest asks to copy a file or directory out of a container.
type OutRequest struct {
	// Source is a path in the container, absolute or relative to its root; a trailing "/." means the contents.
	Source string
	// Destination is an absolute local path; Written is it as the user wrote it, with a last slash.
	Destination, Written string
	// Stream gets a tar archive instead.
	Stream io.Writer
	// FollowLink copies what Source leads to, under Source's name, instead of the link.
	FollowLink bool
}

// OutOf copies out of a container. A source that is missing is ErrNotFound. What is written belongs to the caller.
func OutOf(ctx context.Context, c Container, r OutRequest) error {
	if r.Stream == nil {
		parent := filepath.Dir(filepath.Clean(r.Destination))
		if info, err := os.Stat(parent); err != nil || !info.IsDir() {
			return fmt.Errorf("invalid output path: directory %q does not exist", parent)
		}
	}
	from := rooted(r.Source)
	is, err := c.stat(ctx, from)
	if err != nil {
		return err
	}
	if is.own == absent || r.FollowLink && is.target == absent {
		return c.notFound(strings.TrimSuffix(from, "/."))
	}
	packed := path.Clean(from)
	s := newSource(r.Source, is.own == directory || is.own == link && strings.HasSuffix(from, "/.") && is.target == directory)
	if r.FollowLink && is.own == link {
		if is.resolved == "" {
			return fmt.Errorf("container %s cannot tell where %s leads to", c.ID, from)
		}
		packed, s.directory = is.resolved, is.target == directory
	}
	if r.Stream != nil {
		name := s.base
		if s.contents {
			name = ""
		}
		return c.through(ctx, packed, s, func(archive io.Reader) error { return rename(r.Stream, archive, name) })
	}
	local, err := localPlace(s, r)
	if err != nil {
		return err
	}
	return c.through(ctx, packed, s, func(archive io.Reader) error { return unpackInto(local, archive) })
}

// through packs a path in a container and hands the archive on.
func (c Container) through(ctx context.Context, packed string, s source, take func(io.Reader) error) error {
	read, write := io.Pipe()
	taken := make(chan error, 1)
	go func() {
		err := take(read)
		if err == nil {
			_, err = io.Copy(io.Discard, read) // padding behind the archive's end
		}
		_ = read.CloseWithError(err)
		taken <- err
	}()
	err := c.pack(ctx, packed, s.contents || s.directory, write)
	_ = write.CloseWithError(err)
	if terr := <-taken; terr != nil && (err == nil || !errors.Is(terr, err)) {
		return terr // the cause: the other end only saw a broken pipe
	}
	return err
}

const packScript = `
command -v tar >/dev/null 2>&1 || { echo "tar: not found" >&2; exit 127; }
cd "$1" && exec tar -c -f - -- "$2"`

// pack writes an archive of a path to out. Its topmost entry is "." for what is in a directory, else the path's last
// part.
func (c Container) pack(ctx context.Context, packed string, inside bool, out io.Writer) error {
	dir, name := path.Split(packed)
	if inside {
		dir, name = packed, "."
	} else if name == "" {
		dir, name = "/", "."
	}
	// "./" keeps a name that begins with a dash from being an option where tar knows no "--".
	if name != "." {
		name = "./" + name
	}
	return c.script(ctx, packScript, nil, out, dir, name)
}

// localPlace applies the rules of a destination to this machine.
func localPlace(s source, r OutRequest) (placement, error) {
	destination := filepath.ToSlash(r.Destination)
	if strings.HasSuffix(r.Written, "/") || strings.HasSuffix(r.Written, "/.") {
		destination = strings.TrimSuffix(destination, "/") + "/"
	}
	info, err := os.Stat(r.Destination)
	exists := err == nil
	p, err := place(s, destination, exists, exists && info.IsDir(), func(dir string) (bool, error) {
		info, err := os.Stat(dir)
		return err == nil && info.IsDir(), nil
	})
	var missing *parentError
	if errors.As(err, &missing) {
		return p, fmt.Errorf("invalid output path: %w", err)
	}
	return p, err
}
