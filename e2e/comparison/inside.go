package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
)

// inside adds what the container's first process sees. It is read from /proc, which needs nothing of the image; a process
// that has ended meanwhile leaves nothing.
func (s *side) inside(seen fields, key, name string, info container.InspectResponse, names []string, whose map[string]string) {
	proc := fmt.Sprintf("/proc/%d", info.State.Pid)
	environ, err := os.ReadFile(filepath.Join(proc, "environ"))
	if err != nil {
		return
	}
	for _, e := range strings.Split(strings.TrimRight(string(environ), "\x00"), "\x00") {
		variable, value, _ := strings.Cut(e, "=")
		if variable == "HOSTNAME" {
			value = hostname(info, name, value)
		}
		seen[key+".env."+variable] = s.plain(value)
	}
	seen[key+".hostname"] = s.plain(hostname(info, name, info.Config.Hostname))
	command, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
	seen[key+".command"] = s.plain(strings.TrimSpace(strings.ReplaceAll(string(command), "\x00", " ")))
	seen[key+".directory"], _ = os.Readlink(filepath.Join(proc, "cwd"))
	output, _ := os.Readlink(filepath.Join(proc, "fd", "1"))
	seen[key+".terminal"] = fmt.Sprint(strings.HasPrefix(output, "/dev/pts") || strings.HasPrefix(output, "/dev/console") || output == "/0")
	status(seen, key, proc)
	limits(seen, key, proc)
	memory(seen, key, info)
	s.mounts(seen, key, proc)
	seen[key+".default route"] = defaultRoute(proc, whose)
	if info.HostConfig.NetworkMode != "none" {
		s.resolver(seen, key, proc, info)
		s.resolves(seen, key, info.State.Pid, names, whose)
	}
}

const (
	settleStep = 100 * time.Millisecond
	settleMost = 30 // steps
)

// settle waits until the first processes stay what they are: a shell that will replace itself with another program has
// done so. What never settles is looked at as it is.
func settle(ctx context.Context, e *engine, all []thing) error {
	last := ""
	for range settleMost {
		infos, err := e.look(ctx, all)
		if err != nil {
			return err
		}
		now, starting := "", false
		for _, c := range sortedThings(all) {
			info := infos[c.Name]
			if info.ContainerJSONBase == nil {
				continue
			}
			command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", info.State.Pid))
			starting = starting || strings.HasPrefix(string(command), "runc\x00init")
			now += fmt.Sprintf("%s %s %q\n", c.Name, info.State.Status, command)
		}
		if now == last && !starting {
			return nil
		}
		last = now
		time.Sleep(settleStep)
	}
	return nil
}

// hostname is the name of a host, unless it is what each runtime chooses by itself: the engine a part of the id, Apple's
// the container's name up to its first dot.
func hostname(info container.InspectResponse, name, value string) string {
	first, _, _ := strings.Cut(name, ".")
	if value == first || value != "" && strings.HasPrefix(info.ID, value) {
		return "the container's own"
	}
	return value
}

func status(seen fields, key, proc string) {
	data, _ := os.ReadFile(filepath.Join(proc, "status"))
	for _, line := range strings.Split(string(data), "\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.Join(strings.Fields(value), " ")
		switch name {
		case "Uid", "Gid":
			seen[key+"."+strings.ToLower(name)] = value
		case "Groups":
			groups := strings.Fields(value)
			slices.Sort(groups)
			seen[key+".groups"] = strings.Join(slices.Compact(groups), " ")
		case "CapEff", "CapBnd":
			seen[key+".capabilities."+strings.ToLower(strings.TrimPrefix(name, "Cap"))] = value
		}
	}
}

// limitColumns are where /proc/PID/limits has its columns.
var limitColumns = regexp.MustCompile(`^(.{25}) (\S+)\s+(\S+)`)

