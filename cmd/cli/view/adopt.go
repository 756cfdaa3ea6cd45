package view

import (
	"fmt"
	"io"

	"github.com/hostwright/compose/orchestrate"
)

// Adoption prints what would be taken over for a project.
func Adoption(w io.Writer, project string, a orchestrate.Adoption) error {
	if len(a.Resources) == 0 {
		_, err := fmt.Fprintf(w, "There is nothing to take over for project %s.\n", Safe(project))
		return err
	}
	if _, err := fmt.Fprintf(w, "Project %s, ledger %s:\n", Safe(project), Safe(a.LedgerID)); err != nil {
		return err
	}
	for _, r := range a.Resources {
		if _, err := fmt.Fprintf(w, "  %-9s  %s\n", r.Kind, Safe(r.Name)); err != nil {
			return err
		}
	}
	return nil
}
