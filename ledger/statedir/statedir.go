// Package statedir knows where Hostwright keeps its files and how it writes them: the user's state folder, the folder
// of one project in it, and a write that survives a crash. It holds no schema and decides nothing.
package statedir

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Dir is the user's state folder.
//
//	images/<digest>.json                      what ImageConfig read of an image
//	pulls/<hash of reference>.json            when an image was pulled last
//	projects/<name>-<hash of directory>/      one Project
//	volumes/<ledger id>/<volume>/             a volume that is kept as a folder
//	hostwright-rehearsal/                     the same for rehearsals, and their runtime
//	daemon/                                   hostwrightd's lock, socket and log
type Dir string

// Default gives the state folder for an environment: HOSTWRIGHT_STATE_DIR, else the platform's place (macOS:
// ~/Library/Application Support/dev.hostwright.compose; elsewhere $XDG_STATE_HOME/hostwright-compose).
func Default(lookup func(string) (string, bool)) (Dir, error) {
	if v, ok := lookup("HOSTWRIGHT_STATE_DIR"); ok && v != "" {
		if !filepath.IsAbs(v) {
			return "", fmt.Errorf("HOSTWRIGHT_STATE_DIR %q is not an absolute path", v)
		}
		return Dir(filepath.Clean(v)), nil
	}
	home, ok := lookup("HOME")
	if !ok || home == "" {
		return "", errors.New("no state folder: neither HOSTWRIGHT_STATE_DIR nor HOME is set")
	}
	if runtime.GOOS == "darwin" {
		return Dir(filepath.Join(home, "Library", "Application Support", "dev.hostwright.compose")), nil
	}
	if v, ok := lookup("XDG_STATE_HOME"); ok && filepath.IsAbs(v) {
		return Dir(filepath.Join(v, "hostwright-compose")), nil
	}
	return Dir(filepath.Join(home, ".local", "state", "hostwright-compose")), nil
}

// rehearsalFolder is the name of the state folder of rehearsals.
const rehearsalFolder = "hostwright-rehearsal"

// Rehearsal is the state folder of rehearsals, inside the user's: what a rehearsal knows is never mixed with what is.
func (d Dir) Rehearsal() Dir {
	if d.Rehearsed() {
		return d
	}
	return Dir(filepath.Join(string(d), rehearsalFolder))
}

// Rehearsed tells whether this is the state folder of rehearsals.
func (d Dir) Rehearsed() bool { return filepath.Base(string(d)) == rehearsalFolder }

// Runtime is the folder of the rehearsed runtime.
func (d Dir) Runtime() string { return filepath.Join(string(d.Rehearsal()), "runtime") }

// ImageFacts is the file of what is known of an image's digest on a platform.
func (d Dir) ImageFacts(digest, platform string) string {
	sum := sha256.Sum256([]byte(digest + " " + platform))
	return filepath.Join(string(d), "images", hex.EncodeToString(sum[:])+".json")
}

// Pull is the file that says when an image was pulled last, by its normalised reference.
func (d Dir) Pull(reference string) string {
	sum := sha256.Sum256([]byte(reference))
	return filepath.Join(string(d), "pulls", hex.EncodeToString(sum[:])+".json")
}

// Volumes is the folder of the volumes that are kept as folders, by ledger id: they stay with the ledger when a project
// is moved.
func (d Dir) Volumes() string { return filepath.Join(string(d), "volumes") }

// Projects is the folder of all projects.
func (d Dir) Projects() string { return filepath.Join(string(d), "projects") }

// Daemon is the folder of hostwrightd.
func (d Dir) Daemon() string { return filepath.Join(string(d), "daemon") }

// Project gives the folder of a project: one per project name and directory.
func (d Dir) Project(name, dir string) Project {
	sum := sha256.Sum256([]byte(dir))
	return Project(filepath.Join(d.Projects(), name+"-"+hex.EncodeToString(sum[:6])))
}

// Project is the folder of one project in the state folder.
//
//	lock                        the operation lock, and who holds it
//	index.json                  name, directory, ledger id, copy of the last ledger
//	containers/<container>/     the recorder's: exit.json, output.log, ...
//	hosts/<container>/hosts     the container's /etc/hosts
//	staged/<container>/files/   secrets and configs that the container mounts
//	bell                        written to by recorders that have something to say
//	events.jsonl                what happened, and events.1.jsonl what happened before
type Project string

// Lock is the file of the operation lock.
func (p Project) Lock() string { return filepath.Join(string(p), "lock") }

// Index is the project's entry in the index.
func (p Project) Index() string { return filepath.Join(string(p), "index.json") }

// Container is the recorder's folder for one container.
func (p Project) Container(id string) string { return filepath.Join(string(p), "containers", id) }

// Bell is the file that hostwrightd listens to, and that whoever has changed a recorder's folder writes to.
func (p Project) Bell() string { return filepath.Join(string(p), "bell") }

// BellOf is the bell of the project that a recorder's folder (Container) belongs to.
func BellOf(container string) string { return Project(filepath.Dir(filepath.Dir(container))).Bell() }

// HostsDir is the folder that holds nothing but one container's hosts file: the runtime shares the whole folder.
func (p Project) HostsDir(id string) string { return filepath.Join(string(p), "hosts", id) }

// Hosts is the container's hosts file.
func (p Project) Hosts(id string) string { return filepath.Join(p.HostsDir(id), "hosts") }

// Staged is the folder of the files that one container mounts and Hostwright wrote.
func (p Project) Staged(id string) string { return filepath.Join(string(p), "staged", id) }

// Events is the file of the project's events, OlderEvents the one before it.
func (p Project) Events() string { return filepath.Join(string(p), "events.jsonl") }

// OlderEvents is the file that Events was when it had become too long.
func (p Project) OlderEvents() string { return filepath.Join(string(p), "events.1.jsonl") }

// MakePrivate makes a folder and its parents, 0700 where they are new.
func MakePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	return nil
}
