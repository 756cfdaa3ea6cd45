//go:build linux

package main

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/hostwright/compose/e2e/container/argv"
)

var formats = []string{"json", "table", "yaml", "toml"}

func formatOption() argv.Option {
	return argv.Option{Names: []string{"format"}, Default: "table", Choices: formats, Help: "Format of the output"}
}

func quietOption() argv.Option {
	return argv.Option{Names: []string{"q", "quiet"}, Kind: argv.Flag, Help: "Only output the ID"}
}

// cidrCheck refuses what is no CIDR while the command line is parsed: exit 64.
func cidrCheck(six bool) func(string) (string, bool) {
	return func(value string) (string, bool) {
		prefix, err := netip.ParsePrefix(value)
		if err != nil || prefix.Addr().Is6() != six {
			return "invalid CIDR", false
		}
		return "", true
	}
}

func (c *call) networkCommand() *argv.Command {
	create := &argv.Command{
		Name: "create", Abstract: "Create a new network",
		Options: []argv.Option{
			{Names: []string{"internal"}, Kind: argv.Flag, Help: "Restrict to host-only network"},
			{Names: []string{"label"}, Repeat: true, Help: "Set metadata for a network"},
			{Names: []string{"option"}, Repeat: true, Help: "Set a plugin-specific option"},
			{Names: []string{"plugin"}, Default: networkPlugin, Help: "Set the plugin to use to create this network"},
			{Names: []string{"subnet"}, Check: cidrCheck(false), Help: "Set subnet for a network"},
			{Names: []string{"subnet-v6"}, Check: cidrCheck(true), Help: "Set the IPv6 prefix for a network"},
			debugOption(),
		},
		Args: []argv.Arg{{Name: "name", Help: "Network name"}},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.createNetwork(networkAsk{
				name: in.Arg("name"), internal: in.Bool("internal"), labels: parsePairs(in.Strings("label")),
				options: parsePairs(in.Strings("option")), plugin: in.String("plugin"), ipv4: in.String("subnet"), ipv6: in.String("subnet-v6"),
			})
		}),
	}
	remove := &argv.Command{
		Name: "delete", Aliases: []string{"rm"}, Abstract: "Delete one or more networks",
		Options: []argv.Option{{Names: []string{"a", "all"}, Kind: argv.Flag, Help: "Delete all networks"}, debugOption()},
		Args:    []argv.Arg{{Name: "network-names", Optional: true, Repeat: true, Help: "Network names"}},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.deleteNetworks(in.Args("network-names"), in.Bool("all"))
		}),
	}
	list := &argv.Command{
		Name: "list", Aliases: []string{"ls"}, Abstract: "List networks", Options: []argv.Option{formatOption(), quietOption(), debugOption()},
		Run: c.withServices(func(in *argv.Invocation) error { return c.listNetworks(in.String("format"), in.Bool("quiet")) }),
	}
	inspect := &argv.Command{
		Name: "inspect", Abstract: "Display information about one or more networks", Options: []argv.Option{debugOption()},
		Args: []argv.Arg{{Name: "networks", Repeat: true, Help: "Networks to inspect"}},
		Run:  c.withServices(func(in *argv.Invocation) error { return c.inspectNetworks(in.Args("networks")) }),
	}
	return &argv.Command{
		Name: "network", Aliases: []string{"n"}, Abstract: "Manage container networks", Options: []argv.Option{debugOption()},
		Commands: []*argv.Command{create, remove, list, inspect, c.pruneCommand("networks", c.pruneNetworks)},
	}
}

func (c *call) listNetworks(format string, quiet bool) error {
	listed, err := c.listedNetworks()
	if err != nil {
		return err
	}
	rows := [][]string{{"NETWORK", "SUBNET"}}
	names := make([]string, len(listed))
	for i, each := range listed {
		rows = append(rows, []string{each.ID, each.Status.IPv4Subnet})
		names[i] = each.ID
	}
	return c.emitList(format, quiet, listed, names, rows)
}

func (c *call) inspectNetworks(names []string) error {
	listed, err := c.listedNetworks()
	if err != nil {
		return err
	}
	byName := map[string]networkResource{}
	for _, each := range listed {
		byName[each.ID] = each
	}
	found, missing := pick(byName, names)
	if len(missing) > 0 {
		return fail(codeNotFound, "network not found: %s", strings.Join(missing, ", "))
	}
	return c.emitPretty(found)
}

// pick gives the resources of names, each once, in random order, and the sorted names that there are none of.
func pick[T any](byName map[string]T, names []string) (found []T, missing []string) {
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if each, exists := byName[name]; exists {
			found = append(found, each)
		} else {
			missing = append(missing, name)
		}
	}
	shuffle(found)
	return found, missing
}
