package images

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hostwright/compose/adapter"
)

// stateFolder is the folder of ledgers beside a compose file (package ledger). A build does not get it: `COPY . .` would
// carry it into the image, and every operation would spoil the builder's cache.
const stateFolder = ".hostwright"

// withoutState makes a build leave out the state folders that its context holds. The builder takes exceptions from the
// file <Dockerfile>.dockerignore, which beats the context's own, and the Dockerfile may lie outside the context
// (runtime 1.0.0 and later): so a copy of it is used, with the exceptions that hold anyway and one more. done removes the
// copy. Nothing is written into the context. A request whose Dockerfile cannot be read is left to the builder's message.
func withoutState(r adapter.BuildRequest, projectDir string) (_ adapter.BuildRequest, done func(), err error) {
	nothing := func() {}
	if !holdsState(r.Context, projectDir) {
		return r, nothing, nil
	}
	name, text, err := dockerfile(r)
	if err != nil {
		return r, nothing, nil
	}
	ignore, err := ignored(r, name)
	if err != nil {
		return r, nothing, err
	}
	dir, err := os.MkdirTemp("", "hostwright-build-")
	if err != nil {
		return r, nothing, fmt.Errorf("copy the Dockerfile: %w", err)
	}
	done = func() { _ = os.RemoveAll(dir) }
	file := filepath.Join(dir, filepath.Base(name))
	err = errors.Join(os.WriteFile(file, text, 0o600), os.WriteFile(file+ignoreSuffix, ignore, 0o600))
	if err != nil {
		done()
		return r, nothing, fmt.Errorf("copy the Dockerfile: %w", err)
	}
	r.Dockerfile, r.Inline = file, ""
	return r, done, nil
}

const ignoreSuffix = ".dockerignore"

// holdsState tells whether a context has a state folder: its own, or the project's somewhere below.
func holdsState(context, projectDir string) bool {
	folders := []string{context}
	if below, err := filepath.Rel(context, projectDir); err == nil && below != ".." && !strings.HasPrefix(below, "../") {
		folders = append(folders, projectDir)
	}
	for _, dir := range folders {
		if i, err := os.Stat(filepath.Join(dir, stateFolder)); err == nil && i.IsDir() {
			return true
		}
	}
	return false
}

// dockerfile gives the path and the text of a build's Dockerfile, the builder's default where none is named.
func dockerfile(r adapter.BuildRequest) (string, []byte, error) {
	switch {
	case r.Inline != "":
		return filepath.Join(r.Context, "Dockerfile"), []byte(r.Inline), nil
	case r.Dockerfile != "":
		text, err := os.ReadFile(r.Dockerfile)
		return r.Dockerfile, text, err
	}
	path := filepath.Join(r.Context, "Dockerfile")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		path = filepath.Join(r.Context, "Containerfile")
		text, err = os.ReadFile(path)
	}
	return path, text, err
}

// ignored gives the exceptions that hold for a build, and the state folders as the last of them, so that no later line
// takes them in again. An inline Dockerfile has none of its own.
func ignored(r adapter.BuildRequest, dockerfile string) ([]byte, error) {
	places := []string{dockerfile + ignoreSuffix, filepath.Join(r.Context, ignoreSuffix)}
	if r.Inline != "" {
		places = places[1:]
	}
	var text []byte
	for _, path := range places {
		data, err := os.ReadFile(path)
		if err == nil {
			text = data
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read what the build leaves out: %w", err)
		}
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	return append(text, "**/"+stateFolder+"\n"...), nil
}
