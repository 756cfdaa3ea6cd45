package daemon

import (
	"fmt"
	"path/filepath"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/translate/declared"
)

// checkRequest refuses paths that would mean something else here: the command's current directory is not ours.
func checkRequest(r orchestrate.Request) error {
	if err := checkRef(r.Ref); err != nil || r.Project == nil {
		return err
	}
	paths := []string{r.Project.Dir}
	for i := range r.Project.Services {
		for _, m := range r.Project.Services[i].Mounts {
			if m.Kind == declared.MountBind {
				paths = append(paths, m.Source)
			}
		}
	}
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			return &orchestrate.Error{Code: orchestrate.CodeInternal, Message: fmt.Sprintf("path %q is not absolute", path)}
		}
	}
	return nil
}

func checkRef(ref orchestrate.ProjectRef) error {
	if ref.Dir != "" && !filepath.IsAbs(ref.Dir) {
		return &orchestrate.Error{Code: orchestrate.CodeInternal, Message: fmt.Sprintf("directory %q is not absolute", ref.Dir)}
	}
	return nil
}
