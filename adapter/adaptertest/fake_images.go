package adaptertest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/hostwright/compose/adapter"
)

// completed fills in what an image leaves open.
func (f *Fake) completed(i FakeImage) FakeImage {
	if i.Platform == "" {
		i.Platform = f.caps.HostPlatform
	}
	if i.Digest == "" {
		i.Digest = digestOf(i.Reference, i.Platform)
	}
	return i
}

func digestOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}

// shown gives the image as a listing shows it.
func (i FakeImage) shown() adapter.Image {
	return adapter.Image{
		Reference: i.Reference, Digest: i.Digest,
		Variants: []adapter.Variant{{
			Platform: i.Platform, Digest: digestOf(i.Digest, "manifest"), User: i.User,
			Entrypoint: slices.Clone(i.Entrypoint), Command: slices.Clone(i.Command), Env: slices.Clone(i.Env),
			WorkingDir: i.WorkingDir, StopSignal: i.StopSignal, Labels: maps.Clone(i.Labels),
		}},
	}
}

// ListImages gives the local images, sorted.
func (f *Fake) ListImages(ctx context.Context) ([]adapter.Image, error) {
	if err := f.enter(ctx, adapter.OpListImages, ""); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	return f.snapshot().Images, nil
}

// PullImage copies an image that AddRemote made into the local store.
func (f *Fake) PullImage(ctx context.Context, r adapter.PullRequest) error {
	reference, err := f.reference(ctx, adapter.OpPullImage, r.Reference)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	image, found := f.remote[reference]
	if !found {
		return fail(adapter.NotFound, adapter.OpPullImage, reference, "failed with response: 404 Not Found")
	}
	if r.Platform != "" {
		shown := image.shown()
		if _, found := shown.Variant(r.Platform); !found {
			return fail(adapter.Unsupported, adapter.OpPullImage, reference, "does not support required platforms: %s", r.Platform)
		}
	}
	f.images[reference] = image
	if r.Progress != nil {
		fmt.Fprintf(r.Progress, "Fetching image %s\n", reference)
	}
	f.notify()
	return nil
}

// PushImage copies a local image to where PullImage finds it.
func (f *Fake) PushImage(ctx context.Context, r adapter.PushRequest) error {
	reference, err := f.reference(ctx, adapter.OpPushImage, r.Reference)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	image, found := f.images[reference]
	if !found {
		return fail(adapter.NotFound, adapter.OpPushImage, reference, "image with reference %s", reference)
	}
	f.remote[reference] = image
	if r.Progress != nil {
		fmt.Fprintf(r.Progress, "Pushing image %s\n", reference)
	}
	return nil
}

// reference is enter for a call about one image.
func (f *Fake) reference(ctx context.Context, op, text string) (string, error) {
	r, err := adapter.ParseReference(text)
	if err != nil {
		return "", fail(adapter.Refused, op, text, "%v", err)
	}
	return r.String(), f.enter(ctx, op, r.String())
}

// BuildImage stores what OnBuild gives under every tag.
func (f *Fake) BuildImage(ctx context.Context, r adapter.BuildRequest) error {
	if err := f.enter(ctx, adapter.OpBuildImage, firstOf(r.Tags...)); err != nil {
		return err
	}
	build := f.build
	f.mu.Unlock()
	if build == nil {
		return fail(adapter.Refused, adapter.OpBuildImage, firstOf(r.Tags...), "the fake runtime was not told what builds give: use OnBuild")
	}
	image, err := build(r)
	if err != nil {
		return err
	}
	for _, tag := range r.Tags {
		if _, err := adapter.ParseReference(tag); err != nil {
			return fail(adapter.Refused, adapter.OpBuildImage, tag, "%v", err)
		}
	}
	for _, tag := range r.Tags {
		image.Reference = tag
		f.AddImage(image)
	}
	if r.Log != nil {
		_, _ = io.WriteString(r.Log, "#1 DONE 0.0s\n")
	}
	return nil
}

// ImageConfig gives a local image's Config.
func (f *Fake) ImageConfig(ctx context.Context, reference, platform string) (adapter.ImageConfig, error) {
	reference, err := f.reference(ctx, adapter.OpImageConfig, reference)
	if err != nil {
		return adapter.ImageConfig{}, err
	}
	defer f.mu.Unlock()
	image, found := f.images[reference]
	if found && platform != "" {
		shown := image.shown()
		_, found = shown.Variant(platform)
	}
	if !found {
		return adapter.ImageConfig{}, fail(adapter.NotFound, adapter.OpImageConfig, reference, "image not found: %s", reference)
	}
	return image.Config, nil
}

// TagImage gives a local image a second name.
func (f *Fake) TagImage(ctx context.Context, source, target string) error {
	to, err := adapter.ParseReference(target)
	if err != nil {
		return fail(adapter.Refused, adapter.OpTagImage, target, "%v", err)
	}
	source, err = f.reference(ctx, adapter.OpTagImage, source)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	image, found := f.images[source]
	if !found {
		return fail(adapter.NotFound, adapter.OpTagImage, source, "image with reference %s", source)
	}
	image.Reference = to.String()
	f.images[image.Reference] = image
	f.notify()
	return nil
}

// DeleteImage removes a name; containers that use the image are not looked at.
func (f *Fake) DeleteImage(ctx context.Context, reference string) error {
	reference, err := f.reference(ctx, adapter.OpDeleteImage, reference)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	if _, found := f.images[reference]; !found {
		return fail(adapter.NotFound, adapter.OpDeleteImage, reference, "failed to delete one or more images: [%q]", reference)
	}
	delete(f.images, reference)
	f.notify()
	return nil
}

// NormaliseReference gives the full form of a reference.
func (f *Fake) NormaliseReference(reference string) (string, error) {
	r, err := adapter.ParseReference(reference)
	if err != nil {
		return "", err
	}
	return r.String(), nil
}
