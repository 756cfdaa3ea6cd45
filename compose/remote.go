package compose

import (
	"context"
	"fmt"
	"strings"
)

// remotePrefixes begin references that Docker Compose fetches from Git or a registry.
var remotePrefixes = []string{"oci://", "https://", "http://", "ssh://", "git://", "git@", "github.com/"}

func remote(path string) bool {
	for _, prefix := range remotePrefixes {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// noRemotes claims references to remote compose files, in -f, include and extends, to refuse them by name instead of
// looking for a local file of that name.
type noRemotes struct{}

func (noRemotes) Accept(path string) bool { return remote(path) }

func (noRemotes) Load(_ context.Context, path string) (string, error) {
	return "", &Error{
		Message: fmt.Sprintf("compose file %s is remote, which is not supported", path),
		Hint:    "fetch it first (git clone, or docker compose config on a machine that has it) and name the local file",
	}
}

func (noRemotes) Dir(path string) string { return path }
