package translate

import (
	"fmt"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/hostwright/compose/translate/declared"
)

// hooks gives the commands of post_start or pre_stop. A null variable, which takes one away from the process on Docker,
// leaves it as the container has it: no runtime option of exec unsets one.
func (s *scope) hooks(attribute string, from []types.ServiceHook) []declared.Hook {
	var out []declared.Hook
	for i, h := range from {
		at := fmt.Sprintf("%s[%d]", attribute, i)
		if len(h.Command) == 0 {
			s.refuse(at, "give it a command", "the hook has no command")
		}
		hook := declared.Hook{Command: list(h.Command), User: h.User, WorkingDir: h.WorkingDir}
		for _, v := range environment(h.Environment) {
			if v.Unset {
				s.warn(at+".environment."+v.Key, "give it a value, an empty one for example", "the hook sees %s as the container has it: it cannot be unset", v.Key)
				continue
			}
			hook.Environment = append(hook.Environment, v)
		}
		if dir := h.WorkingDir; dir != "" && !strings.HasPrefix(dir, "/") {
			s.refuse(at+".working_dir", "write the whole path", "the hook's working directory %q is not absolute", dir)
		}
		out = append(out, hook)
	}
	return out
}
