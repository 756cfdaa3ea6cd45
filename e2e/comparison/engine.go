package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
)

const (
	labelProject = "com.docker.compose.project"
	labelPrefix  = "com.docker.compose."
	labelOwn     = "dev.hostwright.compose."
)

// engine is the Docker Engine that both tools end up on.
type engine struct {
	*client.Client
}

func connect(environ []string) (*engine, error) {
	host := ""
	for _, e := range environ {
		if value, ok := strings.CutPrefix(e, "DOCKER_HOST="); ok {
			host = value
		}
	}
	if host == "" {
		return nil, errors.New("`make lab-env` names no engine")
	}
	c, err := client.NewClientWithOpts(client.WithHost(host), client.WithAPIVersionNegotiation())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := c.Ping(ctx); err != nil {
		return nil, fmt.Errorf("the lab's engine does not answer; bring it up with `make lab`: %w", err)
	}
	return &engine{c}, nil
}

// thing is a container, network or volume as one tool made it.
type thing struct {
	Name   string
	ID     string // the engine's, for a container
	Labels map[string]string
	Detail string // what else is compared
}

// things is all that one tool has of a project.
type things struct {
	Containers, Networks, Volumes []thing
	networkNames                  map[string]string // the engine's name of a network, to the tool's
	anonymous                     int               // anonymous volumes
}

// projectThings gives what Docker Compose has made. seen are the volumes without a name that its containers had so far.
func (e *engine) projectThings(ctx context.Context, projects []string, seen map[string]bool) (things, error) {
	t := things{networkNames: map[string]string{}}
	mine := func(labels map[string]string) bool { return slices.Contains(projects, labels[labelProject]) }
	compose := filters.NewArgs(filters.Arg("label", labelProject))
	containers, err := e.ContainerList(ctx, container.ListOptions{All: true, Filters: compose})
	if err != nil {
		return t, err
	}
	for _, c := range containers {
		if !mine(c.Labels) {
			continue
		}
		t.Containers = append(t.Containers, thing{Name: strings.TrimPrefix(c.Names[0], "/"), ID: c.ID, Labels: c.Labels})
		for _, m := range c.Mounts {
			if m.Type == "volume" && len(m.Name) == 64 {
				seen[m.Name] = true
			}
		}
	}
	networks, err := e.NetworkList(ctx, network.ListOptions{Filters: compose})
	if err != nil {
		return t, err
	}
	for _, n := range networks {
		if mine(n.Labels) {
			t.Networks = append(t.Networks, thing{Name: n.Name, Labels: n.Labels, Detail: networkDetail(n.Internal)})
		}
	}
	volumes, err := e.VolumeList(ctx, volume.ListOptions{})
	if err != nil {
		return t, err
	}
	for _, v := range volumes.Volumes {
		switch {
		case seen[v.Name]:
			t.anonymous++
		case mine(v.Labels):
			t.Volumes = append(t.Volumes, thing{Name: v.Name, Labels: v.Labels})
		}
	}
	return t, nil
}

func networkDetail(internal bool) string {
	if internal {
		return "internal"
	}
	return "open"
}

// look inspects containers and leaves out those that are gone meanwhile.
func (e *engine) look(ctx context.Context, all []thing) (map[string]container.InspectResponse, error) {
	out := map[string]container.InspectResponse{}
	for _, c := range all {
		info, err := e.ContainerInspect(ctx, c.ID)
		if cerrdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[c.Name] = info
	}
	return out, nil
}

// clear removes what is left of a project of Docker Compose.
func (e *engine) clear(ctx context.Context, project string, anonymous map[string]bool) error {
	t, err := e.projectThings(ctx, []string{project}, anonymous)
	if err != nil {
		return err
	}
	var failed []error
	for _, c := range t.Containers {
		failed = append(failed, e.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true}))
	}
	for _, n := range t.Networks {
		failed = append(failed, e.NetworkRemove(ctx, n.Name))
	}
	for _, v := range t.Volumes {
		failed = append(failed, e.VolumeRemove(ctx, v.Name, true))
	}
	for name := range anonymous {
		failed = append(failed, e.VolumeRemove(ctx, name, true))
	}
	return errors.Join(slices.DeleteFunc(failed, func(err error) bool { return err == nil || cerrdefs.IsNotFound(err) })...)
}

// give makes something of somebody else on the engine and returns how to remove it.
func (e *engine) give(ctx context.Context, kind, name string) (func() error, error) {
	switch kind {
	case "network":
		made, err := e.NetworkCreate(ctx, name, network.CreateOptions{})
		return func() error { return e.NetworkRemove(ctx, made.ID) }, err
	case "volume":
		_, err := e.VolumeCreate(ctx, volume.CreateOptions{Name: name})
		return func() error { return e.VolumeRemove(ctx, name, true) }, err
	case "container":
		made, err := e.ContainerCreate(ctx, &container.Config{Image: "busybox", Cmd: []string{"sleep", "1000"}}, nil, nil, nil, name)
		if err != nil {
			return nil, err
		}
		remove := func() error { return e.ContainerRemove(ctx, made.ID, container.RemoveOptions{Force: true}) }
		return remove, e.ContainerStart(ctx, made.ID, container.StartOptions{})
	}
	return nil, fmt.Errorf("given %s: a network, a volume or a container can be given", kind)
}

// has says whether something of that name exists.
func (e *engine) has(ctx context.Context, kind, name string) (bool, error) {
	var err error
	switch kind {
	case "network":
		_, err = e.NetworkInspect(ctx, name, network.InspectOptions{})
	case "volume":
		_, err = e.VolumeInspect(ctx, name)
	case "container":
		_, err = e.ContainerInspect(ctx, name)
	}
	if cerrdefs.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}
