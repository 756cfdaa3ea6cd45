package view

import (
	"fmt"
	"io"

	"github.com/hostwright/compose/orchestrate/doctor"
)

// Checkup prints the results of checks, one line each, and what to do below those that need it.
func Checkup(w io.Writer, results []doctor.Result, colours Colours) error {
	codes := map[doctor.State]string{doctor.OK: green, doctor.Warning: yellow, doctor.Failed: red, doctor.Skipped: ""}
	for _, r := range results {
		word := fmt.Sprintf("%-8s", r.State)
		if _, err := fmt.Fprintf(w, "%s %-12s %s\n", colours.paint(codes[r.State], word), r.Check, Safe(r.Message)); err != nil {
			return err
		}
		if r.Hint == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-8s %-12s hint: %s\n", "", "", Safe(r.Hint)); err != nil {
			return err
		}
	}
	return nil
}
