package view

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table prints rows under a header, columns at least ten wide and three blanks apart, as Docker's tables are.
func Table(w io.Writer, header []string, rows [][]string) error {
	tw := tabwriter.NewWriter(w, 10, 1, 3, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		if _, err := fmt.Fprintln(tw, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return tw.Flush()
}
