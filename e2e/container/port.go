//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

const maximumPublishDescriptors = 64

// parsePorts reads all -p of a container and refuses overlaps, which the runtime looks for by host port and protocol only:
// the address does not count (reference 4.2).
func parsePorts(values []string) ([]publishedPort, error) {
	ports := make([]publishedPort, 0, len(values))
	for _, value := range values {
		port, err := parsePort(value)
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	if len(ports) > maximumPublishDescriptors {
		return nil, fail(codeInvalidArgument, "cannot exceed more than %d port publish descriptors", maximumPublishDescriptors)
	}
	taken := map[string]bool{}
	for _, port := range ports {
		for i := range int(port.Count) {
			key := fmt.Sprintf("%d/%s", int(port.HostPort)+i, port.Proto)
			if taken[key] {
				return nil, fail(codeInvalidArgument, "host ports for different publish port specs may not overlap")
			}
			taken[key] = true
		}
	}
	return ports, nil
}

// parsePort reads [ip:]host[-end]:container[-end][/tcp|udp]. The host port is mandatory, and greater than 1.
func parsePort(value string) (publishedPort, error) {
	var port publishedPort
	body, proto, hasProto := strings.Cut(value, "/")
	port.Proto = "tcp"
	if hasProto {
		port.Proto = strings.ToLower(proto)
		if port.Proto != "tcp" && port.Proto != "udp" {
			return port, fail(codeInvalidArgument, "invalid publish protocol: %s", proto)
		}
	}
	address, hostText, containerText, err := splitPublish(value, body)
	if err != nil {
		return port, err
	}
	port.HostAddress = address
	hostStart, hostEnd, ok := portRange(hostText)
	if !ok {
		return port, fail(codeInvalidArgument, "invalid publish host port%s: %s", rangeWord(hostText), hostText)
	}
	start, end, ok := portRange(containerText)
	if !ok {
		return port, fail(codeInvalidArgument, "invalid publish container port%s: %s", rangeWord(containerText), containerText)
	}
	if hostEnd-hostStart != end-start {
		return port, fail(codeInvalidArgument, "publish host and container port counts are not equal: %s:%s", hostText, containerText)
	}
	port.HostPort, port.ContainerPort, port.Count = hostStart, start, hostEnd-hostStart+1
	return port, nil
}

func rangeWord(text string) string {
	if strings.Contains(text, "-") {
		return " range"
	}
	return ""
}

// splitPublish takes the address off. IPv6 stands in brackets; without an address it is 0.0.0.0.
func splitPublish(value, body string) (address, host, container string, err error) {
	invalid := fail(codeInvalidArgument, "invalid publish value: %s", value)
	if strings.HasPrefix(body, "[") {
		inside, rest, found := strings.Cut(body[1:], "]:")
		if !found {
			return "", "", "", invalid
		}
		parsed, parseErr := netip.ParseAddr(inside)
		if parseErr != nil || !parsed.Is6() {
			return "", "", "", fail(codeInvalidArgument, "invalid publish IPv6 address: %s", inside)
		}
		host, container, found = strings.Cut(rest, ":")
		if !found || strings.Contains(container, ":") {
			return "", "", "", invalid
		}
		return parsed.String(), host, container, nil
	}
	parts := strings.Split(body, ":")
	switch len(parts) {
	case 2:
		return "0.0.0.0", parts[0], parts[1], nil
	case 3:
		parsed, parseErr := netip.ParseAddr(parts[0])
		if parseErr != nil || !parsed.Is4() {
			return "", "", "", fail(codeInvalidArgument, "invalid publish IPv4 address: %s", parts[0])
		}
		return parsed.String(), parts[1], parts[2], nil
	}
	return "", "", "", invalid
}

// portRange reads N or N-M; ports are 2 to 65535.
func portRange(text string) (start, end uint16, ok bool) {
	first, last, isRange := strings.Cut(text, "-")
	start, ok = portNumber(first)
	if !ok || !isRange {
		return start, start, ok
	}
	end, ok = portNumber(last)
	return start, end, ok && end >= start
}

func portNumber(text string) (uint16, bool) {
	number, err := strconv.ParseUint(text, 10, 16)
	return uint16(number), err == nil && number > 1
}

// parsePublishedSocket reads --publish-socket host:container.
func parsePublishedSocket(value string, absolute func(string) string) (publishedSocket, error) {
	host, container, found := strings.Cut(value, ":")
	if !found || host == "" || container == "" || strings.Contains(container, ":") {
		return publishedSocket{}, fail(codeInvalidArgument, "invalid publish-socket format %s, expected host_path:container_path", value)
	}
	if !strings.HasPrefix(container, "/") {
		return publishedSocket{}, fail(codeInvalidArgument, "containerPath must be absolute: %s", container)
	}
	return publishedSocket{ContainerPath: container, HostPath: absolute(host)}, nil
}
