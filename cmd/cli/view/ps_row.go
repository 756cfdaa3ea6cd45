package view

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	units "github.com/docker/go-units"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
)

// psRow is one container as a template of "ps --format" sees it. Its exported methods are the names that Docker
// Compose's templates have.
type psRow struct {
	c       orchestrate.Container
	project string
	now     time.Time
	full    bool // --no-trunc
}

// commandWidth and mountWidth are where Docker cuts a command and the name of a mount.
const (
	commandWidth = 20
	mountWidth   = 15
)

// ID is the name: the runtime has no other identity.
func (r psRow) ID() string            { return r.c.Name }
func (r psRow) Name() string          { return Safe(r.c.Name) }
func (r psRow) Names() string         { return Safe(r.c.Name) }
func (r psRow) Project() string       { return r.project }
func (r psRow) Service() string       { return Safe(r.c.Service) }
func (r psRow) State() string         { return string(r.c.State) }
func (r psRow) Health() string        { return r.c.Health }
func (r psRow) Image() string         { return Safe(r.c.Image) }
func (r psRow) Ports() string         { return Safe(Ports(shownPorts(r.c))) }
func (r psRow) Size() string          { return "0B" }
func (r psRow) Engine() string        { return "" }
func (r psRow) Networks() string      { return Safe(strings.Join(r.c.Networks, ",")) }
func (r psRow) Label(k string) string { return Safe(r.c.Labels[k]) }

// ExitCode is -1 when the code is not known.
func (r psRow) ExitCode() int {
	if r.c.State == orchestrate.StateExited && !r.c.CodeKnown {
		return -1
	}
	return r.c.ExitCode
}

// Command is quoted, and cut unless --no-trunc is given. As the engine writes it, an argument with a blank is in quotes
// of its own.
func (r psRow) Command() string {
	words := slices.Clone(r.c.Command)
	for i := range words {
		if i > 0 && strings.Contains(words[i], " ") {
			words[i] = "'" + words[i] + "'"
		}
	}
	command := strings.Join(words, " ")
	if !r.full {
		command = cut(command, commandWidth)
	}
	return strconv.Quote(command)
}

func (r psRow) CreatedAt() string {
	if r.c.Created.IsZero() {
		return ""
	}
	return r.c.Created.UTC().Truncate(time.Second).Format("2006-01-02 15:04:05 -0700 MST")
}

func (r psRow) RunningFor() string {
	if r.c.Created.IsZero() {
		return ""
	}
	return ago(r.now, r.c.Created)
}

// Status is Docker's sentence about the state: "Up 5 seconds (healthy)", "Exited (0) 3 seconds ago".
func (r psRow) Status() string {
	switch r.c.State {
	case orchestrate.StateRunning:
		status := "Up"
		if !r.c.Started.IsZero() {
			status += " " + units.HumanDuration(since(r.now, r.c.Started))
		}
		switch r.c.Health {
		case "":
			return status
		case "starting":
			return status + " (health: starting)"
		}
		return status + " (" + r.c.Health + ")"
	case orchestrate.StateExited, orchestrate.StateRestarting:
		code := "unknown"
		if r.c.CodeKnown {
			code = strconv.Itoa(r.c.ExitCode)
		}
		status := "Exited (" + code + ")"
		if r.c.State == orchestrate.StateRestarting {
			status = "Restarting (" + code + ")"
		}
		if !r.c.Finished.IsZero() {
			status += " " + ago(r.now, r.c.Finished)
		}
		return status
	case orchestrate.StateCreated:
		return "Created"
	}
	return Safe(string(r.c.State))
}

func (r psRow) Labels() string { return joinLabels(r.c.Labels) }

func (r psRow) Mounts() string {
	var names []string
	for _, m := range r.c.Mounts {
		if m.Kind == adapter.MountTmpfs {
			continue
		}
		name := m.Source
		if !r.full {
			name = cut(name, mountWidth)
		}
		names = append(names, name)
	}
	return Safe(strings.Join(names, ","))
}

func (r psRow) LocalVolumes() string {
	n := 0
	for _, m := range r.c.Mounts {
		if m.Kind == adapter.MountVolume {
			n++
		}
	}
	return strconv.Itoa(n)
}

// Publisher is one published port as "ps --format json" shows it.
type Publisher struct {
	URL           string
	TargetPort    int
	PublishedPort int
	Protocol      string
}

// Host is the address and port on this machine, "127.0.0.1:8080".
func (p Publisher) Host() string { return net.JoinHostPort(p.URL, strconv.Itoa(p.PublishedPort)) }

func (r psRow) Publishers() []Publisher { return Publishers(shownPorts(r.c)) }

// shownPorts are the published ports, and with HostPort 0 those that are exposed and not published.
func shownPorts(c orchestrate.Container) []adapter.Port {
	out, there := singlePorts(c.Ports), map[adapter.Port]bool{}
	inside := func(p adapter.Port) adapter.Port {
		return adapter.Port{ContainerPort: p.ContainerPort, Protocol: protocol(p)}
	}
	for _, p := range out {
		there[inside(p)] = true
	}
	for _, text := range c.Exposed {
		numbers, name, _ := strings.Cut(text, "/")
		low, high, isRange := strings.Cut(numbers, "-")
		if !isRange {
			high = low
		}
		first, err := strconv.ParseUint(low, 10, 16)
		last, err2 := strconv.ParseUint(high, 10, 16)
		if err != nil || err2 != nil {
			continue
		}
		for n := first; n <= last; n++ {
			exposed := inside(adapter.Port{ContainerPort: uint16(n), Protocol: name})
			if !there[exposed] {
				there[exposed], out = true, append(out, exposed)
			}
		}
	}
	return out
}

