package compose

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/compose-spec/compose-go/v2/loader"
	"go.yaml.in/yaml/v4"

	"github.com/hostwright/compose/translate/finding"
)

// Model is a project as plain maps and lists, for "config --no-interpolate": a value such as "${CPUS}" is no number, so
// it fits no typed project.
type Model struct {
	Content  map[string]any
	Findings finding.List
}

// LoadModel finds and merges the files like Load, without making a typed project: no services are chosen, no env files
// are read. Its errors are *Error.
func LoadModel(ctx context.Context, o Options) (*Model, error) {
	l := &loading{options: o, index: newIndex(), attributes: map[string]any{}}
	var model map[string]any
	var err error
	messages := recording(func() {
		found, e := l.prepare(ctx)
		if err = e; err == nil {
			l.details.Environment = nil // values of the caller are no part of a model that keeps its variables
			err = l.guarded(func() (err error) {
				model, err = loader.LoadModelWithContext(ctx, l.details, l.loaderOptions(found)...)
				return err
			})
		}
	})
	if err != nil {
		return nil, l.explain(err)
	}
	return &Model{Content: model, Findings: l.warnings(messages)}, nil
}

// ServiceNames gives the services, sorted.
func (m *Model) ServiceNames() []string {
	services, _ := m.Content["services"].(map[string]any)
	return slices.Sorted(maps.Keys(services))
}

// Marshal prints the model as YAML or JSON. Dollar signs are left as they are: they are variables.
func (m *Model) Marshal(format string) ([]byte, error) {
	switch format {
	case "yaml", "":
		var out bytes.Buffer
		encoder := yaml.NewEncoder(&out)
		encoder.SetIndent(2)
		if err := encoder.Encode(m.Content); err != nil {
			return nil, fmt.Errorf("print the model: %w", err)
		}
		if err := encoder.Close(); err != nil {
			return nil, fmt.Errorf("print the model: %w", err)
		}
		return out.Bytes(), nil
	case "json":
		out, err := json.MarshalIndent(m.Content, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("print the model: %w", err)
		}
		return out, nil
	}
	return nil, unknownFormat(format)
}

func unknownFormat(format string) error {
	return &Error{Message: fmt.Sprintf("unsupported format %q", format), Hint: "yaml or json"}
}
