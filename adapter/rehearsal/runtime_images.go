package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hostwright/compose/adapter"
)

// ListImages gives the local images, sorted.
func (r *Runtime) ListImages(ctx context.Context) (list []adapter.Image, err error) {
	err = r.use(ctx, adapter.OpListImages, "", func(w *World, _ time.Time) error {
		list = w.Snapshot().Images
		return nil
	})
	return list, err
}

// fetched stands for an image of a registry, which nobody asks: what is in it is not known.
func fetched(reference, platform string) Image {
	return Image{Reference: reference, Platform: platform, Command: []string{"(the command of " + reference + ")"}}
}

// PullImage takes any reference for one that a registry has, and asks none.
func (r *Runtime) PullImage(ctx context.Context, p adapter.PullRequest) error {
	reference, err := Reference(adapter.OpPullImage, p.Reference)
	if err != nil {
		return err
	}
	return r.use(ctx, adapter.OpPullImage, reference, func(w *World, _ time.Time) error {
		w.AddImage(fetched(reference, p.Platform))
		say(p.Progress, "rehearsal: %s is taken for pulled\n", reference)
		return nil
	})
}

// PushImage sends nothing.
func (r *Runtime) PushImage(ctx context.Context, p adapter.PushRequest) error {
	reference, err := Reference(adapter.OpPushImage, p.Reference)
	if err != nil {
		return err
	}
	return r.use(ctx, adapter.OpPushImage, reference, func(w *World, _ time.Time) error {
		if _, err := w.FindImage(adapter.OpPushImage, reference, p.Platform); err != nil {
			return err
		}
		say(p.Progress, "rehearsal: %s is taken for pushed\n", reference)
		return nil
	})
}

// maxDockerfile is the size from which on a Dockerfile is refused (Apple container 1.0.0, issue 735).
const maxDockerfile = 16 << 10

// BuildImage reads the Dockerfile and keeps what it says about the image's config; nothing is run.
func (r *Runtime) BuildImage(ctx context.Context, b adapter.BuildRequest) error {
	first := ""
	for i, tag := range b.Tags {
		reference, err := Reference(adapter.OpBuildImage, tag)
		if err != nil {
			return err
		}
		if i == 0 {
			first = reference
		}
	}
	text, err := dockerfileText(b)
	if err != nil {
		return Fail(adapter.Refused, adapter.OpBuildImage, first, "%v", err)
	}
	if len(text) >= maxDockerfile {
		return Fail(adapter.Refused, adapter.OpBuildImage, first, "Dockerfile exceeds the maximum allowed size of %d bytes", maxDockerfile)
	}
	return r.use(ctx, adapter.OpBuildImage, first, func(w *World, _ time.Time) error {
		image, err := Built(text, b.Args, b.Target, func(reference string) (Image, error) { return w.baseImage(reference) })
		if err != nil {
			return Fail(adapter.Unknown, adapter.OpBuildImage, first, "%v", err)
		}
		if len(image.Entrypoint)+len(image.Command) == 0 {
			image.Command = []string{"(nothing: the Dockerfile names no command)"}
		}
		image.Platform = ""
		if len(b.Platforms) > 0 {
			image.Platform = b.Platforms[0]
		}
		image.Labels = merged(image.Labels, b.Labels)
		for _, tag := range b.Tags {
			image.Reference, _ = Reference(adapter.OpBuildImage, tag)
			w.AddImage(image)
		}
		say(b.Log, "rehearsal: %s is taken for built\n", first)
		return nil
	})
}

func merged(a, b map[string]string) map[string]string {
	out := map[string]string{}
	for _, labels := range []map[string]string{a, b} {
		for k, v := range labels {
			out[k] = v
		}
	}
	return out
}

// baseImage is a local image, or one of a registry.
func (w *World) baseImage(text string) (Image, error) {
	reference, err := Reference(adapter.OpBuildImage, text)
	if err != nil {
		return Image{}, err
	}
	if i, ok := w.Images[reference]; ok {
		return i, nil
	}
	i := fetched(reference, "")
	i.Digest = Digest(reference)
	return i, nil
}

// dockerfileText finds and reads a build's Dockerfile as Apple container does.
func dockerfileText(b adapter.BuildRequest) (string, error) {
	if info, err := os.Stat(b.Context); err != nil || !info.IsDir() {
		return "", fmt.Errorf("context dir does not exist: %s", b.Context)
	}
	if b.Inline != "" {
		return b.Inline, nil
	}
	if b.Dockerfile != "" {
		text, err := os.ReadFile(b.Dockerfile)
		if err != nil {
			return "", fmt.Errorf("dockerfile does not exist: %s", b.Dockerfile)
		}
		return string(text), nil
	}
	for _, name := range []string{"Dockerfile", "Containerfile"} {
		text, err := os.ReadFile(filepath.Join(b.Context, name))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return string(text), err
		}
	}
	return "", errors.New("dockerfile not found in context dir")
}

// ImageConfig gives what a Dockerfile said. Of an image of a registry nothing is known.
func (r *Runtime) ImageConfig(ctx context.Context, reference, platform string) (config adapter.ImageConfig, err error) {
	if reference, err = Reference(adapter.OpImageConfig, reference); err != nil {
		return config, err
	}
	err = r.use(ctx, adapter.OpImageConfig, reference, func(w *World, _ time.Time) error {
		i, err := w.FindImage(adapter.OpImageConfig, reference, platform)
		config = i.Config
		return err
	})
	return config, err
}

// TagImage gives a local image a second name.
func (r *Runtime) TagImage(ctx context.Context, source, target string) error {
	to, err := Reference(adapter.OpTagImage, target)
	if err != nil {
		return err
	}
	if source, err = Reference(adapter.OpTagImage, source); err != nil {
		return err
	}
	return r.use(ctx, adapter.OpTagImage, source, func(w *World, _ time.Time) error {
		i, err := w.FindImage(adapter.OpTagImage, source, "")
		if err != nil {
			return err
		}
		i.Reference = to
		w.AddImage(i)
		return nil
	})
}

// DeleteImage removes a name.
func (r *Runtime) DeleteImage(ctx context.Context, reference string) error {
	reference, err := Reference(adapter.OpDeleteImage, reference)
	if err != nil {
		return err
	}
	return r.use(ctx, adapter.OpDeleteImage, reference, func(w *World, _ time.Time) error { return w.DeleteImage(reference) })
}

// NormaliseReference gives the full form of a reference.
func (r *Runtime) NormaliseReference(reference string) (string, error) {
	full, err := adapter.ParseReference(reference)
	if err != nil {
		return "", err
	}
	return full.String(), nil
}

func say(w io.Writer, format string, args ...any) {
	if w != nil {
		_, _ = fmt.Fprintf(w, format, args...)
	}
}
