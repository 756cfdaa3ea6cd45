package adaptertest

import (
	"context"
	"fmt"
	"io"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/rehearsal"
)

// plain is the image without its programs.
func (i FakeImage) plain() rehearsal.Image {
	return rehearsal.Image{
		Reference: i.Reference, Platform: i.Platform, Digest: i.Digest, User: i.User, WorkingDir: i.WorkingDir,
		StopSignal: i.StopSignal, Entrypoint: i.Entrypoint, Command: i.Command, Env: i.Env, Labels: i.Labels, Config: i.Config,
	}
}

// keep puts an image into the local store, and fills in what it leaves open. The caller holds mu.
func (f *Fake) keep(i FakeImage) {
	full := f.world.AddImage(i.plain())
	i.Platform, i.Digest = full.Platform, full.Digest
	f.images[i.Reference] = i
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
		return rehearsal.Fail(adapter.NotFound, adapter.OpPullImage, reference, "failed with response: 404 Not Found")
	}
	if r.Platform != "" {
		shown := image.plain().Shown()
		shown.Variants[0].Platform = firstOf(image.Platform, f.world.Capabilities.HostPlatform)
		if _, found := shown.Variant(r.Platform); !found {
			return rehearsal.Fail(adapter.Unsupported, adapter.OpPullImage, reference, "does not support required platforms: %s", r.Platform)
		}
	}
	f.keep(image)
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
	if _, err := f.world.FindImage(adapter.OpPushImage, reference, ""); err != nil {
		return err
	}
	f.remote[reference] = f.images[reference]
	if r.Progress != nil {
		fmt.Fprintf(r.Progress, "Pushing image %s\n", reference)
	}
	return nil
}

// reference is enter for a call about one image.
func (f *Fake) reference(ctx context.Context, op, text string) (string, error) {
	r, err := rehearsal.Reference(op, text)
	if err != nil {
		return "", err
	}
	return r, f.enter(ctx, op, r)
}

// BuildImage stores what OnBuild gives under every tag.
func (f *Fake) BuildImage(ctx context.Context, r adapter.BuildRequest) error {
	if err := f.enter(ctx, adapter.OpBuildImage, firstOf(r.Tags...)); err != nil {
		return err
	}
	build := f.build
	f.mu.Unlock()
	if build == nil {
		return rehearsal.Fail(adapter.Refused, adapter.OpBuildImage, firstOf(r.Tags...), "the fake runtime was not told what builds give: use OnBuild")
	}
	image, err := build(r)
	if err != nil {
		return err
	}
	for _, tag := range r.Tags {
		if _, err := rehearsal.Reference(adapter.OpBuildImage, tag); err != nil {
			return err
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
	image, err := f.world.FindImage(adapter.OpImageConfig, reference, platform)
	return image.Config, err
}

// TagImage gives a local image a second name.
func (f *Fake) TagImage(ctx context.Context, source, target string) error {
	to, err := rehearsal.Reference(adapter.OpTagImage, target)
	if err != nil {
		return err
	}
	source, err = f.reference(ctx, adapter.OpTagImage, source)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	if _, err := f.world.FindImage(adapter.OpTagImage, source, ""); err != nil {
		return err
	}
	image := f.images[source]
	image.Reference = to
	f.keep(image)
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
	if err := f.world.DeleteImage(reference); err != nil {
		return err
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
