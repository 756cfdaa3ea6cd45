//go:build linux

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/docker/docker/api/types/volume"
	"github.com/hostwright/compose/e2e/container/argv"
)

const (
	defaultVolumeSize uint64 = 512 << 30
	minimumVolumeSize uint64 = mebibyte
	anonymousLabel           = "com.apple.container.resource.anonymous"
)

// newVolume checks the options and gives the configuration of a volume.
func (c *call) newVolume(name string, labels, options map[string]string) (volumeConfiguration, error) {
	config := volumeConfiguration{
		Name: name, Driver: "local", Format: "ext4", CreationDate: dateNow(), Labels: notNilMap(labels),
		Options: notNilMap(options), SizeInBytes: defaultVolumeSize,
		Source: filepath.Join(c.appRoot(), "volumes", name, "volume.img"),
	}
	if err := checkVolumeName(name); err != nil {
		return config, err
	}
	if size, given := options["size"]; given {
		bytes, err := parseSize(size)
		if err != nil {
			return config, err
		}
		if bytes < minimumVolumeSize {
			return config, fail(codeInvalidArgument, "volume size too small: minimum 1MiB")
		}
		config.SizeInBytes = bytes
	}
	if journal, given := options["journal"]; given {
		mode, size, sized := strings.Cut(journal, ":")
		if !slices.Contains([]string{"ordered", "writeback", "journal"}, mode) {
			return config, fail(codeInvalidArgument, "invalid journal mode '%s': must be one of ordered, writeback, journal", mode)
		}
		if sized {
			if _, err := parseSize(size); err != nil {
				return config, err
			}
		}
	}
	return config, nil
}

