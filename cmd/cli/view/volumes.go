package view

import (
	"io"
	"slices"
	"strings"

	"github.com/hostwright/compose/orchestrate"
)

// Volumes prints volumes in a format of Docker's --format, in the order given.
func Volumes(w io.Writer, volumes []orchestrate.Volume, format string) error {
	var rows []volumeRow
	for _, v := range volumes {
		rows = append(rows, volumeRow{v})
	}
	return listing[volumeRow]{
		rows: rows, columns: "{{.Driver}}\t{{.Name}}", headers: volumeHeaders, object: func(r volumeRow) any { return r.fields() },
	}.render(w, format)
}

var volumeHeaders = map[string]string{
	"Name": "VOLUME NAME", "Driver": "DRIVER", "Labels": "LABELS", "Scope": "SCOPE", "Mountpoint": "MOUNTPOINT", "Links": "LINKS",
	"Size": "SIZE", "Group": "GROUP", "Status": "STATUS", "Availability": "AVAILABILITY",
}

// volumeRow is one volume as a template sees it. The runtime has no links, groups or mount points of volumes.
type volumeRow struct{ v orchestrate.Volume }

func (r volumeRow) Name() string          { return Safe(r.v.Name) }
func (r volumeRow) Driver() string        { return r.v.Driver }
func (r volumeRow) Scope() string         { return "local" }
func (r volumeRow) Mountpoint() string    { return "N/A" }
func (r volumeRow) Links() string         { return "N/A" }
func (r volumeRow) Size() string          { return "N/A" }
func (r volumeRow) Group() string         { return "N/A" }
func (r volumeRow) Status() string        { return "N/A" }
func (r volumeRow) Availability() string  { return "N/A" }
func (r volumeRow) Label(k string) string { return Safe(r.v.Labels[k]) }

func (r volumeRow) Labels() string { return joinLabels(r.v.Labels) }

func (r volumeRow) fields() map[string]string {
	return map[string]string{
		"Availability": r.Availability(), "Driver": r.Driver(), "Group": r.Group(), "Labels": r.Labels(), "Links": r.Links(),
		"Mountpoint": r.Mountpoint(), "Name": r.Name(), "Scope": r.Scope(), "Size": r.Size(), "Status": r.Status(),
	}
}

func joinLabels(labels map[string]string) string {
	var pairs []string
	for k, v := range labels {
		pairs = append(pairs, k+"="+v)
	}
	slices.Sort(pairs)
	return Safe(strings.Join(pairs, ","))
}
