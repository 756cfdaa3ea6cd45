//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v4"
)

// plainTree gives v as maps, lists, texts, truths and numbers.
func plainTree(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return withNumbers(tree), nil
}

// withNumbers turns every number of a tree into an integer, or a float if it is none. An unlimited rlimit is unsigned.
func withNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if number, err := v.Int64(); err == nil {
			return number
		}
		if number, err := strconv.ParseUint(v.String(), 10, 64); err == nil {
			return number
		}
		number, _ := v.Float64() // JSON's grammar leaves nothing else
		return number
	case []any:
		for i := range v {
			v[i] = withNumbers(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = withNumbers(v[key])
		}
	}
	return v
}

// encodeYAML gives v as YAML. The runtime's own order and form of dates are not known.
func encodeYAML(v any) ([]byte, error) {
	tree, err := plainTree(v)
	if err != nil {
		return nil, err
	}
	data, err := yaml.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimRight(data, "\n"), nil
}

// encodeTOML gives v as TOML, which has no list at its top: the runtime puts one under "items" (reference 2.8).
func encodeTOML(v any) ([]byte, error) {
	tree, err := plainTree(v)
	if err != nil {
		return nil, err
	}
	if list, isList := tree.([]any); isList {
		tree = map[string]any{"items": list}
	}
	var out bytes.Buffer
	encoder := toml.NewEncoder(&out)
	encoder.Indent = ""
	if err := encoder.Encode(tree); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}
