package rehearsal

import (
	"crypto/sha256"
	"fmt"

	"github.com/hostwright/compose/adapter"
)

// Digest makes a digest that stands for its parts.
func Digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}

// Reference reads a reference for a call and gives its full form.
func Reference(op, text string) (string, error) {
	r, err := adapter.ParseReference(text)
	if err != nil {
		return "", Fail(adapter.Refused, op, text, "%v", err)
	}
	return r.String(), nil
}

// FindImage gives a local image for a call; NotFound when there is none, or none for the platform ("" any).
func (w *World) FindImage(op, reference, platform string) (Image, error) {
	i, found := w.Images[reference]
	if found && platform != "" {
		shown := i.Shown()
		_, found = shown.Variant(platform)
	}
	if !found {
		return Image{}, Fail(adapter.NotFound, op, reference, "image not found: %s", reference)
	}
	return i, nil
}

// AddImage puts an image into the store; it replaces one of the same reference, which is a normalised one.
func (w *World) AddImage(i Image) Image {
	if i.Platform == "" {
		i.Platform = w.Capabilities.HostPlatform
	}
	if i.Digest == "" {
		i.Digest = Digest(i.Reference, i.Platform)
	}
	w.Images[i.Reference] = i
	return i
}

// DeleteImage removes a name; containers that use the image are not looked at.
func (w *World) DeleteImage(reference string) error {
	if _, found := w.Images[reference]; !found {
		return Fail(adapter.NotFound, adapter.OpDeleteImage, reference, "failed to delete one or more images: [%q]", reference)
	}
	delete(w.Images, reference)
	return nil
}
