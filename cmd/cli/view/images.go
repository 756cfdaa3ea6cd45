package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	units "github.com/docker/go-units"

	"github.com/hostwright/compose/orchestrate"
)

// Images prints the images of containers: "table" or "json" (one array), in the order given.
func Images(w io.Writer, images []orchestrate.ContainerImage, format string, now time.Time) error {
	switch format {
	case "", "table":
	case "json":
		var list []imageObject
		for _, i := range images {
			list = append(list, newImageObject(i))
		}
		return array(w, list)
	default:
		return fmt.Errorf("format value %q could not be parsed: parsing failed", format)
	}
	var rows [][]string
	for _, i := range images {
		repository, tag := splitReference(i.Reference)
		created := "N/A"
		if !i.Created.IsZero() {
			created = ago(now, i.Created)
		}
		rows = append(rows, []string{
			Safe(i.Container), orNone(repository), orNone(tag), Safe(i.Platform), shortDigest(i.Digest),
			units.HumanSizeWithPrecision(float64(i.Size), 3), created,
		})
	}
	return wideTable(w, []string{"CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED"}, rows)
}

// ImageIDs prints the digests, each once, without "sha256:".
func ImageIDs(w io.Writer, images []orchestrate.ContainerImage) error {
	var seen []string
	for _, i := range images {
		id := strings.TrimPrefix(i.Digest, "sha256:")
		if slices.Contains(seen, id) {
			continue
		}
		seen = append(seen, id)
		if _, err := fmt.Fprintln(w, id); err != nil {
			return err
		}
	}
	return nil
}

type imageObject struct {
	ID            string
	ContainerName string
	Repository    string
	Tag           string
	Platform      string
	Size          int64
	Created       *time.Time `json:",omitempty"`
}

func newImageObject(i orchestrate.ContainerImage) imageObject {
	o := imageObject{ID: i.Digest, ContainerName: i.Container, Platform: i.Platform, Size: i.Size}
	o.Repository, o.Tag = splitReference(i.Reference)
	if !i.Created.IsZero() {
		o.Created = &i.Created
	}
	return o
}

// splitReference gives the familiar name and the tag of a full reference; one by digest has no tag.
func splitReference(reference string) (repository, tag string) {
	name, _, _ := strings.Cut(FamiliarImage(reference), "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[:i], name[i+1:]
	}
	return name, ""
}

func orNone(text string) string {
	if text == "" {
		return "<none>"
	}
	return Safe(text)
}

func shortDigest(digest string) string {
	id := strings.TrimPrefix(digest, "sha256:")
	return id[:min(12, len(id))]
}
