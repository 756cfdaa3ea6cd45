package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hostwright/compose/adapter"
)

// Execer runs processes in containers; adapter.RuntimeAdapter is one.
type Execer interface {
	Exec(ctx context.Context, r adapter.ExecRequest) (int, error)
}

// Container is one running container.
type Container struct {
	Execer
	ID string
}

// ErrNotFound is what an error about a missing path in a container wraps.
var ErrNotFound = errors.New("no such path in the container")

// script runs a shell script with arguments as root and gives what it prints. The arguments are never part of the
// script's text.
func (c Container) script(ctx context.Context, text string, in io.Reader, out io.Writer, args ...string) error {
	return c.scriptAs(ctx, "0", text, in, out, args...)
}

func (c Container) scriptAs(ctx context.Context, user, text string, in io.Reader, out io.Writer, args ...string) error {
	var complaint tail
	code, err := c.Exec(ctx, adapter.ExecRequest{
		ID: c.ID, Command: append([]string{"/bin/sh", "-c", text, "sh"}, args...), User: user,
		Interactive: in != nil, Stdin: in, Stdout: out, Stderr: &complaint,
	})
	switch {
	case adapter.Is(err, adapter.Refused), err == nil && code == 126:
		return fmt.Errorf("container %s has no shell (/bin/sh), which copying needs", c.ID)
	case err != nil:
		return err
	case code == 127:
		return fmt.Errorf("container %s has no tar, which copying needs: %s", c.ID, complaint.text())
	case code != 0:
		return fmt.Errorf("copy in container %s: exit code %d: %s", c.ID, code, complaint.text())
	}
	return nil
}

// tail keeps the last lines of a complaint.
type tail struct{ bytes.Buffer }

const maxComplaint = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	if t.Len() > 2*maxComplaint {
		t.Next(t.Len() - maxComplaint)
	}
	return t.Buffer.Write(b)
}

func (t *tail) text() string {
	b := t.Bytes()
	return strings.TrimSpace(string(b[max(0, len(b)-maxComplaint):]))
}

// kind is what a path is.
type kind string

const (
	absent    kind = "absent"
	directory kind = "directory"
	file      kind = "file"
	link      kind = "link" // as itself; what it leads to is asked for apart
	special   kind = "special"
)

const statScript = `
look() {
  if [ -d "$1" ]; then echo directory
  elif [ -f "$1" ]; then echo file
  elif [ -e "$1" ]; then echo special
  else echo absent; fi
}
if [ -L "$1" ]; then echo link; else look "$1"; fi
look "$1"
readlink -f -- "$1" 2>/dev/null || true`

// status is what a path in a container is: itself, what it leads to, and where.
type status struct {
	own, target kind
	resolved    string // the path without links, "" when the container cannot tell
}

func (c Container) stat(ctx context.Context, path string) (status, error) {
	var out bytes.Buffer
	if err := c.script(ctx, statScript, nil, &out, path); err != nil {
		return status{}, err
	}
	lines := strings.SplitN(out.String(), "\n", 3)
	if len(lines) < 3 {
		return status{}, fmt.Errorf("look at %s in container %s: %q is no answer", path, c.ID, out.String())
	}
	return status{kind(lines[0]), kind(lines[1]), strings.TrimSuffix(lines[2], "\n")}, nil
}

// notFound is the error about a path that a container lacks, in Docker's words.
func (c Container) notFound(path string) error {
	return &missingError{fmt.Sprintf("Could not find the file %s in container %s", path, c.ID)}
}

type missingError struct{ text string }

func (e *missingError) Error() string        { return e.text }
func (e *missingError) Is(target error) bool { return target == ErrNotFound }
