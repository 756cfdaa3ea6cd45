package applecontainer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hostwright/compose/adapter"
)

// option gives one option with its value as two elements. A value that begins with "-" would be refused so and goes
// with "="; an empty value must not, since "--x=" takes the next element.
func option(name, value string) []string {
	if strings.HasPrefix(value, "-") {
		return []string{"--" + name + "=" + value}
	}
	return []string{"--" + name, value}
}

// argv collects the arguments of one call.
type argv []string

func (a *argv) flag(name string, set bool) {
	if set {
		*a = append(*a, "--"+name)
	}
}

// text adds an option unless its value is empty.
func (a *argv) text(name, value string) {
	if value != "" {
		*a = append(*a, option(name, value)...)
	}
}

func (a *argv) each(name string, values []string) {
	for _, v := range values {
		*a = append(*a, option(name, v)...)
	}
}

// pairs adds key=value options, sorted by key.
func (a *argv) pairs(name string, values map[string]string) {
	for _, key := range sortedKeys(values) {
		*a = append(*a, option(name, key+"="+values[key])...)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func refused(op, resource, format string, args ...any) *adapter.Error {
	return &adapter.Error{Kind: adapter.Refused, Op: op, Resource: resource, Words: fmt.Sprintf(format, args...), ExitCode: -1}
}

// createArgs gives the arguments that register a container. env are the options of its environment. Options are always
// in the same order, repeated ones in the request's order or sorted; "--" stands before the image, so that no word of
// the process is taken for an option.
func createArgs(r adapter.CreateRequest, env []string) ([]string, error) {
	if err := checkCreate(r); err != nil {
		return nil, err
	}
	a := argv{"create", "--name", r.ID}
	a.text("platform", r.Platform)
	words := r.Command
	if len(r.Entrypoint) > 0 { // one word only; the rest goes before the command's words
		a.text("entrypoint", r.Entrypoint[0])
		words = slices.Concat(r.Entrypoint[1:], r.Command)
	}
	a = append(a, env...)
	a.text("workdir", r.WorkingDir)
	a.text("user", r.User)
	a.flag("tty", r.TTY)
	a.flag("init", r.Init)
	a.flag("read-only", r.ReadOnly)
	a.flag("rosetta", r.Rosetta)
	a.flag("ssh", r.SSH)
	if r.CPUs > 0 {
		a.text("cpus", strconv.Itoa(r.CPUs))
	}
	a.text("memory", size(r.Memory))
	a.text("shm-size", size(r.ShmSize))
	for _, u := range r.Ulimits {
		a.text("ulimit", fmt.Sprintf("%s=%s:%s", u.Name, limit(u.Soft), limit(u.Hard)))
	}
	a.each("cap-add", r.CapAdd)
	a.each("cap-drop", r.CapDrop)
	mounts, err := mountOptions(r)
	if err != nil {
		return nil, err
	}
	a = append(a, mounts...)
	if r.NoNetwork {
		a.text("network", "none")
	}
	for _, n := range r.Networks {
		a.text("network", attachment(n))
	}
	for _, p := range r.Ports {
		a.text("publish", published(p))
	}
	a.each("dns", r.DNS)
	a.each("dns-search", r.DNSSearch)
	a.each("dns-option", r.DNSOptions)
	a.pairs("label", r.Labels)
	a = append(a, "--", imageArgument(r.Image))
	return append(a, words...), nil
}

// checkCreate refuses what the runtime cannot express, or would store as something else in silence.
func checkCreate(r adapter.CreateRequest) error {
	const op = adapter.OpCreateContainer
	unsupported := func(words, hint string) error {
		return &adapter.Error{Kind: adapter.Unsupported, Op: op, Resource: r.ID, Words: words, Hint: hint, ExitCode: -1}
	}
	switch {
	case r.ID == "" || strings.HasPrefix(r.ID, "-"):
		return refused(op, r.ID, "%q is not a valid container name", r.ID)
	case r.Entrypoint != nil && len(r.Entrypoint) == 0:
		return unsupported("an empty entrypoint cannot be expressed", "name the program: entrypoint and command together")
	case len(r.Entrypoint) > 0 && r.Entrypoint[0] == "":
		return refused(op, r.ID, "the first word of the entrypoint is empty")
	case r.Entrypoint == nil && r.Command != nil && len(r.Command) == 0:
		return unsupported("an empty command cannot be expressed: the image's own would run", "set `entrypoint` as well")
	case r.NoNetwork && len(r.Networks) > 0:
		return refused(op, r.ID, "no network and %d networks are asked for", len(r.Networks))
	}
	for _, key := range sortedKeys(r.Labels) {
		if key == "" || strings.Contains(key, "=") || strings.Contains(r.Labels[key], "=") {
			e := refused(op, r.ID, "label %q: the runtime cannot store a value with \"=\" in it", key)
			e.Hint = "encode the value without \"=\", or leave the label out"
			return e
		}
	}
	for _, p := range r.Ports {
		count := max(int(p.Count), 1)
		if p.HostPort < 2 || p.ContainerPort == 0 || int(p.HostPort)+count > 1<<16 || int(p.ContainerPort)+count > 1<<16 {
			return refused(op, r.ID, "port %d to %d cannot be published", p.HostPort, p.ContainerPort)
		}
		if p.Protocol != "tcp" && p.Protocol != "udp" {
			return refused(op, r.ID, "port %d: protocol %q cannot be published", p.HostPort, p.Protocol)
		}
	}
	return nil
}

// size writes bytes: whole MiB as such, 0 as nothing.
func size(bytes int64) string {
	switch {
	case bytes <= 0:
		return ""
	case bytes%mebibyte == 0:
		return strconv.FormatInt(bytes/mebibyte, 10) + "m"
	}
	return strconv.FormatInt(bytes, 10) + "b"
}

func limit(n int64) string {
	if n < 0 {
		return "unlimited"
	}
	return strconv.FormatInt(n, 10)
}

func attachment(n adapter.NetworkAttachment) string {
	s := n.Network
	if n.MAC != "" {
		s += ",mac=" + n.MAC
	}
	if n.MTU != 0 {
		s += ",mtu=" + strconv.Itoa(n.MTU)
	}
	return s
}

// published writes a port as [ip:]host[-end]:container[-end]/protocol.
func published(p adapter.Port) string {
	host, container := strconv.Itoa(int(p.HostPort)), strconv.Itoa(int(p.ContainerPort))
	if p.Count > 1 {
		host += "-" + strconv.Itoa(int(p.HostPort)+int(p.Count)-1)
		container += "-" + strconv.Itoa(int(p.ContainerPort)+int(p.Count)-1)
	}
	address := p.HostIP
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	if address != "" {
		address += ":"
	}
	return address + host + ":" + container + "/" + p.Protocol
}

// imageArgument gives the form of a reference under which the command finds an image however it came to be here. One
// that was built here is stored as it was named ("web:latest") and found by that name only, one that was pulled is
// found by the short name too.
func imageArgument(reference string) string {
	r, err := adapter.ParseReference(reference)
	if err != nil {
		return reference // the command says what is wrong with it
	}
	return r.Familiar()
}
