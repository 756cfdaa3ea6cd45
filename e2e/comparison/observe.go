package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
)

// fields is what was seen, by name: "exit code", "web-1.state", "network.default". A container, network or volume that
// is there has a field of its own, and what belongs to it begins with its name and a dot.
type fields map[string]string

// identity tells whether a container is the one of before.
type identity struct{ id, started string }

// observe adds all that can be seen of the project.
func (s *side) observe(ctx context.Context, seen fields) error {
	have, err := s.things(ctx)
	if err != nil {
		return err
	}
	if err := settle(ctx, s.place.engine, have.Containers); err != nil {
		return err
	}
	infos, err := s.place.engine.look(ctx, have.Containers)
	if err != nil {
		return err
	}
	now := map[string]identity{}
	for _, c := range sortedThings(have.Containers) {
		info, ok := infos[c.Name]
		if !ok {
			continue
		}
		key := s.key(c.Name, c.Labels)
		s.ids[c.ID] = c.Name
		now[c.Name] = identity{info.ID, info.State.StartedAt}
		seen[key] = "there"
		seen[key+".identity"] = s.before[c.Name].becomes(now[c.Name])
		seen[key+".really"] = string(info.State.Status)
		s.labels(seen, key, c.Labels)
		s.attached(seen, key, info, have)
		if info.State.Running {
			s.inside(seen, key, c.Name, info, s.askFor(have), addresses(s, have, infos))
		}
	}
	s.before = now
	s.listing(seen, have)
	for _, n := range have.Networks {
		key := "network." + strings.TrimPrefix(n.Name, s.project+"_")
		seen[key] = n.Detail
		s.labels(seen, key, n.Labels)
	}
	for _, v := range have.Volumes {
		key := "volume." + strings.TrimPrefix(v.Name, s.project+"_")
		seen[key] = "there"
		s.labels(seen, key, v.Labels)
	}
	seen["anonymous volumes"] = fmt.Sprint(have.anonymous)
	return s.others(ctx, seen)
}

const (
	namesStep = 250 * time.Millisecond
	namesMost = 12 // steps
)

// observeNames observes, and again while the answers to names are not those of the other tool: hosts files of the others
// follow a moment after a container has ended.
func (s *side) observeNames(ctx context.Context, seen, there fields) error {
	before, commands := s.before, maps.Clone(seen)
	for range namesMost {
		s.before = before
		clear(seen)
		maps.Copy(seen, commands)
		if err := s.observe(ctx, seen); err != nil {
			return err
		}
		if sameNames(seen, there) {
			break
		}
		time.Sleep(namesStep)
	}
	return nil
}

func sameNames(a, b fields) bool {
	for name, value := range a {
		if other, ok := b[name]; ok && other != value && strings.Contains(name, ".resolves.") {
			return false
		}
	}
	return true
}

func (s *side) things(ctx context.Context) (things, error) {
	if s.tool.ours {
		return standinThings(s.mac)
	}
	return s.place.engine.projectThings(ctx, s.projects, s.anonymous)
}

func sortedThings(all []thing) []thing {
	return slices.SortedFunc(slices.Values(all), func(a, b thing) int { return strings.Compare(a.Name, b.Name) })
}

// becomes says what a container is to the one of its name at the last look.
func (before identity) becomes(now identity) string {
	switch {
	case before.id == "":
		return "new"
	case before.id != now.id:
		return "another"
	case before.started != now.started:
		return "the same, started again"
	}
	return "the same"
}

// key is a container's name without its project, and for a one-off with its number instead of its random part.
func (s *side) key(name string, labels map[string]string) string {
	if labels[labelPrefix+"oneoff"] == "True" && strings.HasPrefix(name, s.project+"-") {
		if !slices.Contains(s.oneOffs, name) {
			s.oneOffs = append(s.oneOffs, name)
		}
		name = oneOff.ReplaceAllString(name, "${1}"+fmt.Sprint(slices.Index(s.oneOffs, name)+1))
	}
	return s.plain(strings.TrimPrefix(name, s.project+"-"))
}

// labelsSet are labels whose values cannot agree; that they are there has to.
var labelsSet = []string{"config-hash", "image", "slug", "version"}

// labelsPassed are notes of Docker Compose to itself.
var labelsPassed = []string{"replace", "image-volume-digest"}

