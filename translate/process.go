package translate

import (
	"maps"
	"slices"
	"time"

	"github.com/hostwright/compose/translate/declared"
)

// process fills in what the container runs, as whom and in which environment.
func (s *scope) process(out *declared.Service) {
	out.Entrypoint, out.Command = s.argv()
	out.Environment = environment(s.from.Environment)
	out.WorkingDir = s.from.WorkingDir
	out.Expose = slices.Compact(slices.Sorted(slices.Values(s.from.Expose)))
	out.User = s.from.User
	out.TTY = s.from.Tty
	out.StdinOpen = s.from.StdinOpen
	out.Init = s.from.Init != nil && *s.from.Init
	out.ReadOnly = s.from.ReadOnly
	out.StopSignal = s.from.StopSignal
	if s.from.StopGracePeriod != nil {
		grace := max(time.Duration(*s.from.StopGracePeriod), 0)
		out.StopGrace = &grace
	}
}

// argv gives entrypoint and command. An empty command is no command, as for Docker Engine (20.10, merging of the image's
// config). An empty entrypoint drops the image's: the command is then the whole process, which is said by
// making it the entrypoint, since runtimes have no way to say "no entrypoint".
func (s *scope) argv() (entrypoint, command []string) {
	if len(s.from.Command) > 0 {
		command = s.from.Command
	}
	switch {
	case s.from.Entrypoint == nil:
		return nil, command
	case len(s.from.Entrypoint) > 0:
		return s.from.Entrypoint, command
	case command != nil:
		return command[:1], command[1:]
	}
	s.refuse("entrypoint", "write what the container shall run as command",
		"an empty entrypoint without a command would run the image's command alone, which the runtime cannot do")
	return []string{}, nil
}

// environment sorts the variables. A null value is one that the caller does not have either: it unsets the image's.
func environment(from map[string]*string) []declared.EnvVar {
	var out []declared.EnvVar
	for _, key := range slices.Sorted(maps.Keys(from)) {
		v := declared.EnvVar{Key: key, Unset: from[key] == nil}
		if !v.Unset {
			v.Value = declared.NewSensitive(*from[key])
		}
		out = append(out, v)
	}
	return out
}