func limits(seen fields, key, proc string) {
	data, _ := os.ReadFile(filepath.Join(proc, "limits"))
	for _, line := range strings.Split(string(data), "\n") {
		if m := limitColumns.FindStringSubmatch(line); m != nil && strings.HasPrefix(line, "Max ") {
			seen[key+".limit."+strings.ToLower(strings.TrimSpace(strings.TrimPrefix(m[1], "Max ")))] = m[2] + " " + m[3]
		}
	}
}

// defaultMemory is what a VM has that asks for nothing.
const defaultMemory = 1 << 30

// memory adds a limit that was asked for.
func memory(seen fields, key string, info container.InspectResponse) {
	if m := info.HostConfig.Memory; m != 0 && m != defaultMemory {
		seen[key+".memory"] = fmt.Sprint(m)
	}
}

// resolver adds what resolv.conf comes to: who is asked in the end, and how. The engine's own resolver stands for the
// servers that it asks, the network's gateway for none in particular.
func (s *side) resolver(seen fields, key, proc string, info container.InspectResponse) {
	data, _ := os.ReadFile(filepath.Join(proc, "root/etc/resolv.conf"))
	servers, embedded := []string{}, false
	for _, line := range strings.Split(string(data), "\n") {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "nameserver":
			if words[1] == "127.0.0.11" {
				embedded = true
				servers = append(servers, info.HostConfig.DNS...)
			} else if !s.isGateway(words[1], info) {
				servers = append(servers, words[1])
			}
		case "search":
			seen[key+".resolver.search"] = strings.Join(words[1:], " ")
		case "options":
			options := words[1:]
			if embedded || slices.Contains(options, "ndots:0") { // the engine's own
				options = slices.DeleteFunc(options, func(o string) bool { return o == "ndots:0" })
			}
			seen[key+".resolver.options"] = strings.Join(options, " ")
		}
	}
	if seen[key+".resolver.options"] == "" {
		delete(seen, key+".resolver.options")
	}
	seen[key+".resolver.servers"] = strings.Join(servers, " ")
}

func (s *side) isGateway(address string, info container.InspectResponse) bool {
	for _, n := range info.NetworkSettings.Networks {
		if n.Gateway == address {
			return true
		}
	}
	// An internal network has a gateway that the engine does not tell; it is the first address.
	return s.tool.ours && strings.HasSuffix(address, ".1") && net.ParseIP(address).IsPrivate()
}

// defaultRoute tells through which network packets leave.
func defaultRoute(proc string, whose map[string]string) string {
	data, _ := os.ReadFile(filepath.Join(proc, "net/route"))
	for _, line := range strings.Split(string(data), "\n") {
		f := strings.Fields(line)
		if len(f) < 3 || f[1] != "00000000" {
			continue
		}
		b, err := hex.DecodeString(f[2])
		if err == nil && len(b) == 4 {
			address := net.IPv4(b[3], b[2], b[1], b[0]).String()
			if owner, ok := whose[address]; ok {
				return owner
			}
			return address
		}
	}
	return "none"
}

// resolves asks for names inside the container, as a program does: getent, from the image itself.
func (s *side) resolves(seen fields, key string, pid int, names []string, whose map[string]string) {
	script := `for n in "$@"; do echo "$n" $(timeout 5 getent ahostsv4 "$n" | cut -d" " -f1); done`
	argv := []string{"nsenter", "--target", strconv.Itoa(pid), "--mount", "--net", "--root", "--", "/bin/sh", "-c", script, "sh"}
	out, err := run("/", []string{"PATH=" + os.Getenv("PATH") + ":/sbin:/bin"}, nil, append(argv, names...)...)
	if err != nil || out.Code != 0 {
		return
	}
	lines := bufio.NewScanner(bytes.NewBufferString(out.Stdout))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		var answers []string
		for _, address := range words[1:] {
			if owner, ok := whose[address]; ok {
				address = owner
			}
			answers = append(answers, address)
		}
		slices.Sort(answers)
		seen[key+".resolves."+s.plain(words[0])] = strings.Join(slices.Compact(answers), ", ")
	}
}
