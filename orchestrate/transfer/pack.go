package transfer

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// packing is a local tree that becomes an archive.
type packing struct {
	root  string
	info  fs.FileInfo // of the root, the link's target when that is what is copied
	name  string      // of the root in the archive; "" leaves the root out and gives what is in it
	owner *identity   // nil keeps the owners
}

// write writes the archive. Sockets and the like are left out, as tar leaves them.
func (p packing) write(w io.Writer) error {
	out := tar.NewWriter(w)
	if !p.info.IsDir() {
		if err := p.entry(out, p.root, p.name, p.info); err != nil {
			return err
		}
		return out.Close()
	}
	// A link given as the source is followed by its last slash only.
	root, err := filepath.EvalSymlinks(p.root)
	if err != nil {
		return err
	}
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name := path.Join(p.name, filepath.ToSlash(relative))
		if name == "." || name == "" {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return p.entry(out, file, name, info)
	})
	if err != nil {
		return err
	}
	return out.Close()
}

func (p packing) entry(out *tar.Writer, file, name string, info fs.FileInfo) error {
	if info.Mode()&fs.ModeSocket != 0 {
		return nil
	}
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		var err error
		if target, err = os.Readlink(file); err != nil {
			return err
		}
	}
	h, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return fmt.Errorf("copy %s: %w", file, err)
	}
	h.Name, h.Uname, h.Gname = name, "", "" // numbers count: names may be others' in the container
	if info.IsDir() {
		h.Name += "/"
	}
	if p.owner != nil {
		h.Uid, h.Gid = p.owner.uid, p.owner.gid
	}
	if err := out.WriteHeader(h); err != nil {
		return fmt.Errorf("copy %s: %w", file, err)
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.CopyN(out, f, h.Size); err != nil {
		return fmt.Errorf("copy %s: %w", file, err)
	}
	return nil
}
