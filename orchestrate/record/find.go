package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Executable is the name of the program that records.
const Executable = "hostwrightd"

// FindRecorder gives the path of the recorder's program: hostwrightd beside the given executable, symbolic links
// resolved. It never looks into PATH: another version there would write another format.
func FindRecorder(executable string) (string, error) {
	real, err := filepath.EvalSymlinks(executable)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", Executable, err)
	}
	path := filepath.Join(filepath.Dir(real), Executable)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s is missing: it belongs beside %s; build both with `make build`", path, real)
	case err != nil:
		return "", fmt.Errorf("find %s: %w", Executable, err)
	case info.IsDir() || info.Mode().Perm()&0o111 == 0:
		return "", fmt.Errorf("%s is not a program: build it with `make build`", path)
	}
	return path, nil
}
