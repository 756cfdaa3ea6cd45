package translate

import (
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/hostwright/compose/translate/declared"
)

// healthcheck gives the service's own probe, nil where it says nothing and the image's counts.
func (s *scope) healthcheck() *declared.Healthcheck {
	h := s.from.HealthCheck
	if h == nil {
		return nil
	}
	out := &declared.Healthcheck{
		Test:          list(h.Test),
		Interval:      duration(h.Interval),
		Timeout:       duration(h.Timeout),
		StartPeriod:   duration(h.StartPeriod),
		StartInterval: duration(h.StartInterval),
		Disable:       h.Disable || len(h.Test) > 0 && h.Test[0] == "NONE",
	}
	if h.Retries != nil {
		out.Retries = int(min(*h.Retries, 1<<30))
	}
	if len(h.Test) == 1 && h.Test[0] != "NONE" {
		s.refuse("healthcheck.test", "give the command after "+h.Test[0], "the health check has no command")
	}
	for name, d := range map[string]*types.Duration{"interval": h.Interval, "timeout": h.Timeout, "start_period": h.StartPeriod, "start_interval": h.StartInterval} {
		// Docker Engine: "must be either 0 or at least 1ms".
		if d != nil && *d != 0 && time.Duration(*d) < time.Millisecond {
			s.refuse("healthcheck."+name, "give 0 or at least 1ms", "%s is too short", time.Duration(*d))
		}
	}
	return out
}

func duration(d *types.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return time.Duration(*d)
}