func (s *side) labels(seen fields, key string, labels map[string]string) {
	for name, value := range labels {
		short, compose := strings.CutPrefix(name, labelPrefix)
		switch {
		case strings.HasPrefix(name, labelOwn) || compose && slices.Contains(labelsPassed, short):
			continue
		case compose && slices.Contains(labelsSet, short):
			value = "set"
		case compose && short == "depends_on": // Docker Compose's order is by chance
			parts := strings.Split(value, ",")
			slices.Sort(parts)
			value = strings.Join(parts, ",")
		}
		seen[key+".label."+name] = s.plain(value)
	}
}

// attached adds a container's networks.
func (s *side) attached(seen fields, key string, info container.InspectResponse, have things) {
	var networks []string
	for name := range info.NetworkSettings.Networks {
		networks = append(networks, s.network(name, have))
	}
	slices.Sort(networks)
	seen[key+".networks"] = strings.Join(networks, " ")
}

// network is the short name of one of the engine's networks.
func (s *side) network(name string, have things) string {
	if own, ok := have.networkNames[name]; ok {
		name = own
	}
	return s.plain(strings.TrimPrefix(name, s.project+"_"))
}

// listing adds what the tool itself says of its containers.
func (s *side) listing(seen fields, have things) {
	all, err := s.list()
	if err != nil {
		seen["ps"] = s.plain(err.Error())
		return
	}
	labels := map[string]map[string]string{}
	for _, c := range have.Containers {
		labels[c.Name] = c.Labels
	}
	for _, l := range all {
		key := s.key(l.Name, labels[l.Name])
		seen[key+".service"], seen[key+".state"], seen[key+".health"] = l.Service, l.State, l.Health
		seen[key+".exit code"] = fmt.Sprint(l.ExitCode)
		var v4, v6, exposed []string
		for _, p := range l.Publishers {
			s.noteEphemeral(p.PublishedPort)
			port := s.plain(fmt.Sprintf("%s:%d->%d/%s", p.URL, p.PublishedPort, p.TargetPort, p.Protocol))
			switch {
			case p.PublishedPort == 0:
				exposed = append(exposed, fmt.Sprintf("%d/%s", p.TargetPort, p.Protocol))
			case strings.Contains(p.URL, ":"):
				v6 = append(v6, port)
			default:
				v4 = append(v4, port)
			}
		}
		slices.Sort(v4)
		slices.Sort(v6)
		slices.Sort(exposed)
		seen[key+".exposed"] = strings.Join(exposed, " ")
		seen[key+".ports"], seen[key+".ports on IPv6"] = strings.Join(v4, " "), strings.Join(v6, " ")
	}
}

// noteEphemeral notes a host port that no variable holds: the tool chose it.
func (s *side) noteEphemeral(port int) {
	for _, name := range s.ports {
		if s.environ[name] == fmt.Sprint(port) {
			return
		}
	}
	if port != 0 && !slices.Contains(s.ephemeral, port) {
		s.ephemeral = append(s.ephemeral, port)
	}
}

// askFor gives the names that are asked for inside each container.
func (s *side) askFor(have things) []string {
	names := map[string]bool{}
	for _, c := range have.Containers {
		if c.Labels[labelPrefix+"oneoff"] == "True" {
			continue
		}
		names[c.Name] = true
		names[c.Labels[labelPrefix+"service"]] = true
	}
	for _, n := range s.names {
		names[n] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// addresses tells whose an address is: "web-1 on default".
func addresses(s *side, have things, infos map[string]container.InspectResponse) map[string]string {
	labels := map[string]map[string]string{}
	for _, c := range have.Containers {
		labels[c.Name] = c.Labels
	}
	out := map[string]string{}
	for name, info := range infos {
		for network, end := range info.NetworkSettings.Networks {
			if end.IPAddress != "" {
				out[end.IPAddress] = s.key(name, labels[name]) + " on " + s.network(network, have)
			}
			if end.Gateway != "" {
				out[end.Gateway] = "the gateway of " + s.network(network, have)
			}
		}
	}
	return out
}

// others adds what is somebody else's.
func (s *side) others(ctx context.Context, seen fields) error {
	for _, g := range s.given {
		there, err := false, error(nil)
		if s.tool.ours {
			var state standinState
			state, err = readStandin(s.mac)
			there = state.has(g.kind, g.name)
		} else {
			there, err = s.place.engine.has(ctx, g.kind, g.name)
		}
		if err != nil {
			return err
		}
		seen["somebody's "+g.kind+" "+s.plain(g.name)] = map[bool]string{true: "there", false: "gone"}[there]
	}
	return nil
}
