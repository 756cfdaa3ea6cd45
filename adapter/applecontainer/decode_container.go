package applecontainer

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hostwright/compose/adapter"
)

type containerJSON struct {
	ID            string             `json:"id"`
	Configuration *configurationJSON `json:"configuration"`
	Status        struct {
		State    string           `json:"state"`
		Started  stamp            `json:"startedDate"`
		Networks []attachmentJSON `json:"networks"`
	} `json:"status"`
}

type configurationJSON struct {
	ID      string `json:"id"`
	Created stamp  `json:"creationDate"`
	Image   struct {
		Reference  string `json:"reference"`
		Descriptor struct {
			Digest string `json:"digest"`
		} `json:"descriptor"`
	} `json:"image"`
	Process struct {
		Executable  string   `json:"executable"`
		Arguments   []string `json:"arguments"`
		Environment []string `json:"environment"`
		Terminal    bool     `json:"terminal"`
	} `json:"initProcess"`
	Labels   map[string]string `json:"labels"`
	Mounts   []mountJSON       `json:"mounts"`
	Ports    []portJSON        `json:"publishedPorts"`
	Networks []struct {
		Network string `json:"network"`
	} `json:"networks"`
	Platform  platformJSON `json:"platform"`
	Resources struct {
		CPUs   int    `json:"cpus"`
		Memory uint64 `json:"memoryInBytes"`
	} `json:"resources"`
	StopSignal string `json:"stopSignal"`
}

type attachmentJSON struct {
	Network     string `json:"network"`
	IPv4Address string `json:"ipv4Address"`
	IPv4Gateway string `json:"ipv4Gateway"`
	IPv6Address string `json:"ipv6Address"`
	MAC         string `json:"macAddress"`
}

// mountJSON has a Swift enum in type: an object whose one key is the case.
type mountJSON struct {
	Type        map[string]json.RawMessage `json:"type"`
	Source      string                     `json:"source"`
	Destination string                     `json:"destination"`
	Options     []string                   `json:"options"`
}

type portJSON struct {
	HostAddress   string `json:"hostAddress"`
	HostPort      uint16 `json:"hostPort"`
	ContainerPort uint16 `json:"containerPort"`
	Protocol      string `json:"proto"`
	Count         uint16 `json:"count"`
}

// decodeContainers reads `list` and `inspect`, sorted by ID.
func decodeContainers(output []byte) ([]adapter.Container, error) {
	list, err := decodeList(output, containerJSON.container)
	slices.SortFunc(list, func(a, b adapter.Container) int { return strings.Compare(a.ID, b.ID) })
	return list, err
}

func (j containerJSON) container() (adapter.Container, error) {
	c := j.Configuration
	if c == nil || c.ID == "" {
		return adapter.Container{}, errors.New("a container without configuration")
	}
	if j.Status.State == "" {
		return adapter.Container{}, fmt.Errorf("container %s has no state", c.ID)
	}
	result := adapter.Container{
		ID: c.ID, State: state(j.Status.State), Image: normalised(c.Image.Reference), Digest: c.Image.Descriptor.Digest,
		Created: c.Created.Time, Started: j.Status.Started.Time, Labels: c.Labels, Platform: c.Platform.String(),
		Executable: c.Process.Executable, Arguments: c.Process.Arguments, Env: slices.Sorted(slices.Values(c.Process.Environment)),
		CPUs: c.Resources.CPUs, Memory: clamp(c.Resources.Memory), StopSignal: c.StopSignal, TTY: c.Process.Terminal,
	}
	for _, n := range c.Networks {
		result.Networks = append(result.Networks, n.Network)
	}
	for _, a := range j.Status.Networks {
		decoded, err := a.address()
		if err != nil {
			return result, fmt.Errorf("container %s: network %s: %w", c.ID, a.Network, err)
		}
		result.Addresses = append(result.Addresses, decoded)
	}
	for _, m := range c.Mounts {
		mount, err := m.mount()
		if err != nil {
			return result, fmt.Errorf("container %s: mount %s: %w", c.ID, m.Destination, err)
		}
		result.Mounts = append(result.Mounts, mount)
	}
	for _, p := range c.Ports {
		result.Ports = append(result.Ports, p.port())
	}
	return result, nil
}

func state(word string) adapter.State {
	switch s := adapter.State(word); s {
	case adapter.StateRunning, adapter.StateStopped, adapter.StateStopping:
		return s
	}
	return adapter.StateUnknown
}

func (a attachmentJSON) address() (adapter.Address, error) {
	result := adapter.Address{Network: a.Network, MAC: a.MAC}
	var err error
	if result.IPv4, err = address(a.IPv4Address); err != nil {
		return result, err
	}
	if result.Gateway, err = address(a.IPv4Gateway); err != nil {
		return result, err
	}
	result.IPv6, err = address(a.IPv6Address)
	return result, err
}

// mount gives a mount; a kind that this package does not know keeps the runtime's word.
func (j mountJSON) mount() (adapter.Mount, error) {
	m := adapter.Mount{Source: j.Source, Target: j.Destination, ReadOnly: slices.Contains(j.Options, "ro")}
	if len(j.Type) != 1 {
		return m, errors.New("its type is not understood")
	}
	for word, payload := range j.Type {
		switch word {
		case "virtiofs":
			m.Kind = adapter.MountBind
		case "tmpfs":
			m.Kind, m.Source = adapter.MountTmpfs, ""
			m.Size, m.Mode = tmpfsOptions(j.Options)
		case "volume":
			var volume struct {
				Name string `json:"name"`
			}
			if err := json.Unmarshal(payload, &volume); err != nil || volume.Name == "" {
				return m, errors.New("its volume has no name")
			}
			m.Kind, m.Source = adapter.MountVolume, volume.Name
		default:
			m.Kind = adapter.MountKind(word)
		}
	}
	return m, nil
}

func tmpfsOptions(options []string) (size int64, mode uint32) {
	for _, o := range options {
		key, value, _ := strings.Cut(o, "=")
		switch key {
		case "size":
			size, _ = strconv.ParseInt(value, 10, 64)
		case "mode":
			n, _ := strconv.ParseUint(value, 8, 32)
			mode = uint32(n)
		}
	}
	return size, mode
}

func (j portJSON) port() adapter.Port {
	p := adapter.Port{
		HostIP: j.HostAddress, HostPort: j.HostPort, ContainerPort: j.ContainerPort, Protocol: j.Protocol, Count: max(j.Count, 1),
	}
	if p.HostIP == "0.0.0.0" { // what no address means
		p.HostIP = ""
	}
	return p
}
