package compose

import (
	"bytes"
	"fmt"
)

// Marshal prints the project as "config" does: merged, interpolated, normalised, with every dollar sign doubled so
// that the text can be loaded again. Format is "yaml" or "json". Secrets' contents are left out; values of the
// environment are in it, as with Docker Compose.
func (p *Project) Marshal(format string) ([]byte, error) {
	var out []byte
	var err error
	switch format {
	case "yaml", "":
		out, err = p.MarshalYAML()
	case "json":
		out, err = p.MarshalJSON()
	default:
		return nil, unknownFormat(format)
	}
	if err != nil {
		return nil, fmt.Errorf("print the project: %w", err)
	}
	return bytes.ReplaceAll(out, []byte("$"), []byte("$$")), nil
}
