package hosts

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// writing keeps two writers of one file apart: each write is a few microseconds, and several processes are kept
// apart by the operation lock.
var writing sync.Mutex

// Write puts the text into the hosts file at path, in place: the container has that very file mounted, so it keeps
// its inode. The whole text goes in one write, padded with empty lines to the length of the old one, and the file is
// cut last: truncating first was read short by most readers in a tight loop, this never.
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
	if err == nil && !bytes.Equal(old, []byte(text)) {
		padded := text + strings.Repeat("\n", max(0, len(old)-len(text)))
		if _, err = f.WriteAt([]byte(padded), 0); err == nil && len(padded) > len(text) {
			err = f.Truncate(int64(len(text)))
		}
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

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
