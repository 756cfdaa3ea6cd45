package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
)

// stage makes the files and folders of the host that a container will mount: bind sources that may be created, and
// secrets and configs without a file of their own. The content of the latter is readable for whatever user the
// container runs as, below a folder that only we can enter.
func (e *run) stage(s *declared.Service, container string) error {
	for _, m := range s.Mounts {
		switch m.Kind {
		case declared.MountBind:
			if err := makeSource(m); err != nil {
				return err
			}
		case declared.MountStaged:
			if err := e.stageFile(m, container); err != nil {
				return err
			}
		}
	}
	return nil
}

func makeSource(m declared.Mount) error {
	_, err := os.Stat(m.Source)
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("bind mount at %s: %w", m.Target, err)
	case !m.CreateSource:
		return fmt.Errorf("bind mount at %s: %s does not exist", m.Target, m.Source)
	}
	if err := os.MkdirAll(m.Source, 0o755); err != nil {
		return fmt.Errorf("bind mount at %s: %w", m.Target, err)
	}
	return nil
}

// lastWords is how long a recorder may go on after its container was deleted. One that takes longer does no harm.
const lastWords = 2 * time.Second

// Permissions of what a container reads. The project's folder above is 0700.
const (
	sharedFolder = 0o755
	stagedMode   = 0o444
)

func (e *run) stageFile(m declared.Mount, container string) error {
	content, ok := stagedContent(e.Declared, m.Source)
	if !ok {
		return fmt.Errorf("%s is not declared", m.Source)
	}
	path := stagedPath(e.Project, container, m)
	if err := os.MkdirAll(filepath.Dir(path), sharedFolder); err != nil {
		return fmt.Errorf("stage %s: %w", m.Source, err)
	}
	mode := os.FileMode(stagedMode)
	if m.Mode != 0 {
		mode = os.FileMode(m.Mode) & os.ModePerm
	}
	if err := statedir.WriteFile(path, []byte(content.Reveal()), mode); err != nil {
		return fmt.Errorf("stage %s: %w", m.Source, err)
	}
	return nil
}

func stagedContent(p *declared.Project, key string) (declared.Sensitive, bool) {
	for _, f := range p.Staged {
		if f.Key == key {
			return f.Content, true
		}
	}
	return declared.Sensitive{}, false
}

// removeFiles removes what the project's state folder keeps for a container: its recorded output and exit, its hosts
// file, its staged files. It cannot leave the folder, whatever the name or a link in it says.
func (e *run) removeFiles(ctx context.Context, container string) error {
	ctx, cancel := context.WithTimeout(ctx, lastWords)
	defer cancel()
	if err := record.Remove(ctx, e.Project.Container(container)); err != nil {
		return err
	}
	root, err := os.OpenRoot(string(e.Project))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove files of container %s: %w", container, err)
	}
	defer root.Close()
	for _, dir := range []string{e.Project.HostsDir(container), e.Project.Staged(container)} {
		inside, err := filepath.Rel(string(e.Project), dir)
		if err != nil {
			return err
		}
		if err := root.RemoveAll(inside); err != nil {
			return fmt.Errorf("remove files of container %s: %w", container, err)
		}
	}
	return nil
}
