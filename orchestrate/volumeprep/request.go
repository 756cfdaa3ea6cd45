package volumeprep

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/hostwright/compose/adapter"
)

// Action is one volume to be prepared.
type Action struct {
	// Helper is the name of the one-off container that does it; Labels are its labels, which say whose it is.
	Helper string
	Labels map[string]string
	// Volume is the runtime's name of the volume. One that is kept as a folder of this machine has its path in Folder.
	Volume string
	Folder string
	// Image is what is copied from, a reference that is present locally, and Platform the one of the service.
	Image    string
	Platform string
	// Target is where the service mounts the volume: what the image has there is copied.
	Target string
	// NoCopy leaves the volume empty (volume.nocopy).
	NoCopy bool
	// More says that another image is looked at where this one has nothing.
	More bool
}

// Paths inside the one-off container, away from anything that an image has.
const (
	volumeMount = "/.hostwright/volume"
	helperMount = "/.hostwright/prepare"
	helperName  = "prepare"
)

// memory is the least that the runtime gives any container (Apple container 1.0.0: 200 MiB); the program needs a few.
const memory = 256 << 20

// Request gives the one-off container. helperDir is the host folder with the program in it. resume says that an
// earlier attempt was cut off, so that what the volume holds is a part of the copy.
func Request(a Action, helperDir string, resume bool) (adapter.CreateRequest, error) {
	target := path.Clean(a.Target)
	switch {
	case !strings.HasPrefix(a.Target, "/"):
		return adapter.CreateRequest{}, fmt.Errorf("mount point %q is not an absolute path", a.Target)
	case target == "/":
		return adapter.CreateRequest{}, errors.New("a volume cannot be mounted at /")
	}
	command := []string{}
	if resume {
		command = append(command, "-resume")
	}
	if a.NoCopy {
		command = append(command, "-nocopy")
	}
	volume := adapter.Mount{Kind: adapter.MountVolume, Source: a.Volume, Target: volumeMount}
	if a.Folder != "" {
		command = append(command, "-folder")
		volume.Kind, volume.Source = adapter.MountBind, a.Folder
	}
	return adapter.CreateRequest{
		ID: a.Helper, Image: a.Image, Platform: a.Platform, Labels: a.Labels,
		Entrypoint: []string{path.Join(helperMount, helperName)},
		Command:    append(command, volumeMount, target),
		User:       "0", WorkingDir: "/", CPUs: 1, Memory: memory, NoNetwork: true,
		Mounts: []adapter.Mount{
			volume,
			{Kind: adapter.MountBind, Source: helperDir, Target: helperMount, ReadOnly: true},
		},
	}, nil
}
