package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/template"
	"time"

	"github.com/hostwright/compose/orchestrate"
)

// PS is what "ps" shows: the containers of a project, in the order given.
type PS struct {
	Project    string
	Containers []orchestrate.Container
	Now        time.Time
	NoTrunc    bool
}

const psTable = "{{.Name}}\t{{.Image}}\t{{.Command}}\t{{.Service}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}"

// psHeaders are the headings of columns in a table, by the name in the template.
var psHeaders = map[string]string{
	"ID": "CONTAINER ID", "Name": "NAME", "Names": "NAMES", "Image": "IMAGE", "Command": "COMMAND",
	"Service": "SERVICE", "Project": "PROJECT", "RunningFor": "CREATED", "CreatedAt": "CREATED AT", "Status": "STATUS",
	"State": "STATE", "Health": "HEALTH", "ExitCode": "EXIT CODE", "Ports": "PORTS", "Publishers": "PUBLISHERS",
	"Labels": "LABELS", "Mounts": "MOUNTS", "Networks": "NETWORKS", "LocalVolumes": "LOCAL VOLUMES", "Size": "SIZE",
	"Engine": "ENGINE", "Restarts": "RESTARTS", "Probes": "PROBES",
}

// Render prints the containers in a format of "ps --format": "" or "table", "json" (an object a line), "table
// TEMPLATE", or a Go template that is applied to each container.
func (v PS) Render(w io.Writer, format string) error {
	return listing[psRow]{
		rows: v.rows(), columns: psTable, headers: psHeaders, object: func(r psRow) any { return r.fields() },
	}.render(w, format)
}

func (v PS) rows() []psRow {
	rows := make([]psRow, 0, len(v.Containers))
	for _, c := range v.Containers {
		rows = append(rows, psRow{c: c, project: v.Project, now: v.Now, full: v.NoTrunc})
	}
	return rows
}

// parseTemplate reads a Go template with the functions that Docker's templates have. \t and \n may be written as such,
// since a shell does not turn them into characters.
func parseTemplate(text string) (*template.Template, error) {
	text = strings.NewReplacer(`\t`, "\t", `\n`, "\n").Replace(text)
	t, err := template.New("format").Funcs(template.FuncMap{
		"json": func(v any) (string, error) {
			b, err := json.Marshal(v)
			return string(b), err
		},
		"join":  strings.Join,
		"split": strings.Split,
		"lower": strings.ToLower,
		"upper": strings.ToUpper,
		"title": func(s string) string {
			if s == "" {
				return s
			}
			return strings.ToUpper(s[:1]) + s[1:]
		},
		"pad": func(s string, before, after int) string {
			return strings.Repeat(" ", before) + s + strings.Repeat(" ", after)
		},
		"truncate": func(s string, n int) string { return string([]rune(s)[:min(n, len([]rune(s)))]) },
	}).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("template parsing error: %w", err)
	}
	return t, nil
}

func execute(t *template.Template, data any) (string, error) {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	return b.String(), nil
}
