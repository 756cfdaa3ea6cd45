package plan

import (
	"strconv"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
)

// remembered gives the services of a project that is known by name only, as far as a start needs them: from the labels
// of its containers and the ledger's fields.
func (p *planner) remembered() []declared.Service {
	byName := map[string]*declared.Service{}
	for _, m := range p.members() {
		if m.helper || m.entry.OneOff {
			continue
		}
		s := byName[m.entry.Service]
		if s == nil {
			s = &declared.Service{Name: m.entry.Service, Image: m.container.Image, DependsOn: DependenciesOf(m.container),
				Healthcheck: HealthcheckOf(m.entry)}
			byName[s.Name] = s
		}
		s.Scale++
	}
	out := make([]declared.Service, 0, len(byName))
	for _, name := range sortedKeys(byName) {
		out = append(out, *byName[name])
	}
	return out
}

// DependenciesOf gives what a container's service depended on when it was created, from Docker Compose's label:
// name:condition:restart, separated by commas. All count as required, since the label does not say.
func DependenciesOf(c *adapter.Container) []declared.Dependency {
	var out []declared.Dependency
	for _, text := range strings.Split(c.Labels[declared.LabelDependsOn], ",") {
		name, rest, _ := strings.Cut(text, ":")
		if name == "" {
			continue
		}
		condition, restart, _ := strings.Cut(rest, ":")
		d := declared.Dependency{Service: name, Condition: declared.Condition(condition), Required: true, Restart: restart == "true"}
		if d.Condition == "" {
			d.Condition = declared.Started
		}
		out = append(out, d)
	}
	return out
}

// HealthcheckOf gives the check that a container was declared with, read back from the fields that declared.Flatten made
// of it; nil when none was.
func HealthcheckOf(e *ledger.Entry) *declared.Healthcheck {
	h := &declared.Healthcheck{Test: e.Fields.List("healthcheck.test")}
	found := len(h.Test) > 0
	for path, into := range map[string]*time.Duration{"interval": &h.Interval, "timeout": &h.Timeout, "startPeriod": &h.StartPeriod, "startInterval": &h.StartInterval} {
		if v, ok := fieldOf(e, "healthcheck."+path); ok {
			*into, _ = time.ParseDuration(v)
			found = true
		}
	}
	if v, ok := fieldOf(e, "healthcheck.retries"); ok {
		h.Retries, _ = strconv.Atoi(v)
		found = true
	}
	if v, ok := fieldOf(e, "healthcheck.disable"); ok {
		h.Disable, found = v == "true", true
	}
	if !found {
		return nil
	}
	return h
}
