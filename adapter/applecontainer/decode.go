package applecontainer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
)

// decodeList reads an array and converts each element. Unknown fields are left alone: the runtime adds some in minor
// versions.
func decodeList[J, T any](output []byte, convert func(J) (T, error)) ([]T, error) {
	if trimmed := bytes.TrimSpace(output); len(trimmed) == 0 || trimmed[0] != '[' {
		return nil, errors.New("it is no list")
	}
	var elements []J
	if err := json.Unmarshal(output, &elements); err != nil {
		return nil, err
	}
	list := make([]T, 0, len(elements))
	for i, element := range elements {
		value, err := convert(element)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		list = append(list, value)
	}
	return list, nil
}

// stamp is a date: ISO 8601 in whole seconds. Numbers, seconds since 2001, are what the runtime wrote before 1.0.0 and
// in files of its own. The epoch stands for an unknown date.
type stamp struct{ time.Time }

var appleEpoch = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// maxStamp bounds numeric dates (seconds), so that they stay within time.Duration.
const maxStamp = math.MaxInt64 / int64(time.Second)

// UnmarshalJSON reads either form.
func (s *stamp) UnmarshalJSON(b []byte) error {
	var seconds float64
	if json.Unmarshal(b, &seconds) == nil {
		if math.Abs(seconds) >= float64(maxStamp) {
			return fmt.Errorf("date %v is out of range", seconds)
		}
		s.Time = appleEpoch.Add(time.Duration(seconds * float64(time.Second)))
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil || text == "" {
		return err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return err
	}
	if t.Unix() != 0 {
		s.Time = t.UTC()
	}
	return nil
}

// platformJSON is os, architecture and variant.
type platformJSON struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant"`
}

func (p platformJSON) String() string {
	if p.OS == "" && p.Architecture == "" {
		return ""
	}
	s := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		s += "/" + p.Variant
	}
	return s
}

// normalised gives the full form of a stored reference. Images that were built here are stored as they were named.
func normalised(reference string) string {
	r, err := adapter.ParseReference(reference)
	if err != nil {
		return reference
	}
	return r.String()
}

// address reads an address with or without a prefix length; none is the zero one.
func address(text string) (netip.Addr, error) {
	text, _, _ = strings.Cut(text, "/")
	if text == "" {
		return netip.Addr{}, nil
	}
	return netip.ParseAddr(text)
}

func prefix(text string) (netip.Prefix, error) {
	if text == "" {
		return netip.Prefix{}, nil
	}
	return netip.ParsePrefix(text)
}

type networkJSON struct {
	ID            string `json:"id"`
	Configuration *struct {
		Name       string            `json:"name"`
		Created    stamp             `json:"creationDate"`
		Mode       string            `json:"mode"`
		IPv4Subnet string            `json:"ipv4Subnet"`
		Labels     map[string]string `json:"labels"`
	} `json:"configuration"`
	Status struct {
		IPv4Subnet  string `json:"ipv4Subnet"`
		IPv4Gateway string `json:"ipv4Gateway"`
	} `json:"status"`
}

const roleLabel, roleBuiltin, anonymousLabel = "com.apple.container.resource.role", "builtin", "com.apple.container.resource.anonymous"

// decodeNetworks reads `network list`, sorted by name.
func decodeNetworks(output []byte) ([]adapter.Network, error) {
	list, err := decodeList(output, func(j networkJSON) (adapter.Network, error) {
		if j.Configuration == nil || j.Configuration.Name == "" {
			return adapter.Network{}, errors.New("a network without configuration")
		}
		c := j.Configuration
		n := adapter.Network{
			Name: c.Name, Internal: c.Mode == "hostOnly", Labels: c.Labels, Created: c.Created.Time,
			Builtin: c.Labels[roleLabel] == roleBuiltin,
		}
		subnet := j.Status.IPv4Subnet
		if subnet == "" {
			subnet = c.IPv4Subnet
		}
		var err error
		if n.Subnet, err = prefix(subnet); err != nil {
			return n, fmt.Errorf("network %s: %w", n.Name, err)
		}
		if n.Gateway, err = address(j.Status.IPv4Gateway); err != nil {
			return n, fmt.Errorf("network %s: %w", n.Name, err)
		}
		return n, nil
	})
	slices.SortFunc(list, func(a, b adapter.Network) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}

type volumeJSON struct {
	Configuration *struct {
		Name    string            `json:"name"`
		Created stamp             `json:"creationDate"`
		Labels  map[string]string `json:"labels"`
		Size    uint64            `json:"sizeInBytes"`
	} `json:"configuration"`
}

// decodeVolumes reads `volume list`, sorted by name.
func decodeVolumes(output []byte) ([]adapter.Volume, error) {
	list, err := decodeList(output, func(j volumeJSON) (adapter.Volume, error) {
		if j.Configuration == nil || j.Configuration.Name == "" {
			return adapter.Volume{}, errors.New("a volume without configuration")
		}
		c := j.Configuration
		_, anonymous := c.Labels[anonymousLabel]
		return adapter.Volume{
			Name: c.Name, Labels: c.Labels, Created: c.Created.Time, Size: clamp(c.Size), Anonymous: anonymous,
		}, nil
	})
	slices.SortFunc(list, func(a, b adapter.Volume) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}

// clamp makes a size signed: the runtime writes "unlimited" as the greatest unsigned number.
func clamp(n uint64) int64 { return int64(min(n, math.MaxInt64)) }
