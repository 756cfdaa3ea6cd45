package compose

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/format"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/mattn/go-shellwords"
)

// OneOff is what a one-off container of a service has otherwise than the files say. The zero value of a field leaves what
// they say; Ports are the exception: a one-off has none of the service's unless it keeps them.
type OneOff struct {
	Command     []string
	Entrypoint  *string // split as a shell does; drops the command of the files
	User        string
	WorkingDir  string
	TTY         bool
	Interactive bool
	Env         []string // KEY=VALUE, or KEY for the project's own value
	EnvFiles    []string // below Env
	Labels      []string // KEY=VALUE
	Volumes     []string // in the short syntax; one at the place of the files' replaces it
	Ports       []string // in the short syntax
	KeepPorts   bool
	CapAdd      []string
	CapDrop     []string
}

// ApplyOneOff makes a service what a one-off container of it shall be: one container without a fixed name that is not
// restarted, changed as o says (docker/compose v5, run). dir is what relative paths of o are relative to.
func (p *Project) ApplyOneOff(service string, o OneOff, dir string) error {
	s, err := p.GetService(service)
	if err != nil {
		return &Error{Message: err.Error()}
	}
	one := 1
	s.Scale, s.ContainerName, s.Restart = &one, "", ""
	if s.Deploy != nil {
		deploy := *s.Deploy
		deploy.Replicas, deploy.RestartPolicy = nil, nil
		s.Deploy = &deploy
	}
	s.Tty, s.StdinOpen = o.TTY, o.Interactive
	if err := o.process(&s); err != nil {
		return err
	}
	for _, apply := range []func(*types.ServiceConfig) error{
		func(s *types.ServiceConfig) error { return o.environment(s, p.Environment, dir) },
		o.labels, o.ports,
		func(s *types.ServiceConfig) error { return o.volumes(s, dir) },
	} {
		if err := apply(&s); err != nil {
			return err
		}
	}
	s.CapAdd, s.CapDrop = capabilities(s.CapAdd, o.CapAdd, o.CapDrop), capabilities(s.CapDrop, o.CapDrop, o.CapAdd)
	p.Services[service] = s
	return nil
}

func (o *OneOff) process(s *types.ServiceConfig) error {
	if o.Entrypoint != nil {
		words, err := shellwords.Parse(*o.Entrypoint)
		if err != nil {
			return &Error{Message: fmt.Sprintf("invalid entrypoint %q: %v", *o.Entrypoint, err), Hint: "quote it as for a shell"}
		}
		s.Entrypoint, s.Command = words, []string{}
		if len(words) == 0 {
			s.Entrypoint = []string{}
		}
	}
	if len(o.Command) > 0 {
		s.Command = o.Command
	}
	if o.User != "" {
		s.User = o.User
	}
	if o.WorkingDir != "" {
		s.WorkingDir = o.WorkingDir
	}
	return nil
}

// environment sets variables: those of the files, then what is given itself. A name alone takes the project's value, and
// nothing when it has none.
func (o *OneOff) environment(s *types.ServiceConfig, known types.Mapping, dir string) error {
	given := map[string]string{}
	for _, entry := range o.Env {
		key, value, ok := strings.Cut(entry, "=")
		if key == "" {
			return &Error{Message: fmt.Sprintf("invalid variable %q", entry), Hint: "write KEY=VALUE, or KEY"}
		}
		if !ok {
			if value, ok = known[key]; !ok {
				continue
			}
		}
		given[key] = value
	}
	env := types.MappingWithEquals{}
	for key, value := range s.Environment {
		env[key] = value
	}
	for _, file := range o.EnvFiles {
		text, err := os.ReadFile(absolute(dir, file))
		if err != nil {
			return &Error{Message: "read variables: " + err.Error(), Hint: "--env-from-file names a file of KEY=VALUE lines"}
		}
		vars, err := dotenv.ParseWithLookup(bytes.NewReader(text), func(key string) (string, bool) {
			value, ok := given[key]
			if !ok {
				value, ok = known[key]
			}
			return value, ok
		})
		if err != nil {
			return &Error{Message: fmt.Sprintf("read variables: %s: %v", file, err)}
		}
		for key, value := range vars {
			env[key] = &value
		}
	}
	for key, value := range given {
		env[key] = &value
	}
	s.Environment = env
	return nil
}

func (o *OneOff) labels(s *types.ServiceConfig) error {
	labels := types.Labels{}
	for key, value := range s.Labels {
		labels[key] = value
	}
	for _, entry := range o.Labels {
		key, value, ok := strings.Cut(entry, "=")
		if !ok || key == "" {
			return &Error{Message: "label must be set as KEY=VALUE", Hint: fmt.Sprintf("it is %q", entry)}
		}
		labels[key] = value
	}
	s.Labels = labels
	return nil
}

func (o *OneOff) ports(s *types.ServiceConfig) error {
	if o.KeepPorts {
		return nil
	}
	s.Ports = nil
	for _, text := range o.Ports {
		ports, err := types.ParsePortConfig(text)
		if err != nil {
			return &Error{Message: fmt.Sprintf("invalid port %q: %v", text, err), Hint: "write it as [HOST:]CONTAINER[/PROTOCOL], such as 8080:80"}
		}
		s.Ports = append(s.Ports, ports...)
	}
	return nil
}

func (o *OneOff) volumes(s *types.ServiceConfig, dir string) error {
	mounts := slices.Clone(s.Volumes)
	for _, text := range o.Volumes {
		v, err := format.ParseVolume(text)
		if err != nil {
			return &Error{Message: fmt.Sprintf("invalid volume %q: %v", text, err), Hint: "write it as SOURCE:TARGET[:ro]"}
		}
		if v.Type == types.VolumeTypeBind {
			v.Source = absolute(dir, v.Source)
		}
		mounts = slices.DeleteFunc(mounts, func(m types.ServiceVolumeConfig) bool { return m.Target == v.Target })
		mounts = append(mounts, v)
	}
	s.Volumes = mounts
	return nil
}

// absolute gives a path as a shell would find it from dir, with "~" for the home directory.
func absolute(dir, path string) string {
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || rest[0] == '/') {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// capabilities gives those of the files with the added ones, without those that the other flag takes back.
func capabilities(have, add, other []string) []string {
	out := slices.DeleteFunc(slices.Clone(have), func(c string) bool { return slices.Contains(other, c) })
	for _, c := range add {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}
