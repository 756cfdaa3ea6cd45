package translate

import (
	"strconv"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/hostwright/compose/translate/declared"
)

// restart gives the restart policy: deploy.restart_policy where there is one, else restart.
func (s *scope) restart() declared.Restart {
	if d := s.from.Deploy; d != nil && d.RestartPolicy != nil {
		return deployRestart(d.RestartPolicy)
	}
	policy, count, counted := strings.Cut(s.from.Restart, ":")
	out := declared.Restart{Policy: policy}
	switch policy {
	case "", types.RestartPolicyNo, types.RestartPolicyAlways, types.RestartPolicyUnlessStopped, types.RestartPolicyOnFailure:
	default:
		s.refuse("restart", "use no, always, unless-stopped or on-failure[:N]", "restart policy %q is not known", policy)
	}
	if !counted {
		return out
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || policy != types.RestartPolicyOnFailure {
		s.refuse("restart", "write on-failure:N with a number of restarts", "restart policy %q makes no sense", s.from.Restart)
	}
	out.MaxRetries = n
	return out
}

// deployRestart maps the conditions of deploy (Compose specification, deploy, restart_policy; "any" is the default).
func deployRestart(p *types.RestartPolicy) declared.Restart {
	out := declared.Restart{Policy: p.Condition, Delay: duration(p.Delay), Window: duration(p.Window)}
	switch p.Condition {
	case "any", "":
		out.Policy = types.RestartPolicyAlways
	case "none":
		out.Policy = types.RestartPolicyNo
	}
	if p.MaxAttempts != nil {
		out.MaxRetries = int(min(*p.MaxAttempts, 1<<30))
	}
	out.Delay, out.Window = max(out.Delay, 0), max(out.Window, time.Duration(0))
	return out
}
