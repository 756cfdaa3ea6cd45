//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// daemons lists the lab's processes in the order in which they start.
func (l layout) daemons() []daemon {
	return []daemon{l.registryDaemon("mirror", mirrorAddress, http.StatusOK), l.registryDaemon("login", loginAddress, http.StatusUnauthorized), l.containerd(), l.dockerd()}
}

// containerd is the engine's own. dockerd by itself would use the machine's
// containerd when one runs, and share its containers.
func (l layout) containerd() daemon {
	return daemon{
		name: "containerd",
		argv: []string{"containerd", "--config", l.config("containerd.toml")},
		mark: l.config("containerd.toml"),
		ready: func(ctx context.Context) error {
			conn, err := (&net.Dialer{}).DialContext(ctx, "unix", l.containerdSocket())
			if err != nil {
				return err
			}
			return conn.Close()
		},
	}
}

func (l layout) dockerd() daemon {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", l.socket())
		},
	}}
	return daemon{
		name:  "dockerd",
		argv:  []string{"dockerd", "--config-file", l.config("engine.json")},
		mark:  l.config("engine.json"),
		ready: func(ctx context.Context) error { return answers(ctx, client, "http://engine/_ping", http.StatusOK) },
	}
}

// answers reports, as an error, when a GET of url does not give the status.
func answers(ctx context.Context, client *http.Client, url string, status int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != status {
		return fmt.Errorf("GET %s: %s", url, response.Status)
	}
	return nil
}

// addressPool is the engine's name for a range to take networks from.
type addressPool struct {
	Base string `json:"base"`
	Size int    `json:"size"`
}

// engineConfig is what dockerd reads in place of the machine's
// /etc/docker/daemon.json.
type engineConfig struct {
	Hosts       []string        `json:"hosts"`
	DataRoot    string          `json:"data-root"`
	ExecRoot    string          `json:"exec-root"`
	PidFile     string          `json:"pidfile"`
	Containerd  string          `json:"containerd"`
	Bridge      string          `json:"bridge"`
	MTU         int             `json:"mtu"`
	Pools       []addressPool   `json:"default-address-pools"`
	Mirrors     []string        `json:"registry-mirrors"`
	DNS         []string        `json:"dns,omitempty"`
	Features    map[string]bool `json:"features"`
	LogLevel    string          `json:"log-level"`
	Concurrency int             `json:"max-concurrent-downloads"`
}

func (l layout) engineConfig(a addresses, mtu int, dns []string) engineConfig {
	return engineConfig{
		Hosts:       []string{l.dockerHost()},
		DataRoot:    filepath.Join(l.data, "docker"),
		ExecRoot:    filepath.Join(l.run, "docker"),
		PidFile:     filepath.Join(l.run, "engine.pid"),
		Containerd:  l.containerdSocket(),
		Bridge:      l.bridge(),
		MTU:         mtu,
		Pools:       []addressPool{{a.pool().String(), networkBits}},
		Mirrors:     []string{"http://" + mirrorAddress},
		DNS:         dns,
		Features:    map[string]bool{"buildkit": true},
		LogLevel:    "warn",
		Concurrency: 6,
	}
}

func (l layout) containerdConfig() string {
	return fmt.Sprintf(`version = 2
root = %q
state = %q
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt"]

[grpc]
address = %q

[debug]
level = "warn"
`, filepath.Join(l.data, "containerd"), filepath.Join(l.run, "containerd"), l.containerdSocket())
}

// startEngine brings up containerd and dockerd, with network links and
// configuration as this machine needs them.
func (l layout) startEngine(ctx context.Context) error {
	if l.pid(l.dockerd()) != 0 {
		return l.start(ctx, l.dockerd())
	}
	a, err := l.chosenAddresses()
	if err != nil {
		return err
	}
	var dns []string
	if l.inNetns() {
		dns = engineNameservers(nameservers("/etc/resolv.conf"), nameservers("/run/systemd/resolve/resolv.conf"))
	} else if err := l.rememberFirewall(ctx); err != nil {
		return err
	}
	if err := l.makeBridge(ctx, a); err != nil {
		return err
	}
	config := l.engineConfig(a, outerMTU(), dns)
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(l.config("engine.json"), text); err != nil {
		return err
	}
	if err := writeFile(l.config("containerd.toml"), []byte(l.containerdConfig())); err != nil {
		return err
	}
	if err := l.start(ctx, l.containerd()); err != nil {
		return err
	}
	// Left by an engine that was killed; dockerd refuses to start when the
	// number in it belongs to any process by now.
	if err := os.Remove(config.PidFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return l.start(ctx, l.dockerd())
}

// chosenAddresses returns the lab's range: the one it has, or a free one.
func (l layout) chosenAddresses() (addresses, error) {
	path := l.config("addresses")
	if text, err := os.ReadFile(path); err == nil {
		p, err := netip.ParsePrefix(strings.TrimSpace(string(text)))
		if err != nil || p.Bits() != rangeBits {
			return addresses{}, fmt.Errorf("%s: not a range of addresses: remove the file, or run `make lab-down`", path)
		}
		return addresses{p}, nil
	}
	taken, err := takenAddresses()
	if err != nil {
		return addresses{}, err
	}
	a, err := chooseAddresses(taken)
	if err != nil {
		return addresses{}, err
	}
	return a, writeFile(path, []byte(a.Range.String()+"\n"))
}

// makeBridge makes the engine's default bridge, so that it never touches one
// named docker0.
func (l layout) makeBridge(ctx context.Context, a addresses) error {
	ip := func(args ...string) error {
		argv := l.inNamespace(append([]string{"ip"}, args...))
		_, err := output(ctx, argv[0], argv[1:]...)
		return err
	}
	if ip("link", "show", "dev", l.bridge()) != nil {
		if err := ip("link", "add", "name", l.bridge(), "type", "bridge"); err != nil {
			return err
		}
	}
	if err := ip("address", "replace", a.bridge().String(), "dev", l.bridge()); err != nil {
		return err
	}
	return ip("link", "set", l.bridge(), "up")
}

// docker returns a call of Docker's command against the lab's engine, with a
// configuration folder of the lab's own.
func (l layout) docker(ctx context.Context, args ...string) *exec.Cmd {
	// Debian's client, when it is there: a newer one elsewhere on PATH would
	// want a plugin for builds.
	name := "/usr/bin/docker"
	if _, err := os.Stat(name); err != nil {
		name = "docker"
	}
	cmd := exec.CommandContext(ctx, name, append([]string{"--config", l.dockerConfig()}, args...)...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+l.dockerHost(), "DOCKER_BUILDKIT=1", "DOCKER_CONTEXT=")
	return cmd
}

// writeFile writes a file of the lab's, making its folder.
func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
