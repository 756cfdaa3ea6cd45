//go:build linux

package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// layoutWriter writes an OCI image layout as a tar. What a reader wants first comes first: the index, then manifests and
// configurations, then the layers.
type layoutWriter struct {
	tar     *tar.Writer
	written map[string]bool
}

func newLayoutWriter(to io.Writer) *layoutWriter {
	return &layoutWriter{tar: tar.NewWriter(to), written: map[string]bool{}}
}

// begin writes the layout marker and the index of images.
func (w *layoutWriter) begin(images []layoutDescriptor) error {
	if err := w.file("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
		return err
	}
	data, err := json.Marshal(imageIndex{SchemaVersion: 2, Manifests: images})
	if err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	return w.file("index.json", data)
}

func (w *layoutWriter) file(name string, data []byte) error {
	if err := w.header(name, int64(len(data))); err != nil {
		return err
	}
	if _, err := w.tar.Write(data); err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	return nil
}

func (w *layoutWriter) header(name string, size int64) error {
	err := w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, Format: tar.FormatPAX})
	if err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	return nil
}

// needs says whether the blob is still to be written; it is written once.
func (w *layoutWriter) needs(digest string) bool { return !w.written[digest] }

// blob writes one from memory.
func (w *layoutWriter) blob(digest string, data []byte) error {
	if !w.needs(digest) {
		return nil
	}
	w.written[digest] = true
	return w.file("blobs/sha256/"+digestHex(digest), data)
}

// stream writes one from a reader that has exactly size bytes.
func (w *layoutWriter) stream(digest string, size int64, from io.Reader) error {
	w.written[digest] = true
	if err := w.header("blobs/sha256/"+digestHex(digest), size); err != nil {
		return err
	}
	n, err := io.Copy(w.tar, from)
	if err == nil && n != size {
		err = fmt.Errorf("%d bytes of %d: %w", n, size, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return fmt.Errorf("write layout: blob %s: %w", digest, err)
	}
	return nil
}

func (w *layoutWriter) close() error {
	if err := w.tar.Close(); err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	return nil
}

// layoutArchive is an OCI image layout that was read: its index, and the members that no layout has. The blobs are in the
// content store.
type layoutArchive struct {
	index    imageIndex
	marker   bool
	hasIndex bool
	rejected []string
}

// readLayout reads a tar. Members that would leave the folder, or that are no plain files or folders, are rejected.
func readLayout(from io.Reader, into content) (layoutArchive, error) {
	var found layoutArchive
	archive := tar.NewReader(from)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, fail(codeInternalError, "failed to extract archive: %s", err)
		}
		if err := found.member(header, archive, into); err != nil {
			return found, err
		}
	}
}

func (a *layoutArchive) member(header *tar.Header, body io.Reader, into content) error {
	name := path.Clean(header.Name)
	outside := path.IsAbs(header.Name) || slices.Contains(strings.Split(header.Name, "/"), "..")
	switch {
	case header.Typeflag == tar.TypeDir && !outside:
		return nil
	case header.Typeflag != tar.TypeReg || outside:
		a.rejected = append(a.rejected, header.Name)
		return nil
	case name == "oci-layout":
		var marker struct {
			Version string `json:"imageLayoutVersion"`
		}
		if err := decodeMember(body, &marker); err != nil {
			return err
		}
		if marker.Version == "" {
			return fail("empty", "missing key imageLayoutVersion in oci-layout")
		}
		a.marker = true
		return nil
	case name == "index.json":
		a.hasIndex = true
		return decodeMember(body, &a.index)
	case strings.HasPrefix(name, "blobs/sha256/"):
		return into.receive("sha256:"+path.Base(name), body)
	}
	return nil
}

func decodeMember(body io.Reader, v any) error {
	if err := json.NewDecoder(body).Decode(v); err != nil {
		return fail(codeUnknown, "The data couldn’t be read because it isn’t in the correct format.")
	}
	return nil
}

// imageName is the name of an image in a layout, by the annotations that the runtime knows, best first.
func (d layoutDescriptor) imageName() string {
	for _, key := range []string{annotationImageName, annotationContainerd, annotationReferenceName} {
		if name := d.Annotations[key]; name != "" {
			return name
		}
	}
	return "untagged@" + d.Digest
}
