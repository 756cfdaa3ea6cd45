//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"os"
)

// up brings the lab up with the images of the recipes, whatever of it is there
// already.
func up(ctx context.Context, l layout, recipes []recipe, p *progress) error {
	if err := checkMachine(); err != nil {
		return err
	}
	if err := l.installPackages(ctx, p); err != nil {
		return err
	}
	if err := l.settleIptables(ctx); err != nil {
		return err
	}
	if err := l.settleNamespace(ctx, p); err != nil {
		return err
	}
	if err := l.startRegistries(ctx); err != nil {
		return err
	}
	if err := l.startEngine(ctx); err != nil {
		return err
	}
	p.step("engine: %s", l.dockerHost())
	if err := os.MkdirAll(l.standinRoot(), 0o700); err != nil {
		return err
	}
	if err := l.buildImages(ctx, recipes, p); err != nil {
		return err
	}
	p.step("the lab is up; `eval \"$(make -s lab-env)\"` makes a shell use it")
	return nil
}

// status prints what runs and which images are there.
func status(ctx context.Context, l layout, w io.Writer) error {
	complete := true
	for _, d := range l.daemons() {
		if pid := l.pid(d); pid == 0 {
			complete = false
			fmt.Fprintf(w, "%-16s not running\n", d.name)
		} else if err := d.ready(ctx); err != nil {
			complete = false
			fmt.Fprintf(w, "%-16s process %d, not ready: %v\n", d.name, pid, err)
		} else {
			fmt.Fprintf(w, "%-16s process %d\n", d.name, pid)
		}
	}
	if l.inNetns() {
		fmt.Fprintf(w, "%-16s %s\n", "namespace", l.netnsPath())
	}
	if !complete {
		return errIncomplete
	}
	sources, err := l.debianSources(ctx)
	if err != nil {
		return err
	}
	want, err := hashes(images, recipes, sourcesList(sources))
	if err != nil {
		return err
	}
	for _, r := range recipes {
		there, err := l.inMirror(ctx, "hostwright-lab/"+r.name, want[r.name])
		if err != nil {
			return err
		}
		state := "up to date"
		if !there {
			state, complete = "missing or out of date", false
		}
		fmt.Fprintf(w, "%-16s %s\n", "image "+r.name, state)
	}
	if !complete {
		return errIncomplete
	}
	return nil
}
