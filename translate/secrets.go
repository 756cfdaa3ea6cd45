package translate

import (
	"fmt"
	"path"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/hostwright/compose/translate/declared"
)

// defaultFileMode is the permission of a staged secret or config that asks for none (Compose specification, secrets).
const defaultFileMode = 0o444

func (s *scope) secrets() []declared.Mount {
	var out []declared.Mount
	for i, use := range s.from.Secrets {
		object, ok := s.translator.from.Secrets[use.Source]
		if !ok {
			continue
		}
		f := fileUse{kind: "secret", key: use.Source, use: types.FileReferenceConfig(use), object: types.FileObjectConfig(object)}
		f.attribute, f.target = fmt.Sprintf("secrets[%d]", i), use.Target
		switch {
		case f.target == "":
			f.target = "/run/secrets/" + use.Source
		case !path.IsAbs(f.target):
			f.target = "/run/secrets/" + f.target
		}
		if m, ok := s.file(f); ok {
			out = append(out, m)
		}
	}
	return out
}

func (s *scope) configs() []declared.Mount {
	var out []declared.Mount
	for i, use := range s.from.Configs {
		object, ok := s.translator.from.Configs[use.Source]
		if !ok {
			continue
		}
		f := fileUse{kind: "config", key: use.Source, use: types.FileReferenceConfig(use), object: types.FileObjectConfig(object)}
		f.attribute, f.target = fmt.Sprintf("configs[%d]", i), use.Target
		if f.target == "" {
			f.target = use.Source
		}
		if !path.IsAbs(f.target) {
			f.target = "/" + f.target
		}
		if m, ok := s.file(f); ok {
			out = append(out, m)
		}
	}
	return out
}

// fileUse is one secret or config as a service uses it.
type fileUse struct {
	kind, key         string // "secret" or "config", and its key at the top level
	attribute, target string
	use               types.FileReferenceConfig
	object            types.FileObjectConfig
}

// file mounts a secret or config read-only: its file on the host, or a file that Hostwright stages for it.
func (s *scope) file(f fileUse) (declared.Mount, bool) {
	m := declared.Mount{Target: path.Clean(f.target), ReadOnly: true}
	switch {
	case bool(f.object.External), f.object.Driver != "", f.object.TemplateDriver != "":
		return m, false // refused by a row
	case f.object.File != "":
		m.Kind, m.Source = declared.MountBind, f.object.File
		if ignored := fileOptions(f.use); ignored != "" {
			s.warn(f.attribute, "set owner and permissions of the file on the host", "%s of a %s with a file of its own cannot be set", ignored, f.kind)
		}
		return m, true
	}
	content, ok := s.content(f)
	if !ok {
		return m, false
	}
	m.Kind, m.Source, m.Mode = declared.MountStaged, f.kind+"s/"+f.key, defaultFileMode
	m.UID, m.GID = f.use.UID, f.use.GID
	if f.use.Mode != nil {
		m.Mode = uint32(*f.use.Mode) & 0o7777
	}
	if m.UID != "" || m.GID != "" {
		m.Mode = forEverybody(m.Mode)
		s.warn(f.attribute, "",
			"uid and gid of a %s cannot be set: so that its user can read it, every user in the container can (mode %04o)", f.kind, m.Mode)
	}
	if !s.staged[m.Source] {
		s.staged[m.Source] = true
		s.to.Staged = append(s.to.Staged, declared.StagedFile{Key: m.Source, Content: declared.NewSensitive(content)})
	}
	return m, true
}

// forEverybody gives others what the owner may do: the owner that was asked for is one of them.
func forEverybody(mode uint32) uint32 {
	owner := mode >> 6 & 0o5 // nobody writes: it is mounted read-only
	return mode | owner<<3 | owner
}

// content gives what a secret or config without a file says: a variable's value or the text in the compose file.
func (s *scope) content(f fileUse) (string, bool) {
	name := f.object.Environment
	if name == "" || f.object.Content != "" { // an included project has resolved its own variables
		return f.object.Content, true
	}
	value, ok := s.translator.from.Environment[name]
	if !ok {
		s.translator.refuse(f.kind+"s."+f.key+".environment", "set it in the environment or in .env",
			"environment variable %q required by file %q is not set", name, f.object.Name)
	}
	return value, ok
}

// fileOptions names the owner and mode options that a use sets.
func fileOptions(use types.FileReferenceConfig) string {
	var set []string
	for name, given := range map[string]bool{"uid": use.UID != "", "gid": use.GID != "", "mode": use.Mode != nil} {
		if given {
			set = append(set, name)
		}
	}
	return strings.Join(sorted(set), ", ")
}
