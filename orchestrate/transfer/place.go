package transfer

import (
	"errors"
	"path"
	"strings"
)

// The errors of a destination, in Docker's words.
var (
	errCannotCopyDirectory = errors.New("cannot copy directory")
	errNoDirectory         = errors.New("no such directory")
	errNotADirectory       = errors.New("not a directory")
)

// source is what is copied.
type source struct {
	base      string // the last part of its path
	directory bool
	contents  bool // only what is in the directory: the path ends in "/."
}

// newSource reads a path as it was written.
func newSource(written string, isDirectory bool) source {
	s := source{base: path.Base(path.Clean("/" + written)), directory: isDirectory}
	s.contents = written == "." || strings.HasSuffix(written, "/.")
	return s
}

// placement is where a source's tree goes: into the directory dir, its topmost entry named name. An empty name is the
// directory itself.
type placement struct {
	dir, name string
	// create is true when dir/name, a directory, must be made first, or dir for an empty name.
	create bool
}

// place applies the rules of "docker cp" to a destination: an existing directory takes the source under its own name
// (a directory's contents as they are when the source ends in "/."); an existing file is replaced by a file; what does
// not exist gets that name, and its parent must exist. parent tells whether it does.
func place(s source, destination string, exists, isDirectory bool, parent func(dir string) (bool, error)) (placement, error) {
	slash := strings.HasSuffix(destination, "/") || strings.HasSuffix(destination, "/.")
	clean := path.Clean(destination)
	dir, name := path.Split(clean)
	dir = path.Clean(dir)
	switch {
	case exists && isDirectory && s.contents:
		return placement{dir: clean}, nil
	case exists && isDirectory:
		return placement{dir: clean, name: s.base}, nil
	case exists && s.directory:
		return placement{}, errCannotCopyDirectory
	case exists && slash:
		return placement{}, errNotADirectory
	case exists:
		return placement{dir: dir, name: name}, nil
	case slash && !s.directory:
		return placement{}, errNoDirectory
	}
	ok, err := parent(dir)
	switch {
	case err != nil:
		return placement{}, err
	case !ok:
		return placement{}, &parentError{dir}
	case s.directory && s.contents:
		return placement{dir: clean, create: true}, nil
	}
	return placement{dir: dir, name: name}, nil
}

// parentError says that the directory of a destination is missing.
type parentError struct{ dir string }

func (e *parentError) Error() string { return "directory \"" + e.dir + "\" does not exist" }
