package volumeprep

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger/statedir"
)

// Runtime is the part of an adapter that preparing needs.
type Runtime interface {
	Capabilities() adapter.Capabilities
	InspectContainer(ctx context.Context, id string) (adapter.Container, error)
	CreateContainer(ctx context.Context, r adapter.CreateRequest) error
	StartAttached(ctx context.Context, r adapter.StartRequest) (int, error)
	DeleteContainer(ctx context.Context, id string, force bool) error
}

// cleanupDeadline bounds the removal of the one-off container after the rest was cancelled.
const cleanupDeadline = 30 * time.Second

// Run prepares a volume and returns when it is done. It may be repeated: a volume that is prepared stays as it is,
// and an attempt that was cut off is continued. The one-off container is gone afterwards, unless the runtime refused
// to remove it, which is an error. filled tells whether the volume holds something afterwards.
func Run(ctx context.Context, rt Runtime, state statedir.Dir, a Action) (filled bool, err error) {
	data, err := program(rt.Capabilities().HostPlatform)
	if err != nil {
		return false, err
	}
	dir, err := place(state, data)
	if err != nil {
		return false, err
	}
	begun := markerOf(state, a.Helper, a.Volume)
	resume, err := begun.set()
	if err != nil {
		return false, err
	}
	request, err := Request(a, dir, resume)
	if err != nil {
		return false, err
	}
	if err := create(ctx, rt, request); err != nil {
		return false, err
	}
	said, err := start(ctx, rt, a.Helper)
	if e := remove(ctx, rt, a.Helper); e != nil {
		err = errors.Join(err, e)
	}
	if err != nil {
		return false, err
	}
	empty := strings.Contains("\n"+said, "\nempty: ") || strings.Contains("\n"+said, "\ncopied 0 entries")
	if empty && a.More {
		return false, nil // the attempt goes on: what comes next may find a part of its own copy
	}
	return !empty, begun.clear()
}

// create creates the one-off. One of the same name and labels is what a killed attempt left: it is replaced.
func create(ctx context.Context, rt Runtime, r adapter.CreateRequest) error {
	err := rt.CreateContainer(ctx, r)
	if !adapter.Is(err, adapter.Exists) {
		return err
	}
	old, lookErr := rt.InspectContainer(ctx, r.ID)
	if lookErr != nil {
		return errors.Join(err, lookErr)
	}
	if len(r.Labels) == 0 || !contains(old.Labels, r.Labels) {
		return fmt.Errorf("container %s is in the way and not ours: remove or rename it: %w", r.ID, err)
	}
	if err := rt.DeleteContainer(ctx, r.ID, true); err != nil && !adapter.Is(err, adapter.NotFound) {
		return err
	}
	return rt.CreateContainer(ctx, r)
}

func contains(all, some map[string]string) bool {
	for k, v := range some {
		if got, ok := all[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// start runs the helper to its end, and gives what it said.
func start(ctx context.Context, rt Runtime, id string) (string, error) {
	var out tail
	code, err := rt.StartAttached(ctx, adapter.StartRequest{ID: id, Stdout: &out, Stderr: &out})
	switch {
	case err != nil:
		return "", err
	case code != 0:
		return "", fmt.Errorf("the helper ended with exit code %d: %s", code, out.text())
	}
	return out.text(), nil
}

func remove(ctx context.Context, rt Runtime, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupDeadline)
	defer cancel()
	err := rt.DeleteContainer(ctx, id, true)
	if adapter.Is(err, adapter.NotFound) {
		return nil
	}
	return err
}
