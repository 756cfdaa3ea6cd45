package applecontainer

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/hostwright/compose/adapter"
)

// ListImages is `image list`.
func (a *Adapter) ListImages(ctx context.Context) ([]adapter.Image, error) {
	c := call{op: adapter.OpListImages, args: listImagesArgs, total: a.limits.Control}
	return read(ctx, a, c, decodeImages)
}

// PullImage is `image pull` of one platform; a registry on this machine is spoken to in plain HTTP.
func (a *Adapter) PullImage(ctx context.Context, r adapter.PullRequest) error {
	reference, err := adapter.ParseReference(r.Reference)
	if err != nil {
		return refused(adapter.OpPullImage, r.Reference, "%v", err)
	}
	_, err = a.run(ctx, call{
		op: adapter.OpPullImage, resource: r.Reference, args: pullArgs(r, reference), out: io.Discard,
		log: r.Progress, silence: a.limits.TransferSilence,
	})
	return err
}

// PushImage is `image push`; a registry on this machine is spoken to in plain HTTP.
func (a *Adapter) PushImage(ctx context.Context, r adapter.PushRequest) error {
	reference, err := adapter.ParseReference(r.Reference)
	if err != nil {
		return refused(adapter.OpPushImage, r.Reference, "%v", err)
	}
	_, err = a.run(ctx, call{
		op: adapter.OpPushImage, resource: r.Reference, args: pushArgs(r, reference), out: io.Discard,
		log: r.Progress, silence: a.limits.TransferSilence,
	})
	return err
}

// BuildImage is `build`. A secret's value reaches the command in its environment.
func (a *Adapter) BuildImage(ctx context.Context, r adapter.BuildRequest) error {
	c := call{op: adapter.OpBuildImage, out: io.Discard, log: r.Log, silence: a.limits.BuildSilence}
	if len(r.Tags) > 0 {
		c.resource = r.Tags[0]
	}
	var err error
	if c.args, c.env, err = buildArgs(r); err != nil {
		return err
	}
	c.secrets = secretsOf(r.Args)
	for _, secret := range r.Secrets {
		c.secrets = append(c.secrets, secretsOf([]adapter.EnvVar{{Value: secret.Value, Sensitive: true}})...)
	}
	if r.Inline != "" {
		c.in = strings.NewReader(r.Inline)
	}
	_, err = a.run(ctx, c)
	return err
}

// ImageConfig is `image save` of one platform into a private file that is gone when it returns; the layers in it are
// skipped, not read. Saving all platforms would fail where only one was fetched.
func (a *Adapter) ImageConfig(ctx context.Context, reference, platform string) (adapter.ImageConfig, error) {
	if platform == "" {
		platform = hostPlatform()
	}
	dir, done, err := privateDir(a.options.TempDir)
	if err != nil {
		return adapter.ImageConfig{}, err
	}
	defer done()
	file := filepath.Join(dir, "image.tar")
	c := call{
		op: adapter.OpImageConfig, resource: reference, args: saveArgs(reference, platform, file), out: io.Discard,
		total: a.limits.Save,
	}
	if _, err := a.run(ctx, c); err != nil {
		return adapter.ImageConfig{}, err
	}
	config, err := readImageConfig(file, platform)
	if err != nil {
		return adapter.ImageConfig{}, &adapter.Error{
			Kind: adapter.Unknown, Op: c.op, Resource: reference, Err: fmt.Errorf("%w: %w", errDecode, err),
		}
	}
	return config, nil
}

// TagImage is `image tag`.
func (a *Adapter) TagImage(ctx context.Context, source, target string) error {
	if _, err := adapter.ParseReference(target); err != nil {
		return refused(adapter.OpTagImage, target, "%v", err)
	}
	return a.change(ctx, adapter.OpTagImage, source, tagArgs(source, target))
}

// DeleteImage is `image delete`.
func (a *Adapter) DeleteImage(ctx context.Context, reference string) error {
	return a.change(ctx, adapter.OpDeleteImage, reference, deleteImageArgs(reference))
}

// NormaliseReference gives the full form of a reference, by the runtime's rules.
func (a *Adapter) NormaliseReference(reference string) (string, error) {
	r, err := adapter.ParseReference(reference)
	if err != nil {
		return "", err
	}
	return r.String(), nil
}
