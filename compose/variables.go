package compose

import (
	"cmp"
	"slices"

	"github.com/compose-spec/compose-go/v2/template"
)

// Variable is one variable that a model's values refer to.
type Variable struct {
	Name string
	// DefaultValue stands for an unset one, PresenceValue for a set one.
	DefaultValue  string
	PresenceValue string
	// Required is true where the model cannot be loaded without it.
	Required bool
}

// Variables gives the variables of a model that was loaded without interpolation, by name.
func (m *Model) Variables() []Variable {
	var out []Variable
	for _, v := range template.ExtractVariables(m.Content, template.DefaultPattern) {
		out = append(out, Variable(v))
	}
	slices.SortFunc(out, func(a, b Variable) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
