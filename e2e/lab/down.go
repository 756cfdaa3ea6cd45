//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// down removes the lab: containers, processes, network links, firewall rules
// and files. With keepImages the engine's data and the registries' contents
// stay for the next up.
func down(ctx context.Context, l layout, keepImages bool, p *progress) error {
	if err := l.removeContainers(ctx); err != nil {
		return err
	}
	daemons := l.daemons()
	slices.Reverse(daemons)
	for _, d := range daemons {
		if err := l.stop(ctx, d); err != nil {
			return err
		}
	}
	if err := l.endShims(ctx); err != nil {
		return err
	}
	wasInNetns := l.inNetns()
	if err := l.removeNamespace(ctx); err != nil {
		return err
	}
	if !wasInNetns {
		if err := l.removeBridges(ctx); err != nil {
			return err
		}
	}
	if err := l.restoreFirewall(ctx, wasInNetns); err != nil {
		return err
	}
	if err := l.unmountAll(); err != nil {
		return err
	}
	if err := l.removeFiles(keepImages); err != nil {
		return err
	}
	p.step("the lab is gone")
	return nil
}

// removeContainers removes every container while the engine can still do it:
// faster than letting it stop each one at its own end, and it unmounts them.
func (l layout) removeContainers(ctx context.Context) error {
	if d := l.dockerd(); l.pid(d) == 0 || d.ready(ctx) != nil {
		return nil
	}
	printed, err := dockerOutput(l.docker(ctx, "container", "ls", "--all", "--quiet"))
	if err != nil {
		return err
	}
	if ids := strings.Fields(printed); len(ids) > 0 {
		_, err = dockerOutput(l.docker(ctx, append([]string{"container", "rm", "--force"}, ids...)...))
	}
	return err
}

// endShims ends what containerd leaves behind when it or the engine was
// killed: a shim for each container, and under it the container's processes.
func (l layout) endShims(ctx context.Context) error {
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return err
	}
	for _, path := range paths {
		cmdline, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(cmdline, []byte("containerd-shim")) || !bytes.Contains(cmdline, []byte("\x00"+l.containerdSocket()+"\x00")) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return err
		}
		// The shim itself would let the container live on.
		for _, child := range children(pid) {
			if err := endProcess(ctx, child, 0); err != nil {
				return err
			}
		}
		if err := endProcess(ctx, pid, 3*time.Second); err != nil {
			return err
		}
	}
	return nil
}

// children lists the processes whose parent is pid. The first process of a
// container takes all others of the container along.
func children(pid int) []int {
	var found []int
	paths, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range paths {
		if fields := statFields(path); len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			if child, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}

// unmountAll unmounts what a killed engine left mounted, the deepest first.
func (l layout) unmountAll() error {
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return err
	}
	var mounts []string
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && (strings.HasPrefix(f[1], l.data+"/") || strings.HasPrefix(f[1], l.run+"/")) {
			mounts = append(mounts, f[1])
		}
	}
	slices.Reverse(mounts)
	for _, m := range mounts {
		if err := unix.Unmount(m, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("unmount %s: %w", m, err)
		}
	}
	return nil
}

func (l layout) removeFiles(keepImages bool) error {
	keep := map[string]bool{}
	if keepImages {
		for _, name := range []string{"docker", "containerd", "registry", "config"} {
			keep[filepath.Join(l.data, name)] = true
		}
	}
	// Whoever waits for the lock has this file open.
	keep[l.lockFile()] = true
	for _, dir := range []string{l.run, l.data} {
		entries, err := os.ReadDir(dir)
		if errors.Is(err, os.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		for _, entry := range entries {
			if path := filepath.Join(dir, entry.Name()); !keep[path] {
				if err := os.RemoveAll(path); err != nil {
					return err
				}
			}
		}
		if !keepImages && dir == l.data {
			if err := os.Remove(dir); err != nil {
				return err
			}
		}
	}
	return nil
}