// Publishers gives one entry for each port; PublishedPort is 0, and the URL empty, for one that is exposed alone.
func Publishers(ports []adapter.Port) []Publisher {
	out := []Publisher{}
	for _, p := range singlePorts(ports) {
		out = append(out, Publisher{
			URL: hostIP(p), TargetPort: int(p.ContainerPort), PublishedPort: int(p.HostPort), Protocol: protocol(p),
		})
	}
	return out
}

// fields are what "--format json" prints; encoding/json sorts the keys.
func (r psRow) fields() map[string]any {
	return map[string]any{
		"Command": r.Command(), "CreatedAt": r.CreatedAt(), "Engine": r.Engine(), "ExitCode": r.ExitCode(),
		"Health": r.Health(), "ID": r.ID(), "Image": r.Image(), "Labels": r.Labels(), "LocalVolumes": r.LocalVolumes(),
		"Mounts": r.Mounts(), "Name": r.Name(), "Names": r.Names(), "Networks": r.Networks(), "Ports": r.Ports(),
		"Project": r.Project(), "Publishers": r.Publishers(), "RunningFor": r.RunningFor(), "Service": r.Service(),
		"Size": r.Size(), "State": r.State(), "Status": r.Status(), "Restarts": r.Restarts(), "Probes": r.Probes(),
	}
}

// Restarts counts what the restart policy did since the user started the container.
func (r psRow) Restarts() int { return r.c.Restarts }

// Probes are the latest health checks of the present run, oldest first, with what they printed.
func (r psRow) Probes() []orchestrate.Probe {
	if r.c.Probes == nil {
		return []orchestrate.Probe{}
	}
	return r.c.Probes
}

// FamiliarImage gives a reference without the parts that Docker leaves out: "docker.io/library/redis:7" is "redis:7".
func FamiliarImage(reference string) string {
	if short, ok := strings.CutPrefix(reference, "docker.io/library/"); ok {
		return short
	}
	return strings.TrimPrefix(reference, "docker.io/")
}

// Ports gives ports as Docker prints them: published ones as "127.0.0.1:32772->80/tcp", consecutive ones that keep their
// number as a range; those that are exposed alone, whose HostPort is 0, as "6379/tcp".
func Ports(ports []adapter.Port) string {
	type run struct {
		ip, protocol string
		first, last  uint16
	}
	var runs []run
	var mapped []string
	for _, p := range singlePorts(ports) {
		if p.HostPort != 0 && p.HostPort != p.ContainerPort {
			mapped = append(mapped, fmt.Sprintf("%s->%d/%s",
				net.JoinHostPort(hostIP(p), strconv.Itoa(int(p.HostPort))), p.ContainerPort, protocol(p)))
			continue
		}
		joined := false
		for i := range runs {
			if runs[i].ip == hostIP(p) && runs[i].protocol == protocol(p) && runs[i].last+1 == p.ContainerPort {
				runs[i].last, joined = p.ContainerPort, true
			}
		}
		if !joined {
			runs = append(runs, run{hostIP(p), protocol(p), p.ContainerPort, p.ContainerPort})
		}
	}
	var out, exposed []string
	for _, r := range runs {
		text := strconv.Itoa(int(r.first))
		if r.last != r.first {
			text += "-" + strconv.Itoa(int(r.last))
		}
		if r.ip == "" {
			exposed = append(exposed, text+"/"+r.protocol)
			continue
		}
		out = append(out, fmt.Sprintf("%s->%s/%s", net.JoinHostPort(r.ip, text), text, r.protocol))
	}
	slices.SortStableFunc(exposed, func(a, b string) int { return cmp.Compare(afterSlash(a), afterSlash(b)) })
	return strings.Join(slices.Concat(out, exposed, mapped), ", ")
}

func afterSlash(port string) string { return port[strings.Index(port, "/"):] }

// singlePorts gives one port an entry, in the order in which Docker lists them.
func singlePorts(ports []adapter.Port) []adapter.Port {
	var out []adapter.Port
	for _, p := range ports {
		for i := range max(p.Count, 1) {
			one := p
			one.ContainerPort, one.Count = p.ContainerPort+i, 1
			if p.HostPort != 0 {
				one.HostPort = p.HostPort + i
			}
			out = append(out, one)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.ContainerPort != b.ContainerPort {
			return a.ContainerPort < b.ContainerPort
		}
		if hostIP(a) != hostIP(b) {
			return hostIP(a) < hostIP(b)
		}
		if a.HostPort != b.HostPort {
			return a.HostPort < b.HostPort
		}
		return protocol(a) < protocol(b)
	})
	return out
}

func hostIP(p adapter.Port) string {
	if p.HostPort == 0 {
		return ""
	}
	if p.HostIP == "" {
		return "0.0.0.0"
	}
	return p.HostIP
}

func protocol(p adapter.Port) string {
	if p.Protocol == "" {
		return "tcp"
	}
	return p.Protocol
}

// cut shortens text to width characters, the last of them an ellipsis.
func cut(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return string(runes[:width-1]) + "…"
}

func ago(now, then time.Time) string { return units.HumanDuration(since(now, then)) + " ago" }

// since is never negative: the clock of a VM may be a little ahead.
func since(now, then time.Time) time.Duration { return max(now.Sub(then), 0) }
