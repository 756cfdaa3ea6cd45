package adaptertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
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

// builder builds from Dockerfiles whose instructions only set an image's config, and refuses every other.
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
	expand := func(word string) string {
		return os.Expand(word, func(name string) string {
			for _, a := range r.Args {
				if a.Key == name {
					return a.Value
				}
			}
			return ""
		})
	}
	var image FakeImage
	for line := range strings.Lines(text) {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if err := b.apply(&image, instruction, expand(rest)); err != nil {
			return image, err
		}
	}
	slices.Sort(image.Config.Volumes)
	slices.Sort(image.Config.Ports)
	image.Digest = digestOf(image.Digest, text)
	return image, nil
}

func (b builder) apply(image *FakeImage, instruction, rest string) error {
	switch instruction {
	case "ARG":
	case "FROM":
		reference, err := adapter.ParseReference(rest)
		if err != nil {
			return err
		}
		b.fake.mu.Lock()
		base, found := b.fake.images[reference.String()]
		b.fake.mu.Unlock()
		if !found {
			return errors.New("no image " + rest)
		}
		*image = base
	case "ENV":
		image.Env = append(slices.Clone(image.Env), rest)
	case "VOLUME":
		image.Config.Volumes = append(image.Config.Volumes, rest)
	case "EXPOSE":
		if !strings.Contains(rest, "/") {
			rest += "/tcp"
		}
		image.Config.Ports = append(image.Config.Ports, rest)
	case "HEALTHCHECK":
		return b.health(image, rest)
	default:
		return fmt.Errorf("unknown instruction %q", instruction)
	}
	return nil
}

func (b builder) health(image *FakeImage, rest string) (err error) {
	h := &adapter.ImageHealth{}
	for err == nil {
		word, after, _ := strings.Cut(rest, " ")
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "--interval":
			h.Interval, err = time.ParseDuration(value)
		case "--retries":
			h.Retries, err = strconv.Atoi(value)
		case "CMD":
			image.Config.Healthcheck = h
			err = json.Unmarshal([]byte(after), &h.Test)
			h.Test = append([]string{"CMD"}, h.Test...)
			return err
		default:
			return fmt.Errorf("unknown option %q", word)
		}
		rest = after
	}
	return err
}
