//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// firewallBefore is what the engine changes for the whole machine and never
// puts back: it turns forwarding on and, with that, closes the FORWARD chain.
type firewallBefore struct {
	Forwarding    string // of /proc/sys/net/ipv4/ip_forward
	ForwardPolicy string // ACCEPT or DROP
}

const forwardingSwitch = "/proc/sys/net/ipv4/ip_forward"

// rememberFirewall notes the state before the lab's first start, for down.
func (l layout) rememberFirewall(ctx context.Context) error {
	if _, err := os.Stat(l.firewallBefore()); err == nil {
		return nil
	}
	forwarding, err := os.ReadFile(forwardingSwitch)
	if err != nil {
		return err
	}
	rules, err := l.iptables(ctx, "-S", "FORWARD")
	if err != nil {
		return err
	}
	before := firewallBefore{strings.TrimSpace(string(forwarding)), forwardPolicy(rules)}
	text, err := json.Marshal(before)
	if err != nil {
		return err
	}
	return writeFile(l.firewallBefore(), text)
}

// restoreFirewall undoes what the engine and the lab did to the machine's own
// firewall. In a namespace of its own the engine did nothing to it.
func (l layout) restoreFirewall(ctx context.Context, engineWasInNetns bool) error {
	if err := l.removeTaggedRules(ctx); err != nil {
		return err
	}
	// With another engine in the namespace, chains and switches are its
	// business now; and another lab's namespace is reached through them.
	rules, err := l.iptables(ctx, "-S", "FORWARD")
	if err != nil {
		return err
	}
	if otherEngine() != 0 || strings.Contains(rules, "--comment hostwright-lab") {
		return nil
	}
	if !engineWasInNetns {
		if err := l.removeEngineRules(ctx); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(l.firewallBefore())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	var before firewallBefore
	if err := json.Unmarshal(text, &before); err != nil {
		return fmt.Errorf("%s: %w", l.firewallBefore(), err)
	}
	if before.ForwardPolicy != "" {
		if _, err := l.iptables(ctx, "-P", "FORWARD", before.ForwardPolicy); err != nil {
			return err
		}
	}
	if err := os.WriteFile(forwardingSwitch, []byte(before.Forwarding+"\n"), 0o644); err != nil {
		return err
	}
	return nil
}

// removeEngineRules removes the engine's chains and the rules that lead to
// them or name its bridges or addresses.
func (l layout) removeEngineRules(ctx context.Context) error {
	a, err := l.chosenAddresses()
	if err != nil {
		return err
	}
	for _, table := range []string{"filter", "nat"} {
		rules, err := l.iptables(ctx, "-t", table, "-S")
		if err != nil {
			return err
		}
		for _, args := range undoEngineRules(rules, l.bridge(), a) {
			if _, err := l.iptables(ctx, append([]string{"-t", table}, args...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeTaggedRules removes the rules that carry the lab's name.
func (l layout) removeTaggedRules(ctx context.Context) error {
	for _, table := range []string{"filter", "nat"} {
		rules, err := l.iptables(ctx, "-t", table, "-S")
		if err != nil {
			// No firewall on this machine (not installed yet): no rules of ours in it.
			if errors.Is(err, exec.ErrNotFound) {
				return nil
			}
			return err
		}
		for _, args := range undoTaggedRules(rules, l.name) {
			if _, err := l.iptables(ctx, append([]string{"-t", table}, args...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// iptables runs the machine's iptables, in the machine's own namespace.
func (l layout) iptables(ctx context.Context, args ...string) (string, error) {
	name := "iptables"
	if legacy := filepath.Join(l.config("bin"), name); isFile(legacy) {
		name = legacy
	}
	return output(ctx, name, append([]string{"-w"}, args...)...)
}

// settleIptables gives the engine the older iptables when the default one
// does not work with this kernel.
func (l layout) settleIptables(ctx context.Context) error {
	_, err := output(ctx, "iptables", "-w", "-t", "nat", "-S")
	if err == nil {
		return os.RemoveAll(l.config("bin"))
	}
	legacy, lookErr := exec.LookPath("iptables-legacy")
	if lookErr != nil {
		return err
	}
	if _, legacyErr := output(ctx, legacy, "-w", "-t", "nat", "-S"); legacyErr != nil {
		return fmt.Errorf("no iptables works on this kernel, and the engine needs one: %w", errors.Join(err, legacyErr))
	}
	if err := os.MkdirAll(l.config("bin"), 0o755); err != nil {
		return err
	}
	for _, name := range []string{"iptables", "ip6tables"} {
		path := filepath.Join(l.config("bin"), name)
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := os.Symlink(filepath.Join(filepath.Dir(legacy), name+"-legacy"), path); err != nil {
			return err
		}
	}
	return nil
}

// daemonPath is the PATH of the lab's daemons.
func (l layout) daemonPath() string {
	return l.config("bin") + ":/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
}

// removeBridges removes the engine's bridges from the machine: its default
// one, and those of networks that still exist in its data.
func (l layout) removeBridges(ctx context.Context) error {
	a, err := l.chosenAddresses()
	if err != nil {
		return err
	}
	links, err := net.Interfaces()
	if err != nil {
		return err
	}
	for _, link := range links {
		if link.Name != l.bridge() && !(isNetworkBridge(link.Name) && hasAddressIn(link, a)) {
			continue
		}
		if _, err := output(ctx, "ip", "link", "delete", link.Name); err != nil {
			return err
		}
	}
	return nil
}

func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
