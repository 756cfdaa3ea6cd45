package view

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/hostwright/compose/translate/finding"
)

// Findings prints findings one a line, the gravest first: "warning: compose.yaml:4: services.web.privileged: ... (hint)".
// Those that differ in their path alone share a line. Without notes only warnings and errors are printed.
func Findings(w io.Writer, list finding.List, notes bool, colours Colours) error {
	if !notes {
		list = list.AtLeast(finding.Warning)
	}
	for _, f := range grouped(list.Sorted()) {
		if _, err := fmt.Fprintln(w, findingLine(f, colours)); err != nil {
			return err
		}
	}
	return nil
}

func findingLine(f finding.Finding, colours Colours) string {
	code := ""
	switch f.Severity {
	case finding.Error:
		code = red
	case finding.Warning:
		code = yellow
	}
	return colours.paint(code, string(f.Severity)+":") + " " + Safe(f.String())
}

// grouped joins findings that say the same about several things: the first keeps its position, the paths are listed.
func grouped(list finding.List) finding.List {
	type key struct {
		severity      finding.Severity
		message, hint string
	}
	at := make(map[key]int)
	var out finding.List
	var paths [][]string
	for _, f := range list {
		k := key{f.Severity, f.Message, f.Hint}
		i, seen := at[k]
		if !seen || f.Path == "" {
			at[k] = len(out)
			out, paths = append(out, f), append(paths, []string{f.Path})
			continue
		}
		paths[i] = append(paths[i], f.Path)
	}
	for i := range out {
		out[i].Path = strings.Join(paths[i], ", ")
	}
	return out
}

// FindingsJSON prints findings as objects, one a line.
func FindingsJSON(w io.Writer, list finding.List, notes bool) error {
	if !notes {
		list = list.AtLeast(finding.Warning)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, f := range list.Sorted() {
		if err := enc.Encode(f); err != nil {
			return err
		}
	}
	return nil
}
