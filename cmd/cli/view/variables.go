package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"go.yaml.in/yaml/v4"
)

// Variable is one variable that compose files refer to.
type Variable struct {
	Name          string
	DefaultValue  string
	PresenceValue string
	Required      bool
}

// Variables prints variables: "" or "table", "json" or "yaml" (one object, by name).
func Variables(w io.Writer, list []Variable, format string) error {
	byName := make(map[string]Variable, len(list))
	var rows [][]string
	for _, v := range list {
		byName[v.Name] = v
		rows = append(rows, []string{Safe(v.Name), fmt.Sprint(v.Required), Safe(v.DefaultValue), Safe(v.PresenceValue)})
	}
	switch format {
	case "", "table":
		return wideTable(w, []string{"NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"}, rows)
	case "json":
		text, err := json.MarshalIndent(byName, "", "    ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(w, string(text)+"\n") // Docker Compose ends it so
		return err
	case "yaml":
		var b bytes.Buffer
		encoder := yaml.NewEncoder(&b)
		encoder.SetIndent(4)
		if err := encoder.Encode(byName); err != nil {
			return err
		}
		if err := encoder.Close(); err != nil {
			return err
		}
		_, err := w.Write(b.Bytes())
		return err
	}
	return fmt.Errorf("format value %q could not be parsed: parsing failed", format)
}
