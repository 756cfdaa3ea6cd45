package translate

import (
	"maps"
	"slices"
	"strings"

	"github.com/hostwright/compose/translate/declared"
)

// dependsOn gives the edges of depends_on, with those that the loader implies (links, volumes_from). An edge to a
// service that is left out goes when it is not required; the loader refuses it otherwise.
func (s *scope) dependsOn() []declared.Dependency {
	return s.dependsOnOf(func(name string) bool { _, enabled := s.translator.from.Services[name]; return enabled })
}

func (s *scope) dependsOnOf(kept func(service string) bool) []declared.Dependency {
	var out []declared.Dependency
	for _, name := range slices.Sorted(maps.Keys(s.from.DependsOn)) {
		if !kept(name) {
			continue
		}
		d := s.from.DependsOn[name]
		condition := declared.Condition(d.Condition)
		if condition == "" {
			condition = declared.Started
		}
		out = append(out, declared.Dependency{Service: name, Condition: condition, Required: d.Required, Restart: d.Restart})
	}
	return out
}

// links gives "service" and "service:alias".
func (s *scope) links() []declared.Link {
	var out []declared.Link
	for _, link := range s.from.Links {
		service, alias, found := strings.Cut(link, ":")
		if !found {
			alias = service
		}
		out = append(out, declared.Link{Service: service, Alias: alias})
	}
	return out
}
