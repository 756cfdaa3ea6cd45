//go:build linux

package main

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// forwardPolicy finds the policy in what `iptables -S FORWARD` prints.
func forwardPolicy(rules string) string {
	for line := range strings.Lines(rules) {
		if policy, ok := strings.CutPrefix(strings.TrimSpace(line), "-P FORWARD "); ok {
			return policy
		}
	}
	return ""
}

// undoTaggedRules returns the arguments that delete each rule with the
// comment tag, from what `iptables -S` prints.
func undoTaggedRules(rules, tag string) [][]string {
	return undo(rules, func(args []string) bool {
		i := slices.Index(args, "--comment")
		return i >= 0 && i+1 < len(args) && args[i+1] == tag
	})
}

// undoEngineRules returns the arguments that delete the engine's rules and
// then its chains: those named DOCKER..., and the rules that jump there or
// name one of its bridges or an address of its range.
func undoEngineRules(rules, bridge string, a addresses) [][]string {
	isEngines := func(word string) bool {
		if p, err := netip.ParsePrefix(word); err == nil && p.Bits() >= rangeBits && a.Range.Contains(p.Addr()) {
			return true
		}
		return word == bridge || word == "DOCKER" || strings.HasPrefix(word, "DOCKER-") || isNetworkBridge(word)
	}
	calls := undo(rules, func(args []string) bool { return slices.ContainsFunc(args, isEngines) })
	for line := range strings.Lines(rules) {
		if chain, ok := strings.CutPrefix(strings.TrimSpace(line), "-N "); ok && isEngines(chain) {
			calls = append(calls, []string{"-X", chain})
		}
	}
	return calls
}

// isNetworkBridge reports whether a link has the name that the engine gives
// to a network's bridge: br- and the first 12 digits of the network's id.
func isNetworkBridge(name string) bool {
	id, ok := strings.CutPrefix(name, "br-")
	return ok && len(id) == 12 && strings.Trim(id, "0123456789abcdef") == ""
}

// undo turns each "-A ..." line that matches into the arguments of its deletion.
func undo(rules string, match func(args []string) bool) [][]string {
	var calls [][]string
	for line := range strings.Lines(rules) {
		args := strings.Fields(line)
		for i := range args {
			args[i] = strings.Trim(args[i], `"`) // the older iptables quotes comments
		}
		if len(args) > 1 && args[0] == "-A" && match(args) {
			args[0] = "-D"
			calls = append(calls, args)
		}
	}
	return calls
}

// hasAddressIn reports whether the link has an address of the lab's range.
func hasAddressIn(link net.Interface, a addresses) bool {
	found, err := link.Addrs()
	if err != nil {
		return false
	}
	for _, f := range found {
		if p, err := netip.ParsePrefix(f.String()); err == nil && a.Range.Contains(p.Addr()) {
			return true
		}
	}
	return false
}
