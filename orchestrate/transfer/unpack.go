package transfer

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// renamed gives an entry's name with the topmost part replaced; ok is false for the topmost entry itself when nothing
// replaces it.
func renamed(entry, name string) (string, bool) {
	clean := path.Clean("/" + entry)[1:]
	if clean == "" { // "." of a directory
		return name, name != ""
	}
	return path.Join(name, clean), true
}

// renamedFile is renamed for the archive of a single path, whose topmost part is that path's own name.
func renamedFile(entry, name string) (string, bool) {
	_, rest, _ := strings.Cut(path.Clean("/" + entry)[1:], "/")
	return path.Join(name, rest), true
}

// rename copies an archive with its topmost name replaced.
func rename(w io.Writer, archive io.Reader, name string) error {
	in, out := tar.NewReader(archive), tar.NewWriter(w)
	single := false
	for n := 0; ; n++ {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out.Close()
		}
		if err != nil {
			return fmt.Errorf("read the container's archive: %w", err)
		}
		single = n == 0 && path.Clean("/"+h.Name) != "/" || n > 0 && single
		change := renamed
		if single {
			change = renamedFile
		}
		to, ok := change(h.Name, name)
		if !ok {
			continue
		}
		if h.Typeflag == tar.TypeLink {
			h.Linkname, _ = change(h.Linkname, name)
		}
		if h.Name = to; h.Typeflag == tar.TypeDir {
			h.Name += "/"
		}
		if err := out.WriteHeader(h); err != nil {
			return err
		}
		if _, err := io.Copy(out, in); err != nil {
			return err
		}
	}
}

// unpackInto unpacks an archive at its place. Nothing is written outside of it, whatever the archive says: all goes
// through an os.Root. Directories get their modes and times last, so that what is in them can be written.
func unpackInto(p placement, archive io.Reader) error {
	if p.create {
		if err := os.Mkdir(p.dir, 0o777); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := &unpacking{Root: root, name: p.name}
	in := tar.NewReader(archive)
	for n := 0; ; n++ {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return u.finish()
		}
		if err != nil {
			return fmt.Errorf("read the container's archive: %w", err)
		}
		if n == 0 {
			u.single = path.Clean("/"+h.Name) != "/"
		}
		if err := u.entry(h, in); err != nil {
			return err
		}
	}
}

type unpacking struct {
	*os.Root
	name        string
	single      bool // the archive is of one path, whose name is replaced
	directories []*tar.Header
}

func (u *unpacking) rename(entry string) (string, bool) {
	if u.single {
		return renamedFile(entry, u.name)
	}
	return renamed(entry, u.name)
}

func (u *unpacking) entry(h *tar.Header, content io.Reader) error {
	name, ok := u.rename(h.Name)
	if !ok {
		return nil
	}
	h.Name = name
	mode := h.FileInfo().Mode()
	switch h.Typeflag {
	case tar.TypeDir:
		if err := u.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if info, err := u.Lstat(name); err != nil || !info.IsDir() {
			return fmt.Errorf("%s is in the way of a directory", name)
		}
		u.directories = append(u.directories, h)
		return nil
	case tar.TypeReg:
		return u.file(h, mode, content)
	case tar.TypeSymlink:
		if err := u.clear(name); err != nil {
			return err
		}
		return u.Symlink(h.Linkname, name)
	case tar.TypeLink:
		if err := u.clear(name); err != nil {
			return err
		}
		target, _ := u.rename(h.Linkname)
		return u.Link(target, name)
	}
	return fmt.Errorf("%s is neither a file, a directory nor a link, and cannot be copied", h.Name)
}

// clear removes what is no directory.
func (u *unpacking) clear(name string) error {
	info, err := u.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("cannot overwrite directory %q with non-directory", name)
	}
	return u.Remove(name)
}

func (u *unpacking) file(h *tar.Header, mode fs.FileMode, content io.Reader) error {
	if err := u.clear(h.Name); err != nil {
		return err
	}
	f, err := u.OpenFile(h.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", h.Name, err)
	}
	return u.Chtimes(h.Name, time.Time{}, h.ModTime)
}

// finish gives directories their modes and times, the innermost first.
func (u *unpacking) finish() error {
	slices.Reverse(u.directories)
	for _, h := range u.directories {
		if err := u.Chmod(h.Name, h.FileInfo().Mode()); err != nil {
			return err
		}
		if err := u.Chtimes(h.Name, time.Time{}, h.ModTime); err != nil {
			return err
		}
	}
	return nil
}
