//go:build linux

package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	noNetwork      = "none"
	defaultNetwork = "default"
	defaultMTU     = 1280
)

var macAddress = regexp.MustCompile(`^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$`)

// parseAttachments reads --network name[,mac=..][,mtu=N]; none stands alone, and none given is the builtin network
// (reference 4.8). The result is empty for --network none.
func parseAttachments(values []string, id, domain string) ([]wantedAttachment, error) {
	if len(values) == 0 {
		values = []string{defaultNetwork}
	}
	attachments := []wantedAttachment{}
	for _, value := range values {
		parts := strings.Split(value, ",")
		if parts[0] == noNetwork {
			if len(values) > 1 {
				return nil, fail(codeUnsupported, "no other networks may be created along with network %s", noNetwork)
			}
			return attachments, nil
		}
		wanted := wantedAttachment{Network: parts[0], Options: attachmentOptions{
			Hostname: attachmentHostname(id, domain, len(attachments) == 0), MTU: defaultMTU,
		}}
		for _, property := range parts[1:] {
			if err := wanted.Options.set(property); err != nil {
				return nil, err
			}
		}
		attachments = append(attachments, wanted)
	}
	return attachments, nil
}

func (o *attachmentOptions) set(property string) error {
	key, value, found := strings.Cut(property, "=")
	if !found {
		return fail(codeInvalidArgument, "invalid property format '%s': expected key=value", property)
	}
	switch key {
	case "mac":
		if !macAddress.MatchString(value) {
			return fail(codeInvalidArgument, "invalid MAC address format '%s'", value)
		}
		o.MACAddress = strings.ToLower(strings.ReplaceAll(value, "-", ":"))
	case "mtu":
		mtu, err := strconv.ParseUint(value, 10, 32)
		if err != nil || mtu < 1280 || mtu > 65535 {
			return fail(codeInvalidArgument, "invalid mtu value '%s': must be between 1280 and 65535", value)
		}
		o.MTU = uint32(mtu)
	default:
		return fail(codeInvalidArgument, "unknown network property '%s'. Available properties: mac, mtu", key)
	}
	return nil
}

// takenHostnames are the names of a new container that another one has registered already (reference 5.5).
func (s *state) takenHostnames(config *containerConfiguration) []string {
	var taken []string
	for _, wanted := range config.Networks {
		name := wanted.Options.Hostname
		_, held := s.containerUsing(func(other *containerConfiguration) bool {
			return slices.ContainsFunc(other.Networks, func(a wantedAttachment) bool { return a.Options.Hostname == name })
		})
		if held && !slices.Contains(taken, name) {
			taken = append(taken, name)
		}
	}
	return taken
}
