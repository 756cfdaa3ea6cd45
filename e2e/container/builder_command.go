//go:build linux

package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hostwright/compose/e2e/container/argv"
)

// builderCommand is the group `builder`.
func (c *call) builderCommand() *argv.Command {
	start := &argv.Command{
		Name: "start", Abstract: "Start the builder container",
		Options: append([]argv.Option{
			{Names: []string{"c", "cpus"}, Kind: argv.Int64, Help: "Number of CPUs to allocate to the builder container"},
			{Names: []string{"m", "memory"}, Help: "Amount of builder container memory (1MiByte granularity), with optional K, M, G, T, or P suffix"},
		}, append(dnsOptions(), debugOption())...),
		Run: c.withServices(func(in *argv.Invocation) error {
			ask := builderAsk{
				memory: in.String("memory"), dns: in.Strings("dns"), dnsDomain: in.String("dns-domain"),
				dnsSearch: in.Strings("dns-search"), dnsOptions: in.Strings("dns-option"),
			}
			if in.Given("cpus") {
				cpus := in.Int("cpus")
				ask.cpus = &cpus
			}
			return c.ensureBuilder(ask)
		}),
	}
	status := &argv.Command{
		Name: "status", Abstract: "Display the builder container status",
		Options: []argv.Option{formatOption(), {Names: []string{"q", "quiet"}, Kind: argv.Flag, Help: "Only output the container ID"}, debugOption()},
		Run:     c.withServices(func(in *argv.Invocation) error { return c.builderStatus(in.String("format"), in.Bool("quiet")) }),
	}
	stop := &argv.Command{
		Name: "stop", Abstract: "Stop the builder container", Options: []argv.Option{debugOption()},
		Run: c.withServices(func(*argv.Invocation) error { return c.stopBuilder() }),
	}
	remove := &argv.Command{
		Name: "delete", Aliases: []string{"rm"}, Abstract: "Delete the builder container",
		Options: []argv.Option{{Names: []string{"f", "force"}, Kind: argv.Flag, Help: "Delete the builder even if it is running"}, debugOption()},
		Run:     c.withServices(func(in *argv.Invocation) error { return c.deleteBuilder(in.Bool("force")) }),
	}
	return &argv.Command{
		Name: "builder", Abstract: "Manage an image builder instance", Options: []argv.Option{debugOption()},
		Commands: []*argv.Command{start, status, stop, remove},
	}
}

// builderStatus shows the builder like a container; none is no failure.
func (c *call) builderStatus(format string, quiet bool) error {
	listing, err := c.managed()
	if err != nil {
		return err
	}
	found := []managedContainer{}
	for _, each := range listing.containers {
		if each.ID == builderID {
			found = append(found, each)
		}
	}
	switch {
	case format != "table":
		return c.emitList(format, quiet, found, nil, nil)
	case len(found) == 0 && quiet, quiet && found[0].Status.State != stateRunning:
		return nil
	case len(found) == 0:
		c.print("builder is not running")
		return nil
	}
	b := found[0]
	var addresses []string
	for _, each := range b.Status.Networks {
		addresses = append(addresses, each.IPv4Address)
	}
	memory := fmt.Sprintf("%d MB", b.Configuration.Resources.MemoryInBytes/mebibyte)
	return c.emitList(format, quiet, found, []string{b.ID}, [][]string{
		{"ID", "IMAGE", "STATE", "IP", "CPUS", "MEMORY"},
		{b.ID, b.Configuration.Image.Reference, b.Status.State, strings.Join(addresses, ","), strconv.FormatInt(b.Configuration.Resources.CPUs, 10), memory},
	})
}

func (c *call) stopBuilder() error {
	record, _, err := c.known(builderID)
	if err != nil {
		return err
	}
	if record == nil {
		c.log("builder is not running")
		return nil
	}
	return c.stopOne(builderID, stopRequest{seconds: builderPatience})
}

func (c *call) deleteBuilder(force bool) error {
	record, running, err := c.known(builderID)
	if err != nil || record == nil {
		return err
	}
	if running {
		if !force {
			return fail(codeInvalidState, "BuildKit container is not stopped, use --force to override")
		}
		if err := c.stopOne(builderID, stopRequest{seconds: builderPatience}); err != nil {
			return err
		}
	}
	_, err = c.deleteOne(builderID, true, false)
	return err
}
