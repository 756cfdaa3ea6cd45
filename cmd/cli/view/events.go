package view

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hostwright/compose/orchestrate"
)

// Event prints an event as Docker Compose does: a line with attributes in parentheses, and an empty line.
func Event(w io.Writer, e orchestrate.ProjectEvent) error {
	var attributes []string
	for _, k := range slices.Sorted(maps.Keys(e.Attributes)) {
		attributes = append(attributes, k+"="+oneLine(e.Attributes[k]))
	}
	_, err := fmt.Fprintf(w, "%s %s %s %s (%s)\n\n",
		e.Time.Format("2006-01-02 15:04:05.000000"), e.Type, eventAction(e), Safe(e.Name), Safe(strings.Join(attributes, ", ")))
	return err
}

// EventJSON prints an event as Docker Compose does with --json, an object a line.
func EventJSON(w io.Writer, e orchestrate.ProjectEvent) error {
	return json.NewEncoder(w).Encode(struct {
		Action     string            `json:"action"`
		Attributes map[string]string `json:"attributes"`
		ID         string            `json:"id"`
		Service    string            `json:"service"`
		Time       time.Time         `json:"time"`
		Type       string            `json:"type"`
	}{eventAction(e), e.Attributes, e.Name, e.Service, e.Time, e.Type})
}

// eventAction is Docker's word: of health it has the state in it.
func eventAction(e orchestrate.ProjectEvent) string {
	if e.Action == orchestrate.EventHealth && e.Attributes["status"] != "" {
		return string(e.Action) + ": " + e.Attributes["status"]
	}
	return string(e.Action)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