// addVolume makes the Docker volume, with the lost+found of a new file system in it.
func (c *call) addVolume(tx *transaction, config volumeConfiguration) error {
	if tx.state.Volumes[config.Name] != nil {
		return fail(codeExists, "volume '%s' already exists", config.Name)
	}
	docker, err := c.engine()
	if err != nil {
		return err
	}
	made, err := docker.VolumeCreate(c.ctx, volume.CreateOptions{
		Name: opaqueName(), Driver: "local", Labels: map[string]string{rootLabel: c.root},
	})
	if err != nil {
		return fmt.Errorf("create volume %s: %w", config.Name, c.engineError(err))
	}
	lost := filepath.Join(made.Mountpoint, "lost+found")
	if err := os.Mkdir(lost, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create volume %s (the stand-in must run as root on the engine's machine): %w", config.Name, err)
	}
	tx.state.Volumes[config.Name] = &volumeRecord{Configuration: config, DockerName: made.Name}
	return tx.save()
}

func (c *call) createVolume(name, size string, hasSize bool, labels, options map[string]string) error {
	if hasSize {
		options["size"] = size
	}
	config, err := c.newVolume(name, labels, options)
	if err != nil {
		return err
	}
	if err := c.store.update(func(tx *transaction) error { return c.addVolume(tx, config) }); err != nil {
		return err
	}
	c.print(name)
	return nil
}

func (c *call) listedVolumes() ([]volumeResource, error) {
	current, err := c.store.read()
	if err != nil {
		return nil, err
	}
	listed := make([]volumeResource, 0, len(current.Volumes))
	for name, record := range current.Volumes {
		listed = append(listed, volumeResource{ID: name, Configuration: record.Configuration})
	}
	shuffle(listed)
	return listed, nil
}

// shuffle puts a listing in random order, as the values of a Swift dictionary are.
func shuffle[T any](items []T) {
	rand.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
}

// deleteVolumes deletes all of names or, when one of them does not exist, none.
func (c *call) deleteVolumes(names []string, all bool) error {
	if !all && len(names) == 0 {
		return fail(codeInvalidArgument, "no volumes specified and --all not supplied")
	}
	if all && len(names) > 0 {
		return c.usage("explicitly supplied volume name(s) conflict with the --all flag")
	}
	names = unique(names)
	var deleted, failed []string
	err := c.store.update(func(tx *transaction) error {
		if all {
			for name := range tx.state.Volumes {
				names = append(names, name)
			}
		}
		var missing []string
		for _, name := range names {
			if tx.state.Volumes[name] == nil {
				missing = append(missing, name)
			}
		}
		if len(missing) > 0 {
			sort.Strings(missing)
			return fail(codeNotFound, "failed to delete one or more volumes: %s", swiftList(missing))
		}
		for _, name := range names {
			if err := c.deleteVolume(tx, name); err != nil {
				c.log("failed to delete volume: %s", swiftMetadata(map[string]string{"id": name, "error": err.Error()}))
				failed = append(failed, name)
				continue
			}
			deleted = append(deleted, name)
		}
		return nil
	})
	for _, name := range deleted {
		c.print(name)
	}
	if err == nil && len(failed) > 0 {
		err = fail(codeInternalError, "delete failed for one or more volumes: %s", swiftList(failed))
	}
	return err
}

func (c *call) deleteVolume(tx *transaction, name string) error {
	_, used, err := c.usedBy(tx, refersToVolume(name))
	if err != nil {
		return err
	}
	if used {
		return fail(codeInvalidState, "volume '%s' is currently in use and cannot be accessed by another container, or deleted.", name)
	}
	docker, err := c.engine()
	if err != nil {
		return err
	}
	if err := docker.VolumeRemove(c.ctx, tx.state.Volumes[name].DockerName, true); err != nil && !isNotFound(err) {
		return c.engineError(err)
	}
	delete(tx.state.Volumes, name)
	return tx.save()
}

func (c *call) volumeCommand() *argv.Command {
	create := &argv.Command{
		Name: "create", Abstract: "Create a new volume",
		Options: []argv.Option{
			{Names: []string{"label"}, Repeat: true, Help: "Set metadata for a volume"},
			{Names: []string{"opt"}, Repeat: true, Help: "Set driver specific options"},
			{Names: []string{"s"}, Value: "size", Help: "Size of the volume in bytes, with optional K, M, G, T, or P suffix"},
			debugOption(),
		},
		Args: []argv.Arg{{Name: "name", Help: "Volume name"}},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.createVolume(in.Arg("name"), in.String("s"), in.Given("s"), parsePairs(in.Strings("label")), parsePairs(in.Strings("opt")))
		}),
	}
	remove := &argv.Command{
		Name: "delete", Aliases: []string{"rm"}, Abstract: "Delete one or more volumes",
		Options: []argv.Option{{Names: []string{"a", "all"}, Kind: argv.Flag, Help: "Delete all volumes"}, debugOption()},
		Args:    []argv.Arg{{Name: "names", Optional: true, Repeat: true, Help: "Volume names"}},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.deleteVolumes(in.Args("names"), in.Bool("all"))
		}),
	}
	list := &argv.Command{
		Name: "list", Aliases: []string{"ls"}, Abstract: "List volumes", Options: []argv.Option{formatOption(), quietOption(), debugOption()},
		Run: c.withServices(func(in *argv.Invocation) error { return c.listVolumes(in.String("format"), in.Bool("quiet")) }),
	}
	inspect := &argv.Command{
		Name: "inspect", Abstract: "Display information about one or more volumes", Options: []argv.Option{debugOption()},
		Args: []argv.Arg{{Name: "names", Repeat: true, Help: "Volumes to inspect"}},
		Run:  c.withServices(func(in *argv.Invocation) error { return c.inspectVolumes(in.Args("names")) }),
	}
	return &argv.Command{
		Name: "volume", Aliases: []string{"v"}, Abstract: "Manage container volumes", Options: []argv.Option{debugOption()},
		Commands: []*argv.Command{create, remove, list, inspect, c.pruneCommand("volumes", c.pruneVolumes)},
	}
}

func (c *call) listVolumes(format string, quiet bool) error {
	listed, err := c.listedVolumes()
	if err != nil {
		return err
	}
	rows := [][]string{{"NAME", "TYPE", "DRIVER", "OPTIONS"}}
	names := make([]string, len(listed))
	for i, each := range listed {
		kind := "named"
		if _, anonymous := each.Configuration.Labels[anonymousLabel]; anonymous {
			kind = "anonymous"
		}
		var options []string
		for key, value := range each.Configuration.Options {
			options = append(options, key+"="+value)
		}
		sort.Strings(options)
		rows = append(rows, []string{each.ID, kind, each.Configuration.Driver, strings.Join(options, ",")})
		names[i] = each.ID
	}
	return c.emitList(format, quiet, listed, names, rows)
}

func (c *call) inspectVolumes(names []string) error {
	listed, err := c.listedVolumes()
	if err != nil {
		return err
	}
	byName := map[string]volumeResource{}
	for _, each := range listed {
		byName[each.ID] = each
	}
	found, missing := pick(byName, names)
	if len(missing) > 0 {
		return fail(codeNotFound, "volume not found: %s", strings.Join(missing, ", "))
	}
	return c.emitPretty(found)
}
