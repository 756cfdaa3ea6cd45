package adaptertest

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/rehearsal"
)

func TestFakeKeepsTheContract(t *testing.T) {
	Run(t, Factory{
		New: func(*testing.T) adapter.RuntimeAdapter {
			f := NewFake()
			f.AddImage(FakeImage{
				Reference: "busybox", Command: []string{"sh"}, Executables: map[string]Program{"sh": Shell, "true": Exit(0)},
			})
			f.AddRemote(FakeImage{Reference: "alpine", Program: Serve, Command: []string{"sh"}})
			f.OnBuild(builder{f}.build)
			return f
		},
		Image: "busybox", Pullable: "alpine", Absent: "nothing", Pushable: "registry.example.com/pushed:1",
	})
}

func TestFakeKeepsTheContractOfAnotherRuntime(t *testing.T) {
	Run(t, Factory{
		New: func(*testing.T) adapter.RuntimeAdapter {
			f := NewFake()
			c := f.Capabilities()
			c.LabelValueEquals, c.VolumeSharing, c.VolumeLostFound, c.MinMemory = true, true, false, 0
			f.SetCapabilities(c)
			f.AddImage(FakeImage{Reference: "busybox", Command: []string{"sh"}, Executables: map[string]Program{"sh": Shell}})
			f.OnBuild(builder{f}.build)
			return NewCalls(NewSlow(f, func(Call) time.Duration { return time.Millisecond }))
		},
		Image: "busybox",
	})
}

// builder builds from Dockerfiles that only set an image's config.
type builder struct{ fake *Fake }

func (b builder) build(r adapter.BuildRequest) (FakeImage, error) {
	text := r.Inline
	if text == "" {
		content, err := os.ReadFile(r.Dockerfile)
		if err != nil {
			return FakeImage{}, err
		}
		text = string(content)
	}
	var of FakeImage // the programs come from the base
	i, err := rehearsal.Built(text, r.Args, r.Target, func(reference string) (rehearsal.Image, error) {
		full, err := b.fake.NormaliseReference(reference)
		if err != nil {
			return rehearsal.Image{}, err
		}
		b.fake.mu.Lock()
		defer b.fake.mu.Unlock()
		image, found := b.fake.images[full]
		if !found {
			return rehearsal.Image{}, errors.New("no image " + reference)
		}
		of = image
		return image.plain(), nil
	})
	if err != nil {
		return FakeImage{}, err
	}
	of.Digest, of.Env, of.Config = i.Digest, i.Env, i.Config
	return of, nil
}
