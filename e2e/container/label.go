//go:build linux

package main

import (
	"regexp"
	"strings"
)

// parseContainerLabels reads -l of run and create, with the runtime's way of losing an "=" (reference 4.3): split at "="
// into at most three parts, empty parts dropped.
func parseContainerLabels(values []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, value := range values {
		if value == "" {
			return nil, fail(codeInvalidArgument, "label cannot be an empty string")
		}
		var parts []string
		rest := value
		for rest != "" && len(parts) < 2 {
			part, after, _ := strings.Cut(rest, "=")
			rest = after
			if part != "" {
				parts = append(parts, part)
			}
		}
		if rest != "" {
			parts = append(parts, rest)
		}
		switch len(parts) {
		case 1:
			labels[parts[0]] = ""
		case 2:
			labels[parts[0]] = parts[1]
		default:
			return nil, fail(codeInvalidArgument, "invalid label format %s", value)
		}
	}
	return labels, nil
}

// parsePairs reads --label and --opt of volumes, --label and --option of networks: split at the first "=" only.
func parsePairs(values []string) map[string]string {
	pairs := map[string]string{}
	for _, value := range values {
		key, text, _ := strings.Cut(value, "=")
		pairs[key] = text
	}
	return pairs
}

// Limits of a network label.
const (
	networkLabelKeyLength = 128
	networkLabelLength    = 4096
)

var networkLabelKey = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*` +
	`(?:/[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:[./][a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)?$`)

// checkNetworkLabels refuses capitals and underscores in keys, among others. The texts of the runtime are not known but for
// the words in them.
func checkNetworkLabels(labels map[string]string) error {
	for key, value := range labels {
		switch {
		case len(key) > networkLabelKeyLength:
			return fail(codeInvalidArgument, "invalid_label_key_length: label key %s is longer than %d", key, networkLabelKeyLength)
		case !networkLabelKey.MatchString(key):
			return fail(codeInvalidArgument, "invalid_label_key_content: label key %s", key)
		case len(key)+1+len(value) > networkLabelLength:
			return fail(codeInvalidArgument, "invalid_label_length: label %s is longer than %d", key, networkLabelLength)
		}
	}
	return nil
}
