//go:build linux

package main

import (
	"fmt"
	"path/filepath"
)

// unsupported refuses flags that mean something to a virtual machine only, or to a Mac.
func (a createAsk) unsupported() error {
	for _, each := range []struct {
		given bool
		name  string
	}{
		{a.kernel != "", "--kernel"}, {len(a.kernelArgs) > 0, "--kernel-arg"}, {a.initImage != "", "--init-image"}, {a.ssh, "--ssh"},
		{a.virtualization, "--virtualization"},
	} {
		if each.given {
			return fail(codeUnsupported, "%s is not supported by the stand-in: it boots no virtual machine", each.name)
		}
	}
	return nil
}

func (c *call) planResources(ask createAsk) (resources, error) {
	memory, err := parseMemory(ask.memory)
	if err != nil {
		return resources{}, err
	}
	overhead := 1
	return resources{CPUs: ask.cpus, MemoryInBytes: memory, CPUOverhead: &overhead}, nil
}

// planProcess merges the flags with the image's configuration. --entrypoint replaces the image's entrypoint and drops its
// command; an empty one counts as not given.
func (c *call) planProcess(ask createAsk, image imageConfig) (processConfig, error) {
	process := processConfig{Terminal: ask.tty, WorkingDirectory: ask.workdir, SupplementalGroups: []uint32{}}
	words := append([]string{}, image.Entrypoint...)
	command := image.Cmd
	if ask.entrypoint != "" {
		words, command = []string{ask.entrypoint}, nil
	}
	if len(ask.arguments) > 0 {
		command = ask.arguments
	}
	words = append(words, command...)
	if len(words) == 0 {
		return process, fail(codeInvalidArgument, "command/entrypoint not specified for container process")
	}
	process.Executable, process.Arguments = words[0], append([]string{}, words[1:]...)
	if process.WorkingDirectory == "" {
		process.WorkingDirectory = image.WorkingDir
	}
	if process.WorkingDirectory == "" {
		process.WorkingDirectory = "/"
	}
	var err error
	if process.Environment, err = c.environmentOf(image.Env, ask.envFiles, ask.env); err != nil {
		return process, err
	}
	if process.Rlimits, err = parseRlimits(ask.ulimits); err != nil {
		return process, err
	}
	process.User, process.SupplementalGroups = planUser(ask.user, ask.uid, ask.gid, image.User)
	return process, nil
}

// planUser gives the user of a process: --user beats --uid and --gid, and --gid alone is a supplementary group.
func planUser(user string, uid, gid *uint32, image string) (processUser, []uint32) {
	groups := []uint32{}
	fallback := processUser{ID: &userID{}}
	if image != "" {
		fallback = processUser{Raw: &rawUser{image}}
	}
	switch {
	case user != "":
		return processUser{Raw: &rawUser{user}}, groups
	case uid != nil:
		id := &userID{UID: *uid}
		if gid != nil {
			id.GID = *gid
		}
		return processUser{ID: id}, groups
	case gid != nil:
		return fallback, append(groups, *gid)
	}
	return fallback, groups
}

// guardedPaths reads --masked-path or --read-only-path: absolute paths, or NONE; nil when not given.
func guardedPaths(values []string) (*[]string, error) {
	if len(values) == 0 {
		return nil, nil
	}
	paths := []string{}
	for _, value := range values {
		if value == "NONE" {
			paths = []string{}
			continue
		}
		if !filepath.IsAbs(value) {
			return nil, fail(codeInvalidArgument, "path %s must be absolute, or NONE", value)
		}
		paths = append(paths, value)
	}
	return &paths, nil
}

// dockerUser gives Docker's spelling of a process's user.
func (p processConfig) dockerUser() string {
	if p.User.Raw != nil {
		return p.User.Raw.UserString
	}
	if p.User.ID == nil || *p.User.ID == (userID{}) {
		return ""
	}
	return fmt.Sprintf("%d:%d", p.User.ID.UID, p.User.ID.GID)
}
