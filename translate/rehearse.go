package translate

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hostwright/compose/translate/declared"
)

// extension is Hostwright's own section of a service.
const extension = "x-hostwright"

// rehearsal reads "x-hostwright: {rehearse: {ready_after, run_for, exit_code}}", nil when there is none.
func (s *scope) rehearsal() *declared.Rehearsal {
	section, ok := s.from.Extensions[extension].(map[string]any)
	if !ok {
		if s.from.Extensions[extension] != nil {
			s.refuse(extension, "write it as a mapping", "%s is no mapping", extension)
		}
		return nil
	}
	var out *declared.Rehearsal
	for _, key := range slices.Sorted(maps.Keys(section)) {
		rehearse, ok := section[key].(map[string]any)
		if key != "rehearse" || !ok {
			s.refuse(extension+"."+key, "rehearse is the only one: {ready_after, run_for, exit_code}", "%s does not know %s", extension, key)
			continue
		}
		out = s.rehearse(rehearse)
	}
	return out
}

func (s *scope) rehearse(from map[string]any) *declared.Rehearsal {
	out := &declared.Rehearsal{}
	for _, key := range slices.Sorted(maps.Keys(from)) {
		at := extension + ".rehearse." + key
		value := fmt.Sprint(from[key])
		var err error
		switch key {
		case "ready_after":
			out.ReadyAfter, err = time.ParseDuration(value)
		case "run_for":
			out.RunFor, err = time.ParseDuration(value)
		case "exit_code":
			_, err = fmt.Sscanf(value, "%d", &out.ExitCode)
			if err == nil && (out.ExitCode < 0 || out.ExitCode > 255) {
				err = fmt.Errorf("exit code out of range")
			}
		default:
			err = fmt.Errorf("unknown key")
		}
		if err != nil {
			s.refuse(at, "ready_after: 2s, run_for: 5s, exit_code: 0 to 255", "%s: %s makes no sense here", key, value)
		}
	}
	return out
}
