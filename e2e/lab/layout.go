//go:build linux

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
)

// Addresses of the two registries, in the namespace that the engine runs in.
const (
	mirrorAddress = "127.0.0.1:5000"
	loginAddress  = "127.0.0.1:5001"
)

// The one account of the registry that wants a login. It guards nothing: the
// registry listens on loopback and holds an image built from this repository.
const (
	loginUser     = "lab"
	loginPassword = "lab-password"
)

// layout says where one lab keeps its things. Two labs with different folders
// share nothing but the machine.
type layout struct {
	run  string // sockets, pid files, and what a reboot makes void
	data string // images, registry contents, logs
	name string // name of the network namespace, and the tag on firewall rules
	link string // prefix of network interfaces; at most 12 bytes
}

// maxSocketPath is the longest path that a unix socket can have on Linux.
const maxSocketPath = 107

// layoutFor returns the layout under dir, or the default one when dir is empty.
func layoutFor(dir string) (layout, error) {
	if dir == "" {
		return layout{run: "/run/hostwright-lab", data: "/var/lib/hostwright-lab", name: "hostwright-lab", link: "hwlab"}, nil
	}
	if !filepath.IsAbs(dir) {
		return layout{}, fmt.Errorf("HOSTWRIGHT_LAB_DIR=%s: must be an absolute path", dir)
	}
	dir = filepath.Clean(dir)
	sum := sha256.Sum256([]byte(dir))
	id := hex.EncodeToString(sum[:3])
	l := layout{run: filepath.Join(dir, "run"), data: filepath.Join(dir, "data"), name: "hostwright-lab-" + id, link: "hw" + id}
	for _, socket := range []string{l.socket(), l.containerdSocket(), l.containerdSocket() + ".ttrpc"} {
		if len(socket) > maxSocketPath {
			return layout{}, fmt.Errorf("HOSTWRIGHT_LAB_DIR=%s: too long, the socket %s would have %d bytes of at most %d", dir, socket, len(socket), maxSocketPath)
		}
	}
	return l, nil
}

func (l layout) lockFile() string         { return filepath.Join(l.run, "lock") }
func (l layout) socket() string           { return filepath.Join(l.run, "docker.sock") }
func (l layout) containerdSocket() string { return filepath.Join(l.run, "containerd.sock") }
func (l layout) pidFile(name string) string {
	return filepath.Join(l.run, name+".pid")
}

// firewallBefore is with the sockets: the state that it tells of is gone after
// a reboot, too.
func (l layout) firewallBefore() string { return filepath.Join(l.run, "firewall-before.json") }

// netnsFile exists while the engine runs in a network namespace of its own,
// and holds the path of that namespace.
func (l layout) netnsFile() string           { return filepath.Join(l.run, "netns") }
func (l layout) netnsPath() string           { return filepath.Join("/run/netns", l.name) }
func (l layout) bridge() string              { return l.link + "0" }
func (l layout) hostVeth() string            { return l.link + "h" }
func (l layout) logFile(name string) string  { return filepath.Join(l.data, "log", name+".log") }
func (l layout) config(name string) string   { return filepath.Join(l.data, "config", name) }
func (l layout) registry(name string) string { return filepath.Join(l.data, "registry", name) }
func (l layout) standinRoot() string         { return filepath.Join(l.data, "standin") }
func (l layout) scratch() string             { return filepath.Join(l.data, "scratch") }
func (l layout) dockerHost() string          { return "unix://" + l.socket() }
func (l layout) dockerConfig() string        { return filepath.Join(l.data, "config", "docker") }
func (l layout) localRef(image, tag string) string {
	return mirrorAddress + "/hostwright-lab/" + image + ":" + tag
}
