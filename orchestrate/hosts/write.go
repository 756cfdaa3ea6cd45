package hosts

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// writing keeps two writers of one file apart: each write is a few microseconds, and several processes are kept
// apart by the operation lock.
var writing sync.Mutex

// Write puts the text into the hosts file at path, in place: the container has that very file mounted, so it keeps
// its inode. Whoever looks at any instant finds all lines of the old text or all of the new one, never a short file:
// overwrite says how.
//
// A missing file is made, 0644 in a folder of its own, 0755: every user in the container reads it, and the runtime
// shares the folder with the container. Folders above that one are made private, 0700.
func Write(path, text string) error {
	writing.Lock()
	defer writing.Unlock()
	if err := write(path, text); err != nil {
		return fmt.Errorf("write hosts file: %w", err)
	}
	return nil
}

func write(path, text string) error {
	f, err := open(path)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(path)
	if err == nil {
		err = overwrite(f, string(old), text)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// storage is what overwrite does to a file.
type storage interface {
	WriteAt(p []byte, off int64) (int, error)
	Truncate(size int64) error
}

// overwrite replaces old by text in three steps, of which each leaves one text whole while it changes the other: the
// new text goes behind the old one, then over it, and is cut off behind. Truncating first would show an empty file;
// writing the new text over the old one alone shows parts of both, and one that grows shows its bytes before its
// length.
func overwrite(f storage, old, text string) error {
	if old == text {
		return nil
	}
	length := max(len(old), len(text))
	if old != "" {
		if _, err := f.WriteAt(append(lines(length-len(old)), text...), int64(len(old))); err != nil {
			return err
		}
	}
	if _, err := f.WriteAt(append([]byte(text), lines(length-len(text))...), 0); err != nil {
		return err
	}
	return f.Truncate(int64(len(text)))
}

// lines gives n empty lines.
func lines(n int) []byte { return bytes.Repeat([]byte{'\n'}, n) }

// open opens the file, made with its folders where they are missing. Modes are set after making: the umask must not
// take away what a container's user needs.
func open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil || !os.IsNotExist(err) {
		return f, err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !os.IsExist(err) {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	if f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return nil, err
	}
	if err := f.Chmod(0o644); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
