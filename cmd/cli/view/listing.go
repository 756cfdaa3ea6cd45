package view

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// listing is what a command lists, in the formats that Docker's --format has. A row is what a template sees, its
// exported methods and fields are the names there.
type listing[Row any] struct {
	rows []Row
	// columns is the template of the table; headers are the headings by the name in a template.
	columns string
	headers map[string]string
	// object is what "json" prints of a row.
	object func(Row) any
}

// render prints in a format: "" or "table", "json" (an object a line), "table TEMPLATE", or a Go template that is
// applied to each row.
func (l listing[Row]) render(w io.Writer, format string) error {
	switch {
	case format == "" || format == "table":
		return l.table(w, l.columns)
	case format == "json":
		return l.json(w)
	case strings.HasPrefix(format, "table "):
		return l.table(w, strings.TrimPrefix(format, "table "))
	}
	t, err := parseTemplate(format)
	if err != nil {
		return err
	}
	for _, row := range l.rows {
		line, err := execute(t, row)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

func (l listing[Row]) table(w io.Writer, text string) error {
	t, err := parseTemplate(text)
	if err != nil {
		return err
	}
	header := make(map[string]any, len(l.headers)+1)
	for k, h := range l.headers {
		header[k] = h
	}
	header["Label"] = func(key string) string { return strings.ToUpper(key) }
	head, err := parseTemplate(strings.ReplaceAll(text, ".Label ", "call .Label "))
	if err != nil {
		return err
	}
	line, err := execute(head, header)
	if err != nil {
		return err
	}
	lines := []string{line}
	for _, row := range l.rows {
		line, err := execute(t, row)
		if err != nil {
			return err
		}
		lines = append(lines, line)
	}
	tw := tabwriter.NewWriter(w, 10, 1, 3, ' ', 0)
	for _, line := range lines {
		if _, err := fmt.Fprintln(tw, line); err != nil {
			return err
		}
	}
	return tw.Flush()
}

func (l listing[Row]) json(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, row := range l.rows {
		if err := enc.Encode(l.object(row)); err != nil {
			return err
		}
	}
	return nil
}

// wideTable prints rows with columns at least twenty wide, as Docker Compose prints "ls", "images" and
// "config --variables".
func wideTable(w io.Writer, header []string, rows [][]string) error {
	tw := tabwriter.NewWriter(w, 20, 1, 3, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		if _, err := fmt.Fprintln(tw, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return tw.Flush()
}

// array prints one JSON array and a newline.
func array[T any](w io.Writer, list []T) error {
	if list == nil {
		list = []T{}
	}
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, string(b))
	return err
}
